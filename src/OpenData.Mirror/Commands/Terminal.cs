using OpenData.Mirror.Progress;
using Spectre.Console;

namespace OpenData.Mirror.Commands;

/// <summary>Where a command speaks: results to standard output, everything else to standard error. The key is never given to it.</summary>
/// <param name="output">Results.</param>
/// <param name="error">Progress, warnings, failures.</param>
/// <param name="interactive">Somebody watches <paramref name="error"/>: draw bars.</param>
/// <param name="time">The clock.</param>
internal sealed class Terminal(TextWriter output, TextWriter error, bool interactive, TimeProvider time)
{
    public TextWriter Output { get; } = TextWriter.Synchronized(output);

    public TextWriter Error { get; } = TextWriter.Synchronized(error);

    public TimeProvider Time => time;

    public static Terminal System() => new(Console.Out, Console.Error, !Console.IsErrorRedirected, TimeProvider.System);

    public void Warn(string message) => Error.WriteLine($"opendata: warning: {message}");

    public void Notice(string message) => Error.WriteLine($"opendata: {message}");

    /// <summary>Does the work while showing how far it is.</summary>
    public async Task ShowAsync(TransferBoard board, Func<Task> work, CancellationToken stop)
    {
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task display = interactive ? BarsAsync(board, done.Token) : PlainProgress.RunAsync(board, Error, time, done.Token);
        try
        {
            await work();
        }
        finally
        {
            await done.CancelAsync();
            await display;
        }
    }

    // Apart, so that what draws bars is loaded only when they are drawn.
    private Task BarsAsync(TransferBoard board, CancellationToken stop) =>
        BarProgress.RunAsync(board, AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Error) }), time, stop);
}

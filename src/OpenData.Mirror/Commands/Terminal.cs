using OpenData.Mirror.Progress;
using Spectre.Console;

namespace OpenData.Mirror.Commands;

/// <summary>Where a command speaks: results to standard output, everything else to standard error. The key is never given to it.</summary>
/// <param name="output">Results.</param>
/// <param name="error">Progress, warnings, failures.</param>
/// <param name="interactive">Somebody watches <paramref name="error"/>: draw bars.</param>
/// <param name="time">The clock.</param>
/// <param name="together">Results appear on the same screen as the bars, and so above them; else they go where they were redirected.</param>
internal sealed class Terminal(TextWriter output, TextWriter error, bool interactive, TimeProvider time, bool together = true)
{
    private volatile Action<string>? _aboveBars;

    public TextWriter Output { get; } = TextWriter.Synchronized(output);

    public TextWriter Error { get; } = TextWriter.Synchronized(error);

    public TimeProvider Time => time;

    public static Terminal System() => new(Console.Out, Console.Error, !Console.IsErrorRedirected, TimeProvider.System, !Console.IsOutputRedirected);

    public void Warn(string message) => Error.WriteLine($"opendata: warning: {message}");

    /// <summary>Says something without breaking into the bars, if there are any.</summary>
    public void Notice(string message)
    {
        if (_aboveBars is { } write)
        {
            write($"opendata: {message}");
        }
        else
        {
            Error.WriteLine($"opendata: {message}");
        }
    }

    /// <summary>Prints a result, above the bars if there are any.</summary>
    public void Say(string line)
    {
        if (together && _aboveBars is { } write)
        {
            write(line);
        }
        else
        {
            Output.WriteLine(line);
        }
    }

    /// <summary>Does the work while showing how far it is.</summary>
    public async Task ShowAsync(TransferBoard board, Func<Task> work, CancellationToken stop, ProgressLines? lines = null)
    {
        lines ??= new ProgressLines(Error, PlainProgress.Interval, PlainProgress.Line);
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task display = interactive && lines.Bars ? BarsAsync(board, done.Token) : PlainProgress.RunAsync(board, lines, time, done.Token);
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
    private async Task BarsAsync(TransferBoard board, CancellationToken stop)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Error) });
        _aboveBars = line => console.WriteLine(line);
        try
        {
            await BarProgress.RunAsync(board, console, time, stop);
        }
        finally
        {
            _aboveBars = null;
        }
    }
}

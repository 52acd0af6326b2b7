using OpenData.Mirror.Progress;
using Spectre.Console;

namespace OpenData.Mirror.Commands;

/// <summary>Where a command speaks: results to standard output, everything else to standard error. The key is never given to it.</summary>
/// <param name="output">Results.</param>
/// <param name="error">Progress, warnings, failures.</param>
/// <param name="interactive">Somebody watches <paramref name="error"/>: draw bars.</param>
/// <param name="time">The clock.</param>
/// <param name="together">Results appear on the same screen as the bars, and so above them; else they go where they were redirected.</param>
/// <param name="language">What its reader reads.</param>
internal sealed class Terminal(TextWriter output, TextWriter error, bool interactive, TimeProvider time, bool together = true, UserLanguage language = default)
{
    private volatile Action<string>? _aboveBars;

    public TextWriter Output { get; } = TextWriter.Synchronized(output);

    public TextWriter Error { get; } = TextWriter.Synchronized(error);

    public TimeProvider Time => time;

    public UserLanguage Language => language;

    /// <summary>Columns of a line of <see cref="Output"/>; no end of them where it is a file or a pipe.</summary>
    public Func<int> Width { get; init; } = () => int.MaxValue;

    public static Terminal System() =>
        new(Console.Out, Console.Error, !Console.IsErrorRedirected, TimeProvider.System, !Console.IsOutputRedirected, UserLanguage.Of(Environment.GetEnvironmentVariable))
        {
            Width = () => !Console.IsOutputRedirected && Console.WindowWidth is > 0 and var columns ? columns : int.MaxValue,
        };

    public void Warn(Words words) => Tell(new($"warning: {words}", $"警告：{words}"));

    /// <summary>Says something on standard error: a failure, a warning.</summary>
    public void Tell(Words words) => Error.WriteLine($"opendata: {language.Say(words)}");

    /// <summary>Says something without breaking into the bars, if there are any.</summary>
    public void Notice(Words words)
    {
        if (_aboveBars is { } write)
        {
            write($"opendata: {language.Say(words)}");
        }
        else
        {
            Tell(words);
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
        lines ??= new ProgressLines(Error, PlainProgress.Interval, (shown, rate) => language.Say(PlainProgress.Line(shown, rate)));
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
            await BarProgress.RunAsync(board, console, language, time, stop);
        }
        finally
        {
            _aboveBars = null;
        }
    }
}

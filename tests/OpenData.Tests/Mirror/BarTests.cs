using System.Text.RegularExpressions;
using OpenData.Mirror;
using OpenData.Mirror.Progress;
using OpenData.Tests.Support;
using Spectre.Console;
using Columns = OpenData.Mirror.Commands.Columns;

namespace OpenData.Tests.Mirror;

/// <summary>What somebody sees who watches a transfer.</summary>
public sealed partial class BarTests
{
    [Theory]
    [InlineData(80, false, "163 MB, ")]
    [InlineData(60, false, "CN-PA-TXTS-10-A_20261120_r1_001.zip")]
    [InlineData(120, false, "24.2 MB of 163 MB, ")]
    [InlineData(80, true, "163 MB，")]
    [InlineData(120, true, "合计，文件 0 / 12，4 个版本等待")]
    public async Task Every_file_is_a_line_however_narrow_the_terminal(int width, bool chinese, string shown)
    {
        TransferBoard board = new() { Waiting = 4 };
        board.Expect(12, 330_000_000);
        board.Begin("CN-PA-TXTS-10-A_20261120_r1_001.zip", 163_000_000).Received(24_200_000);
        using StringWriter written = new();
        TextWriter screen = TextWriter.Synchronized(written);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(screen),
        });
        console.Profile.Width = width;
        using CancellationTokenSource done = new();
        Task bars = BarProgress.RunAsync(board, console, new UserLanguage(chinese), TimeProvider.System, done.Token);
        await Eventually.TrueAsync(() => Task.FromResult(Text().Contains(shown, StringComparison.Ordinal)), "it is drawn");
        await done.CancelAsync();
        await bars;

        string[] lines = [.. Text().Split('\n').Select(line => line.Trim('\r', ' ')).Where(line => line.Length > 0)];
        string total = chinese ? "合计" : "total";
        lines.ShouldAllBe(line => Columns.Of(line) <= width && (line.StartsWith("CN-PA", StringComparison.Ordinal) || line.StartsWith(total, StringComparison.Ordinal)));
        lines.ShouldContain(line => line.Contains('%'));

        string Text()
        {
            lock (screen) // as its methods do
            {
                return Move().Replace(Colour().Replace(written.ToString(), ""), "\n");
            }
        }
    }

    [GeneratedRegex(@"\x1b\[[0-9;]*m", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Colour();

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Move();
}

using System.Diagnostics;
using System.Globalization;
using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Scheduling;
using Spectre.Console;

namespace OpenData.Server.Shell;

/// <summary>Shows how far a packaging run is: a bar with rate and time left on a terminal, a line every few seconds otherwise.</summary>
internal static class PackagingDisplay
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(5);

    public static Task<RunOutcome> ShowAsync(string what, Func<PackagingProgress, Task<RunOutcome>> run) =>
        AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected ? BarAsync(what, run) : LinesAsync(what, run);

    private static Task<RunOutcome> BarAsync(string what, Func<PackagingProgress, Task<RunOutcome>> run) =>
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                ProgressTask bar = context.AddTask(Markup.Escape(what), maxValue: double.PositiveInfinity);
                PackagingProgress progress = new();
                Task<RunOutcome> running = run(progress);
                while (await Task.WhenAny(running, Task.Delay(100)) != running)
                {
                    Show(bar, progress);
                }
                Show(bar, progress);
                return await running;
            });

    private static void Show(ProgressTask bar, PackagingProgress progress)
    {
        bar.MaxValue = Math.Max(1, progress.TotalBytes);
        bar.Value = progress.Bytes;
    }

    private static async Task<RunOutcome> LinesAsync(string what, Func<PackagingProgress, Task<RunOutcome>> run)
    {
        PackagingProgress progress = new();
        long start = Stopwatch.GetTimestamp();
        Task<RunOutcome> running = run(progress);
        while (await Task.WhenAny(running, Task.Delay(LineEvery)) != running)
        {
            Console.WriteLine(Line(what, progress, Stopwatch.GetElapsedTime(start)));
        }
        return await running;
    }

    private static string Line(string what, PackagingProgress progress, TimeSpan elapsed)
    {
        double rate = progress.Bytes / elapsed.TotalSeconds;
        string left = rate > 0 ? TimeSpan.FromSeconds((progress.TotalBytes - progress.Bytes) / rate).ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture) : "?";
        return $"{what}: {ByteCount.Format(progress.Bytes)} of {ByteCount.Format(progress.TotalBytes)}, {progress.Entries:N0} of {progress.TotalEntries:N0} files, {ByteCount.Format((long)rate)}/s, {left} left";
    }
}

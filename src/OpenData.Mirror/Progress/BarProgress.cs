using Spectre.Console;

namespace OpenData.Mirror.Progress;

/// <summary>Bars on a terminal: the files under way and the total, with rate and time left.</summary>
internal static class BarProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Draws until cancelled.</summary>
    public static async Task RunAsync(TransferBoard board, IAnsiConsole console, TimeProvider time, CancellationToken stop)
    {
        Spectre.Console.Progress progress = console.Progress().AutoClear(true).HideCompleted(true).Columns(
            new TaskDescriptionColumn { Alignment = Justify.Left },
            new ProgressBarColumn(),
            new PercentageColumn(),
            new DownloadedColumn(),
            new TransferSpeedColumn(),
            new RemainingTimeColumn());
        await progress.StartAsync(async bars =>
        {
            ProgressTask total = bars.AddTask("total", maxValue: Math.Max(1, board.BytesExpected));
            Dictionary<FileProgress, ProgressTask> files = [];
            using PeriodicTimer timer = new(Interval, time);
            try
            {
                while (await timer.WaitForNextTickAsync(stop))
                {
                    Draw(board, bars, total, files);
                }
            }
            catch (OperationCanceledException)
            {
                Draw(board, bars, total, files);
            }
        });
    }

    private static void Draw(TransferBoard board, ProgressContext bars, ProgressTask total, Dictionary<FileProgress, ProgressTask> files)
    {
        HashSet<FileProgress> now = [.. board.Files];
        foreach (FileProgress file in now)
        {
            if (!files.TryGetValue(file, out ProgressTask? bar))
            {
                files[file] = bar = bars.AddTaskBefore(Markup.Escape(file.Name), new ProgressTaskSettings { MaxValue = Math.Max(1, file.Bytes) }, total);
            }
            bar.Value = file.BytesThere;
        }
        foreach (FileProgress file in files.Keys.Where(f => !now.Contains(f)).ToList())
        {
            files.Remove(file, out ProgressTask? bar);
            bar!.Value = bar.MaxValue;
            bar.StopTask();
        }
        total.MaxValue = Math.Max(1, board.BytesExpected);
        total.Value = board.BytesThere;
        total.Description = $"total, {board.FilesDone} of {board.FilesExpected} files";
    }
}

using OpenData.Format;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OpenData.Mirror.Progress;

/// <summary>Bars on a terminal: the files under way and the total, with rate and time left; on a narrow one without bars and in fewer words, a line each.</summary>
internal static class BarProgress
{
    /// <summary>Columns that a bar needs beside names and words.</summary>
    private const int Wide = 110;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Draws until cancelled. What is written to <paramref name="console"/> meanwhile appears above the bars.</summary>
    public static async Task RunAsync(TransferBoard board, IAnsiConsole console, UserLanguage language, TimeProvider time, CancellationToken stop)
    {
        Dictionary<int, Row> rows = [];
        bool wide = console.Profile.Width >= Wide;
        ProgressColumn[] bar = wide ? [new ProgressBarColumn()] : [];
        Spectre.Console.Progress progress = console.Progress().AutoClear(true).HideCompleted(true).Columns(
            [new TaskDescriptionColumn { Alignment = Justify.Left }, .. bar, new PercentageColumn(), new AmountColumn(rows)]);
        await progress.StartAsync(async bars =>
        {
            long begin = time.GetTimestamp();
            ProgressTask total = bars.AddTask(language.Say("total", "合计"), maxValue: Math.Max(1, board.BytesExpected));
            Dictionary<FileProgress, ProgressTask> files = [];
            using PeriodicTimer timer = new(Interval, time);
            try
            {
                while (await timer.WaitForNextTickAsync(stop))
                {
                    Draw(board, bars, total, files, rows, wide, language, time.GetElapsedTime(begin));
                }
            }
            catch (OperationCanceledException)
            {
                // The transfer has ended.
            }
        });
    }

    private static void Draw(
        TransferBoard board, ProgressContext bars, ProgressTask total, Dictionary<FileProgress, ProgressTask> files, Dictionary<int, Row> rows, bool wide, UserLanguage language, TimeSpan now)
    {
        HashSet<FileProgress> underWay = [.. board.Files];
        foreach (FileProgress file in underWay)
        {
            if (!files.TryGetValue(file, out ProgressTask? bar))
            {
                files[file] = bar = bars.AddTaskBefore(Markup.Escape(file.Name), new ProgressTaskSettings { MaxValue = Math.Max(1, file.Bytes) }, total);
            }
            Show(bar, file.BytesThere, file.Bytes, file.BytesReceived, rows, wide, language, now);
        }
        foreach (FileProgress file in files.Keys.Where(f => !underWay.Contains(f)).ToList())
        {
            files.Remove(file, out ProgressTask? bar);
            bar!.Value = bar.MaxValue;
            bar.StopTask();
        }
        total.Description = language.Say(Total(board));
        Show(total, board.BytesThere, board.BytesExpected, board.BytesReceived, rows, wide, language, now);
    }

    private static Words Total(TransferBoard board) => new(
        $"total, {board.FilesDone} of {board.FilesExpected} files{PlainProgress.Waiting(board)}",
        $"合计，文件 {board.FilesDone} / {board.FilesExpected}{PlainProgress.Waiting(board)}");

    private static void Show(ProgressTask bar, long there, long all, long received, Dictionary<int, Row> rows, bool wide, UserLanguage language, TimeSpan now)
    {
        bar.MaxValue = Math.Max(1, all);
        bar.Value = there;
        lock (rows)
        {
            if (!rows.TryGetValue(bar.Id, out Row? row))
            {
                rows[bar.Id] = row = new Row();
            }
            double rate = row.Meter.Sample(now, received);
            Words? left = RateMeter.Remaining(all - there, rate) is { } time ? PlainProgress.Left(time) : null;
            Words? so = wide ? new($"{ByteCount.Format(there)} of ", $"{ByteCount.Format(there)} / ") : null;
            (string size, string speed) = (ByteCount.Format(all), ByteCount.Format((long)rate));
            row.Text = language.Say(new($"{so}{size}, {speed}/s{left}", $"{so}{size}，{speed}/s{left}"));
        }
    }

    private sealed class Row
    {
        public RateMeter Meter { get; } = new();

        public string Text { get; set; } = "";
    }

    // Spectre's own columns call 1,048,576 bytes a MB.
    private sealed class AmountColumn(Dictionary<int, Row> rows) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            lock (rows)
            {
                return new Text(rows.TryGetValue(task.Id, out Row? row) ? row.Text : "") { Overflow = Overflow.Ellipsis };
            }
        }
    }
}

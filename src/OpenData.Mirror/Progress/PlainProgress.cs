using System.Globalization;
using OpenData.Format;

namespace OpenData.Mirror.Progress;

/// <summary>A line every few seconds, for logs and pipes.</summary>
internal static class PlainProgress
{
    /// <summary>How often a command that somebody waits for tells how far it is.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Writes lines until cancelled, but none while nothing moves.</summary>
    public static async Task RunAsync(TransferBoard board, ProgressLines lines, TimeProvider time, CancellationToken stop)
    {
        RateMeter meter = new();
        long begin = time.GetTimestamp();
        meter.Sample(TimeSpan.Zero, board.BytesReceived);
        long told = -1;
        using PeriodicTimer timer = new(lines.Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                double rate = meter.Sample(time.GetElapsedTime(begin), board.BytesReceived);
                long moved = lines.Moved?.Invoke() ?? board.BytesReceived + board.FilesDone;
                if (moved != told || board.Waiting > 0)
                {
                    told = moved;
                    await lines.Output.WriteLineAsync(lines.Line(board, rate));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The transfer has ended.
        }
    }

    /// <summary><c>12.3 GB of 45.6 GB (27 %), 11.9 MB/s, 46 min left, 3 of 14 files</c>.</summary>
    public static Words Line(TransferBoard board, double rate)
    {
        (long done, long expected) = (board.BytesThere, board.BytesExpected);
        (string there, string all, string speed) = (ByteCount.Format(done), ByteCount.Format(expected), ByteCount.Format((long)rate));
        string share = expected == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({100.0 * done / expected:0} %)");
        Words? left = RateMeter.Remaining(expected - done, rate) is { } time ? Left(time) : null;
        return new(
            $"{there} of {all}{share}, {speed}/s{left}, {board.FilesDone} of {board.FilesExpected} files{Waiting(board)}",
            $"{there} / {all}{share}，{speed}/s{left}，文件 {board.FilesDone} / {board.FilesExpected}{Waiting(board)}");
    }

    /// <summary>How long it will take, behind something else.</summary>
    internal static Words Left(TimeSpan time) => new($", {Duration(time)} left", $"，剩余 {Duration(time)}");

    /// <summary>How many releases wait, behind something else; nothing where none do.</summary>
    internal static Words? Waiting(TransferBoard board) => board.Waiting is > 0 and var releases ? new($", {releases} releases wait", $"，{releases} 个版本等待") : null;

    internal static Words Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 90 } => new($"{Math.Ceiling(time.TotalSeconds):0} s", $"{Math.Ceiling(time.TotalSeconds):0} 秒"),
        { TotalMinutes: < 90 } => new($"{Math.Ceiling(time.TotalMinutes):0} min", $"{Math.Ceiling(time.TotalMinutes):0} 分钟"),
        { TotalHours: < 48 } => new($"{time.TotalHours:0.0} h", $"{time.TotalHours:0.0} 小时"),
        _ => new($"{time.TotalDays:0.0} days", $"{time.TotalDays:0.0} 天"),
    };
}

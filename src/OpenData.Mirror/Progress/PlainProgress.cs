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
    public static string Line(TransferBoard board, double rate)
    {
        (long there, long all) = (board.BytesThere, board.BytesExpected);
        string share = all == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({100.0 * there / all:0} %)");
        string left = RateMeter.Remaining(all - there, rate) is { } time ? $", {Duration(time)} left" : "";
        string waiting = board.Waiting == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {board.Waiting} releases wait");
        return $"{ByteCount.Format(there)} of {ByteCount.Format(all)}{share}, {ByteCount.Format((long)rate)}/s{left}, {board.FilesDone} of {board.FilesExpected} files{waiting}";
    }

    internal static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 90 } => $"{Math.Ceiling(time.TotalSeconds):0} s",
        { TotalMinutes: < 90 } => $"{Math.Ceiling(time.TotalMinutes):0} min",
        { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.0} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0.0} days"),
    };
}

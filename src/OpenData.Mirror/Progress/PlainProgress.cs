using System.Globalization;
using OpenData.Format;

namespace OpenData.Mirror.Progress;

/// <summary>A line every few seconds, for logs and pipes.</summary>
internal static class PlainProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Writes lines until cancelled.</summary>
    public static async Task RunAsync(TransferBoard board, TextWriter output, TimeProvider time, CancellationToken stop)
    {
        RateMeter meter = new();
        long begin = time.GetTimestamp();
        meter.Sample(TimeSpan.Zero, board.BytesReceived);
        using PeriodicTimer timer = new(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await output.WriteLineAsync(Line(board, meter.Sample(time.GetElapsedTime(begin), board.BytesReceived)));
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
        return $"{ByteCount.Format(there)} of {ByteCount.Format(all)}{share}, {ByteCount.Format((long)rate)}/s{left}, {board.FilesDone} of {board.FilesExpected} files";
    }

    internal static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 90 } => $"{Math.Ceiling(time.TotalSeconds):0} s",
        { TotalMinutes: < 90 } => $"{Math.Ceiling(time.TotalMinutes):0} min",
        { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.0} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0.0} days"),
    };
}

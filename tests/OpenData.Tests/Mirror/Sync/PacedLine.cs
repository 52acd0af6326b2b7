namespace OpenData.Tests.Mirror.Sync;

/// <summary>
/// A line of a rate, shared by all that send over it: bytes leave one after the other, and an idle line saves nothing up, as no real one does. (A bucket of 200 ms
/// let 2.5 MB through at the speed of the loopback after each restart: into the buffers of a process that had just begun, there to be lost by the next kill.)
/// </summary>
internal sealed class PacedLine(long bytesPerSecond, TimeProvider time)
{
    // What timers that fire late may make up for. On a machine so busy that they are later, the line is slower.
    private static readonly TimeSpan s_late = TimeSpan.FromMilliseconds(10);
    private readonly Lock _gate = new();
    private readonly long _begin = time.GetTimestamp();
    private TimeSpan _free;

    /// <summary>Waits until the line has sent what was given to it before, and these bytes.</summary>
    public Task SendAsync(int bytes, CancellationToken stop)
    {
        TimeSpan ahead;
        lock (_gate)
        {
            TimeSpan now = time.GetElapsedTime(_begin);
            TimeSpan earliest = now - s_late;
            _free = (_free < earliest ? earliest : _free) + TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
            ahead = _free - now;
        }
        return ahead < TimeSpan.FromMilliseconds(1) ? Task.CompletedTask : Task.Delay(ahead, time, stop);
    }
}

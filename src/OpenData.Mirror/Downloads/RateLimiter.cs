namespace OpenData.Mirror.Downloads;

/// <summary>
/// Keeps all connections of a command together below a rate. Paid afterwards: whoever received bytes waits until they are within the budget,
/// and the sender is slowed by TCP. Thread-safe.
/// </summary>
/// <param name="bytesPerSecond">More than 0.</param>
/// <param name="time">The clock.</param>
internal sealed class RateLimiter(long bytesPerSecond, TimeProvider time)
{
    // Credit that idle time may save up: enough to even out late timers, too little to be seen as a burst.
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(200);
    private readonly Lock _gate = new();
    private readonly long _begin = time.GetTimestamp();
    private TimeSpan _paidUntil;

    /// <summary>The most to read in one go, so that waits stay short.</summary>
    public int Chunk { get; } = (int)Math.Clamp(bytesPerSecond / 10, 1024, 256 * 1024);

    /// <summary>Waits for as long as these bytes are ahead of the rate.</summary>
    public ValueTask PayAsync(int bytes, CancellationToken stop)
    {
        TimeSpan ahead;
        lock (_gate)
        {
            TimeSpan now = time.GetElapsedTime(_begin);
            TimeSpan earliest = now - Burst;
            _paidUntil = (_paidUntil < earliest ? earliest : _paidUntil) + TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
            ahead = _paidUntil - now;
        }
        return ahead <= TimeSpan.FromMilliseconds(1) ? ValueTask.CompletedTask : new ValueTask(Task.Delay(ahead, time, stop));
    }
}

namespace OpenData.Tests.Support;

/// <summary>The real clock, which a test moves ahead by days: real servers keep running, and what waits for a long time has waited.</summary>
public sealed class LeapingTime : TimeProvider
{
    private long _leapt;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _leapt));

    public override long GetTimestamp() =>
        System.GetTimestamp() + (long)(TimeSpan.FromTicks(Interlocked.Read(ref _leapt)).TotalSeconds * System.TimestampFrequency);

    /// <summary>From now on it is so much later. Timers that run already keep their due times.</summary>
    public void Leap(TimeSpan by) => Interlocked.Add(ref _leapt, by.Ticks);
}

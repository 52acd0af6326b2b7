namespace OpenData.Tests.Bandwidth;

/// <summary>A clock that moves when it is told to.</summary>
internal sealed class PacerClock : TimeProvider
{
    private long _now = 1_000_000_000_000;

    public override long TimestampFrequency => 1_000_000_000;

    public double Seconds => _now / 1e9;

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public void Pass(double seconds) => Interlocked.Add(ref _now, (long)Math.Round(seconds * 1e9));
}

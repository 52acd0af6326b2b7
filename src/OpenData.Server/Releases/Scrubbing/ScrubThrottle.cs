using OpenData.Format;

namespace OpenData.Server.Releases.Scrubbing;

/// <summary>Spreads reads over time, so that they come to a rate. Not thread-safe.</summary>
/// <param name="time">The clock.</param>
public sealed class ScrubThrottle(TimeProvider time)
{
    private DateTimeOffset _free = DateTimeOffset.MinValue;

    /// <summary>The rate from the next read on; null for none.</summary>
    public ByteRate? Rate { get; set; }

    /// <summary>Bytes that were read.</summary>
    public long Bytes { get; private set; }

    /// <summary>Waits until these bytes may be read.</summary>
    public async ValueTask TakeAsync(int bytes, CancellationToken stop)
    {
        Bytes += bytes;
        if (Rate is not { } rate)
        {
            return;
        }
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset begin = _free > now ? _free : now;
        _free = begin + TimeSpan.FromSeconds((double)bytes / rate.BytesPerSecond);
        if (begin > now)
        {
            await Task.Delay(begin - now, time, stop);
        }
    }
}

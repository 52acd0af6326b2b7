using OpenData.Format;

namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>
/// A token bucket in exact arithmetic: elapsed clock ticks go in, bytes that may be sent come out. Over any span of time it gives at most
/// <c>rate × span + capacity</c>, and whoever keeps it from filling up gets exactly <c>rate × span</c>: the fraction of a byte that a tick leaves
/// is carried, so nothing drifts. It knows no clock and no threads.
/// </summary>
/// <remarks>Credit is counted in bytes × clock frequency, so that a tick of the clock adds <c>rate</c> and no division is ever rounded away.</remarks>
public struct RateBudget
{
    /// <summary>The largest rate for which the arithmetic cannot overflow: 100 Gb/s with a clock of nanoseconds and half a second of capacity.</summary>
    public static readonly ByteRate MaxRate = new(12_500_000_000);

    private readonly long _frequency;
    private long _rate;
    private long _capacity;
    private long _credit;
    private long _last;

    /// <summary>An empty budget of rate 0; <see cref="Limit"/> gives it a rate.</summary>
    /// <param name="frequency">Ticks of the clock in a second, up to 10⁹.</param>
    /// <param name="now">The clock now.</param>
    public RateBudget(long frequency, long now)
    {
        _frequency = frequency;
        _last = now;
    }

    /// <summary>Bytes that may be taken now, as of the last <see cref="Advance"/>.</summary>
    public readonly long Available => _credit / _frequency;

    /// <summary>Sets rate and capacity from now on. What was earned stays, up to the new capacity.</summary>
    /// <param name="now">The clock now.</param>
    /// <param name="rate">0 to <see cref="MaxRate"/>; more is taken as <see cref="MaxRate"/>.</param>
    /// <param name="capacity">Most bytes that may be kept.</param>
    public void Limit(long now, ByteRate rate, long capacity)
    {
        Advance(now);
        _rate = Math.Clamp(rate.BytesPerSecond, 0, MaxRate.BytesPerSecond);
        _capacity = Math.Clamp(capacity, 0, MaxRate.BytesPerSecond / 2) * _frequency;
        _credit = Math.Min(_credit, _capacity);
    }

    /// <summary>Credits the time since the last call; what would exceed the capacity is lost. A clock that stands still or steps back credits nothing.</summary>
    public void Advance(long now)
    {
        long elapsed = now - _last;
        if (elapsed <= 0)
        {
            return;
        }
        _last = now;
        long room = _capacity - _credit;
        _credit = _rate > 0 && elapsed > room / _rate ? _capacity : _credit + (elapsed * _rate);
    }

    /// <summary>Takes bytes that are <see cref="Available"/>.</summary>
    public void Take(long bytes) => _credit -= bytes * _frequency;

    /// <summary>Gives back bytes that were taken and not used.</summary>
    public void Return(long bytes) => _credit += Math.Min(bytes * _frequency, _capacity - _credit);

    /// <summary>Forgets what was earned beyond so many bytes.</summary>
    public void Forget(long beyond) => _credit = Math.Min(_credit, beyond * _frequency);

    /// <summary>Ticks from the last <see cref="Advance"/> until so many bytes are available; 0 if they are, <see cref="long.MaxValue"/> if they never will be.</summary>
    public readonly long TicksUntil(long bytes)
    {
        long missing = (bytes * _frequency) - _credit;
        return missing <= 0 ? 0
            : _rate == 0 || bytes * _frequency > _capacity ? long.MaxValue
            : ((missing - 1) / _rate) + 1;
    }
}

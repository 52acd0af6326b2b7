using OpenData.Format;

namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>
/// What was granted within the last second, grant by grant: so that no second, wherever it begins, holds more than its limit, however large the
/// grants are and whatever came before. (A second token bucket could promise that only with grants and surplus small enough to add up to the
/// tolerance; and a grant costs the same, large or small.) It knows no clock and no threads.
/// </summary>
/// <remarks>
/// A grant counts for the time that it takes at the rate of its moment, so a change of rate changes nothing that was counted. Grants that come
/// close together are counted as one, at the time of the last: never too short, at most a 64th of a second too long.
/// </remarks>
public struct RecentGrants(long frequency)
{
    private const int Most = 64;

    private readonly long _second = frequency;
    private Grant[] _grants = new Grant[8];
    private int _oldest;
    private int _count;
    private long _newestBegan;
    private long _sum;
    private long _rate;
    private long _limit;

    /// <summary>Sets what a second may hold, from now on.</summary>
    /// <param name="rate">What a grant's time is reckoned by.</param>
    /// <param name="most">Most bytes in any second while the rate is this one.</param>
    public void Limit(ByteRate rate, long most)
    {
        _rate = rate.BytesPerSecond;
        _limit = _rate > 0 ? (long)((Int128)most * _second / _rate) : 0;
    }

    /// <summary>Ticks from now until so many bytes may be granted; 0 if they may. More than the limit must wait for an empty second.</summary>
    public long TicksUntil(int bytes, long now)
    {
        while (_count > 0 && _grants[_oldest].At <= now - _second)
        {
            _sum -= _grants[_oldest].Duration;
            _oldest = (_oldest + 1) % _grants.Length;
            _count--;
        }
        long excess = _sum + Duration(bytes) - _limit;
        long wait = 0;
        for (int i = 0; i < _count && excess > 0; i++)
        {
            ref Grant grant = ref _grants[(_oldest + i) % _grants.Length];
            excess -= grant.Duration;
            wait = grant.At + _second - now;
        }
        return wait;
    }

    /// <summary>Bytes were granted.</summary>
    public void Add(int bytes, long now)
    {
        long duration = Duration(bytes);
        _sum += duration;
        if (_count > 0 && (_count == Most || now - _newestBegan < _second / Most))
        {
            ref Grant newest = ref _grants[(_oldest + _count - 1) % _grants.Length];
            newest.Duration += duration;
            newest.At = Math.Max(newest.At, now);
            return;
        }
        if (_count == _grants.Length)
        {
            Grow();
        }
        _newestBegan = now;
        _grants[(_oldest + _count) % _grants.Length] = new Grant { At = now, Duration = duration };
        _count++;
    }

    /// <summary>
    /// Bytes of a grant were not used. They are taken from the oldest that are remembered, whichever they were of, so that what stays is remembered
    /// for no less than its second; of a grant that is forgotten already, nothing is.
    /// </summary>
    /// <param name="bytes">How many, at the present rate.</param>
    /// <param name="grantedAt">When they were granted.</param>
    /// <param name="now">The clock now.</param>
    public void Return(int bytes, long grantedAt, long now)
    {
        long left = grantedAt > now - _second ? Duration(bytes) : 0;
        for (int i = 0; i < _count && left > 0; i++)
        {
            ref Grant grant = ref _grants[(_oldest + i) % _grants.Length];
            if (grant.At <= now - _second)
            {
                continue;
            }
            long back = Math.Min(left, grant.Duration);
            grant.Duration -= back;
            _sum -= back;
            left -= back;
        }
    }

    /// <summary>An account that sends little remembers little: most of those that a node has open are stalled.</summary>
    private void Grow()
    {
        Grant[] larger = new Grant[_grants.Length * 2];
        for (int i = 0; i < _count; i++)
        {
            larger[i] = _grants[(_oldest + i) % _grants.Length];
        }
        _grants = larger;
        _oldest = 0;
    }

    private readonly long Duration(int bytes) => _rate == 0 ? 0 : (((bytes * _second) - 1) / _rate) + 1;

    private struct Grant
    {
        public long At;
        public long Duration;
    }
}

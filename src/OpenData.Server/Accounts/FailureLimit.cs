namespace OpenData.Server.Accounts;

/// <summary>
/// How often something may fail: a bucket of tokens for each key, one token for each failure, refilled one by one (the generic cell rate
/// algorithm, ITU-T I.371: of each bucket only the time at which it will be full again is kept). In memory and bounded: when there are too
/// many keys, those with the fewest recent failures are forgotten. Safe for any number of threads.
/// </summary>
/// <param name="burst">Failures in a row that are let through.</param>
/// <param name="refill">Time until one more is.</param>
/// <param name="capacity">Keys remembered at most.</param>
/// <param name="time">The clock.</param>
internal sealed class FailureLimit<TKey>(int burst, TimeSpan refill, int capacity, TimeProvider time)
    where TKey : notnull
{
    private readonly Dictionary<TKey, DateTimeOffset> _fullAt = [];
    private readonly Lock _lock = new();
    private volatile bool _any;

    /// <summary>Keys remembered now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _fullAt.Count;
            }
        }
    }

    /// <summary>How long the key has to wait before another attempt is looked at; zero where it need not.</summary>
    public TimeSpan WaitOf(TKey key)
    {
        if (!_any) // the usual case costs nothing
        {
            return TimeSpan.Zero;
        }
        DateTimeOffset now = time.GetUtcNow();
        lock (_lock)
        {
            return _fullAt.TryGetValue(key, out DateTimeOffset fullAt) ? Wait(fullAt, now) : TimeSpan.Zero;
        }
    }

    /// <summary>Counts a failure. Where there is no token left nothing changes — hammering does not lengthen the wait — and the wait is returned.</summary>
    /// <returns>Zero where this failure was still within the limit.</returns>
    public TimeSpan Fail(TKey key)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_lock)
        {
            DateTimeOffset fullAt = _fullAt.TryGetValue(key, out DateTimeOffset known) && known > now ? known : now;
            TimeSpan wait = Wait(fullAt, now);
            if (wait > TimeSpan.Zero)
            {
                return wait;
            }
            if (_fullAt.Count >= capacity && !_fullAt.ContainsKey(key))
            {
                Forget(now);
            }
            _fullAt[key] = fullAt + refill;
            _any = true;
            return TimeSpan.Zero;
        }
    }

    private TimeSpan Wait(DateTimeOffset fullAt, DateTimeOffset now)
    {
        TimeSpan untilOneToken = fullAt - now - ((burst - 1) * refill);
        return untilOneToken > TimeSpan.Zero ? untilOneToken : TimeSpan.Zero;
    }

    /// <summary>Drops full buckets and, if that is not enough, the fuller half: paid for by as many failures before.</summary>
    private void Forget(DateTimeOffset now)
    {
        TKey[] fullestFirst = [.. _fullAt.OrderBy(pair => pair.Value).Select(pair => pair.Key)];
        for (int i = 0; i < fullestFirst.Length && (i < (capacity + 1) / 2 || _fullAt[fullestFirst[i]] <= now); i++)
        {
            _fullAt.Remove(fullestFirst[i]);
        }
    }
}

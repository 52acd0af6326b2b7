namespace OpenData.Server.Releases;

/// <summary>
/// Those who wait for a serial, each for so long at most. One timer looks after all of them: ten thousand cost an entry each, and not a timer, a task
/// and a registration in somebody's list.
/// </summary>
internal sealed class ChangeWaiters : IDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private Waiter? _first;
    private int _count;
    private bool _ticks;
    private bool _disposed;

    public ChangeWaiters(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static waiters => ((ChangeWaiters)waiters!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many wait.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Completes with true when <see cref="EndBelow"/> is told of a serial above this one; with false after the time, up to a tick later, or when the waiter has gone.</summary>
    public Task<bool> WaitAsync(long after, TimeSpan atMost, CancellationToken gone)
    {
        Waiter waiter = new(this, after, _time.GetTimestamp() + (long)(atMost.TotalSeconds * _time.TimestampFrequency));
        lock (_lock)
        {
            if (_disposed)
            {
                return Task.FromResult(false);
            }
            waiter.Next = _first;
            _first?.Previous = waiter;
            _first = waiter;
            _count++;
            if (!_ticks)
            {
                _ticks = true;
                _timer.Change(s_tick, s_tick);
            }
        }
        waiter.ListenTo(gone);
        return waiter.Task;
    }

    /// <summary>This serial is known: who waits for one up to it has waited.</summary>
    public void EndBelow(long head) => End(waiter => waiter.After < head, true);

    /// <summary>Nothing more comes.</summary>
    public void EndAll() => End(_ => true, false);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
        }
        EndAll();
        _timer.Dispose();
    }

    private void Tick()
    {
        long now = _time.GetTimestamp();
        End(waiter => waiter.Due <= now, false);
        lock (_lock)
        {
            if (_first is null && _ticks && !_disposed)
            {
                _ticks = false;
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void End(Func<Waiter, bool> which, bool result)
    {
        lock (_lock)
        {
            for (Waiter? waiter = _first, next; waiter is not null; waiter = next)
            {
                next = waiter.Next;
                if (which(waiter))
                {
                    Remove(waiter);
                    waiter.End(result);
                }
            }
        }
    }

    private void EndOne(Waiter waiter)
    {
        lock (_lock)
        {
            Remove(waiter);
        }
        waiter.End(false);
    }

    /// <summary>Under the lock; once is enough.</summary>
    private void Remove(Waiter waiter)
    {
        if (waiter.Removed)
        {
            return;
        }
        waiter.Removed = true;
        _count--;
        waiter.Next?.Previous = waiter.Previous;
        if (waiter.Previous is { } previous)
        {
            previous.Next = waiter.Next;
        }
        else
        {
            _first = waiter.Next;
        }
    }

    /// <summary>An entry of the list. Whoever waits goes on on the pool, not on the thread that ended it.</summary>
    private sealed class Waiter(ChangeWaiters all, long after, long due) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        private CancellationTokenRegistration _gone;

        public long After => after;

        public long Due => due;

        public Waiter? Previous { get; set; }

        public Waiter? Next { get; set; }

        public bool Removed { get; set; }

        public void ListenTo(CancellationToken gone)
        {
            _gone = gone.UnsafeRegister(static waiter => ((Waiter)waiter!).Leave(), this);
            if (Task.IsCompleted)
            {
                _gone.Unregister(); // it ended before it could be told where to listen
            }
        }

        public void End(bool result)
        {
            if (TrySetResult(result))
            {
                _gone.Unregister();
            }
        }

        private void Leave() => all.EndOne(this);
    }
}

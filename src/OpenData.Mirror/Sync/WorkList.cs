using System.Threading.Channels;
using OpenData.Format;

namespace OpenData.Mirror.Sync;

/// <summary>A release that could not be had this time.</summary>
/// <param name="Release">Which.</param>
/// <param name="Cause">Why.</param>
/// <param name="Attempts">How often it was tried in a row.</param>
/// <param name="Due">When to try again; for <see cref="TimeProvider.GetTimestamp"/>.</param>
internal sealed record FailedRelease(ReleaseId Release, MirrorException Cause, int Attempts, long Due);

/// <summary>
/// The <see cref="Todo"/> at work: what waits, what is under way and can be called off, what failed and waits for its next try. Thread-safe. The walk of the
/// feed adds, workers take.
/// </summary>
internal sealed class WorkList(Todo todo, IReadOnlyDictionary<string, Refusal> refused, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Channel<ReleaseId> _ready = Channel.CreateUnbounded<ReleaseId>();
    private readonly Dictionary<ReleaseId, (CancellationTokenSource Stop, TaskCompletionSource Ended)> _active = [];
    private readonly Dictionary<ReleaseId, FailedRelease> _failed = [];
    private readonly Dictionary<string, Refusal> _refused = new(refused, StringComparer.Ordinal);
    private readonly HashSet<ReleaseId> _queued = [];
    private readonly HashSet<ReleaseId> _putBack = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Releases that wait or are under way; those that failed not counted.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return todo.Count - _failed.Count;
            }
        }
    }

    public IReadOnlyList<FailedRelease> Failed
    {
        get
        {
            lock (_gate)
            {
                return [.. _failed.Values];
            }
        }
    }

    public IReadOnlyDictionary<string, Refusal> Refused
    {
        get
        {
            lock (_gate)
            {
                return new Dictionary<string, Refusal>(_refused, StringComparer.Ordinal);
            }
        }
    }

    public IReadOnlyList<TodoEntry> Entries
    {
        get
        {
            lock (_gate)
            {
                return [.. todo.Entries];
            }
        }
    }

    /// <summary>Queues what an earlier run left.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            foreach (ReleaseId release in todo.Fetches)
            {
                Queue(release);
            }
        }
    }

    /// <summary>Takes in a change; see <see cref="Todo.Apply"/>. Releases of refused datasets are passed over: their dataset remembers from where on.</summary>
    public Act Apply(Change change, Selection selection, Func<ReleaseId, bool> there)
    {
        lock (_gate)
        {
            if (change.Type == ChangeType.Published && _refused.ContainsKey(change.Dataset))
            {
                return Act.Nothing;
            }
            Act act = todo.Apply(change, selection, there);
            if (act == Act.Fetch)
            {
                Queue(new ReleaseId(change.Dataset, change.Edition!, change.Revision!.Value));
            }
            return act;
        }
    }

    /// <summary>Releases to work on, as they come.</summary>
    public IAsyncEnumerable<ReleaseId> TakeAsync(CancellationToken stop) => _ready.Reader.ReadAllAsync(stop);

    /// <summary>Begins to work on a release. Ends with <see cref="End"/>.</summary>
    /// <returns>A token that calls it off; null if it is not wanted any more.</returns>
    public CancellationToken? Begin(ReleaseId release, CancellationToken stop)
    {
        lock (_gate)
        {
            _queued.Remove(release);
            if (!todo.Contains(release) || _active.ContainsKey(release))
            {
                return null;
            }
            CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(stop);
            _active[release] = (source, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return source.Token;
        }
    }

    /// <summary>Nobody works on it any more, whatever came of it.</summary>
    public void End(ReleaseId release)
    {
        lock (_gate)
        {
            if (_active.Remove(release, out (CancellationTokenSource Stop, TaskCompletionSource Ended) active))
            {
                active.Stop.Dispose();
                active.Ended.SetResult();
            }
            if (_putBack.Remove(release) && todo.Contains(release) && !_failed.ContainsKey(release))
            {
                Queue(release);
            }
            Signal();
        }
    }

    /// <summary>A release is there, or will never be.</summary>
    /// <returns>What waited for it and is to be removed now.</returns>
    public IReadOnlyList<ReleaseId> Settle(ReleaseId release)
    {
        lock (_gate)
        {
            _failed.Remove(release);
            IReadOnlyList<ReleaseId> due = todo.Settle(release);
            Signal();
            return due;
        }
    }

    public void Removed(ReleaseId release)
    {
        lock (_gate)
        {
            todo.Removed(release);
        }
    }

    /// <summary>A release could not be had: it stays on the list.</summary>
    /// <returns>How often that happened in a row.</returns>
    public int Fail(ReleaseId release, MirrorException cause, Func<int, TimeSpan> delay)
    {
        lock (_gate)
        {
            int attempts = _failed.TryGetValue(release, out FailedRelease? before) ? before.Attempts + 1 : 1;
            if (todo.Contains(release))
            {
                _failed[release] = new FailedRelease(release, cause, attempts, time.GetTimestamp() + (long)(delay(attempts).TotalSeconds * time.TimestampFrequency));
            }
            Signal();
            return attempts;
        }
    }

    /// <summary>The server does not let this key have a dataset: its releases leave the list, and the dataset remembers from where on.</summary>
    /// <returns>True if that is news.</returns>
    public bool Refuse(ReleaseId release)
    {
        lock (_gate)
        {
            if (todo.Drop(release.Dataset) is not { } first)
            {
                return false;
            }
            foreach (ReleaseId dropped in _failed.Keys.Where(f => f.Dataset == release.Dataset).ToList())
            {
                _failed.Remove(dropped);
            }
            bool news = !_refused.TryGetValue(release.Dataset, out Refusal? before);
            _refused[release.Dataset] = before is not null && before.Serial < first.Serial ? before : new Refusal(first.Serial, first.Release.ToString());
            Signal();
            return news;
        }
    }

    /// <summary>The dataset can be had again: its changes from the returned serial on are to be read anew.</summary>
    public long Allow(string dataset)
    {
        lock (_gate)
        {
            return _refused.Remove(dataset, out Refusal? refusal) ? refusal.Serial : long.MaxValue;
        }
    }

    /// <summary>Queues what failed and is due again.</summary>
    public void Retry()
    {
        lock (_gate)
        {
            long now = time.GetTimestamp();
            foreach (FailedRelease failed in _failed.Values.Where(f => f.Due <= now))
            {
                Queue(failed.Release);
            }
        }
    }

    /// <summary>Stops work on all releases at once and queues them again, but for those that fail of themselves: for when none can succeed.</summary>
    public void PutBack()
    {
        lock (_gate)
        {
            foreach ((ReleaseId release, (CancellationTokenSource stop, _)) in _active)
            {
                _putBack.Add(release);
                stop.Cancel();
            }
        }
    }

    /// <summary>Stops work on a release, if there is any, and waits until nobody touches its files.</summary>
    public async Task CallOffAsync(ReleaseId release)
    {
        Task ended;
        lock (_gate)
        {
            _failed.Remove(release);
            if (!_active.TryGetValue(release, out (CancellationTokenSource Stop, TaskCompletionSource Ended) active))
            {
                return;
            }
            active.Stop.Cancel();
            ended = active.Ended.Task;
        }
        await ended;
    }

    /// <summary>Waits until no more than so many releases wait or are under way, or a while has passed.</summary>
    /// <returns>True if that is so.</returns>
    public async Task<bool> DownToAsync(int most, TimeSpan atMost, CancellationToken stop)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task timeout = Task.Delay(atMost, time, either.Token);
        try
        {
            while (true)
            {
                Task changed;
                lock (_gate)
                {
                    if (todo.Count - _failed.Count <= most && (most > 0 || _active.Count == 0))
                    {
                        return true;
                    }
                    changed = _changed.Task;
                }
                if (await Task.WhenAny(changed, timeout) == timeout)
                {
                    stop.ThrowIfCancellationRequested();
                    return false;
                }
            }
        }
        finally
        {
            await either.CancelAsync();
        }
    }

    private void Queue(ReleaseId release)
    {
        if (_queued.Add(release))
        {
            _ready.Writer.TryWrite(release);
        }
    }

    private void Signal()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

using System.Runtime.InteropServices;

namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>
/// Hands out the node's bandwidth: to each account its rate, and where the link is too small for all of them, weighted max-min fair shares of it
/// (start-time fair queueing over the accounts that have budget). This is the schedule without a thread: <see cref="PacerLoop"/> calls
/// <see cref="Tick"/> when something is due; a test calls it with a clock of its own.
/// </summary>
public sealed partial class Pacer
{
    /// <summary>Accounts without downloads are forgotten after this time; far more than a budget can store, so that nobody gains by coming back.</summary>
    private static readonly TimeSpan Retention = TimeSpan.FromSeconds(10);

    private readonly BandwidthOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<Pacer> _log;
    private readonly long _sweepTicks;

    // Under the lock.
    private readonly Dictionary<PipeKey, AccountPipe> _pipes = [];
    private readonly PriorityQueue<AccountPipe, long> _saving = new();
    private readonly PriorityQueue<AccountPipe, double> _ready = new();
    private readonly Dictionary<string, TierTotals> _tiers = new(StringComparer.Ordinal);
    private RateBudget _link;
    private double _virtualTime;
    private long _nextSweep;
    private long _wakeAt = long.MaxValue;

    // Only the thread in Tick.
    private readonly List<PacedStream> _grants = [];
    private readonly List<PacedStream> _idle = [];
    private int _tickThread;

    /// <summary>A pacer that nobody drives yet.</summary>
    public Pacer(BandwidthOptions options, TimeProvider time, ILogger<Pacer> log)
    {
        _options = options;
        _time = time;
        _log = log;
        Frequency = time.TimestampFrequency;
        long now = Now;
        _link = new RateBudget(Frequency, now);
        long linkBurst = (long)(options.LinkRate.BytesPerSecond * options.MaxBurst.TotalSeconds);
        _link.Limit(now, options.LinkRate, Math.Max(linkBurst, options.MaxChunk));
        _link.Return(options.MaxChunk);
        _sweepTicks = Ticks(TimeSpan.FromSeconds(1));
        _nextSweep = now + _sweepTicks;
    }

    /// <summary>Raised, under the lock, when something is due before the time that the last <see cref="Tick"/> returned.</summary>
    internal event Action? Woken;

    internal Lock Gate { get; } = new();

    internal TimeProvider Time => _time;

    /// <summary>Nodes that serve accounts, with this one: an account that is new here gets its rate divided by them until its share is known.</summary>
    internal int Nodes { get; set; } = 1;

    /// <summary>Downloads that were admitted since the start: whoever has seen this number has seen every account.</summary>
    internal long Admitted { get; private set; }

    internal long Frequency { get; }

    internal long Now => _time.GetTimestamp();

    /// <summary>The account's pipe; made if there is none, with these limits from now on if they are others.</summary>
    public AccountPipe Pipe(PipeKey key, PipeLimits limits)
    {
        AccountPipe? pipe;
        lock (Gate)
        {
            ref AccountPipe? place = ref CollectionsMarshal.GetValueRefOrAddDefault(_pipes, key, out _);
            pipe = place ??= new AccountPipe(this, _options, key, limits, Now);
        }
        if (pipe.Limits != limits)
        {
            pipe.SetLimits(limits);
        }
        return pipe;
    }

    /// <summary>The account's pipe, if it had a download in the last seconds.</summary>
    public AccountPipe? Find(PipeKey key)
    {
        lock (Gate)
        {
            return _pipes.GetValueOrDefault(key);
        }
    }

    /// <summary>The pipes of the accounts that had a download in the last seconds.</summary>
    public IReadOnlyList<AccountPipe> Pipes()
    {
        lock (Gate)
        {
            return [.. _pipes.Values];
        }
    }

    /// <summary>Cancels every download of files that must not go out any longer.</summary>
    public void CancelWhere(Predicate<StreamIdentity> which, CancelReason reason)
    {
        foreach (AccountPipe pipe in Pipes())
        {
            pipe.CancelWhere(which, reason);
        }
    }

    /// <summary>Hands out what is due and runs the copiers of those who got it. One thread at a time.</summary>
    /// <returns>The timestamp at which something is due next, unless <see cref="Woken"/> is raised before; <see cref="long.MaxValue"/> for never.</returns>
    public long Tick()
    {
        _tickThread = Environment.CurrentManagedThreadId;
        try
        {
            long now = Now;
            if (now >= _nextSweep)
            {
                Sweep(now);
            }
            // A copier that asks again while it is run is served in the next round, in its order; the time stands still, so the budgets end it.
            while (true)
            {
                lock (Gate)
                {
                    long due = HandOut(now);
                    if (_grants.Count == 0)
                    {
                        return _wakeAt = Math.Min(due, _pipes.Count > 0 ? _nextSweep : long.MaxValue);
                    }
                    _wakeAt = long.MinValue;
                }
                foreach (PacedStream stream in _grants)
                {
                    Deliver(stream);
                }
                _grants.Clear();
            }
        }
        finally
        {
            _tickThread = 0;
        }
    }

    internal long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Frequency);

    /// <summary>Gives a stream a place in its pipe, or in the pipe that took that one's place in the meantime.</summary>
    internal bool Admit(AccountPipe pipe, in StreamIdentity who, WaitingLine.Ticket? ticket, out PacedStream? stream, out PacedStream? replaced)
    {
        lock (Gate)
        {
            ref AccountPipe? place = ref CollectionsMarshal.GetValueRefOrAddDefault(_pipes, pipe.Key, out _);
            place ??= pipe;
            stream = place.Admit(who, ticket, Now, Ticks(_options.StallTime), out replaced);
            if (ticket is null || stream is not null)
            {
                Admitted++;
            }
            WakeBy(_nextSweep); // downloads that never have to wait would leave the thread asleep, and nobody would look for idle ones
            return stream is not null;
        }
    }

    /// <summary>A place in the line of a pipe, or of the one that took its place in the meantime; null where the line is too long.</summary>
    internal WaitingLine.Ticket? Join(AccountPipe pipe, out AccountPipe joined)
    {
        lock (Gate)
        {
            ref AccountPipe? place = ref CollectionsMarshal.GetValueRefOrAddDefault(_pipes, pipe.Key, out _);
            joined = place ??= pipe;
            return joined.Places.Line.Join();
        }
    }

    /// <summary>Out of the line of a pipe.</summary>
    internal void Leave(AccountPipe pipe, WaitingLine.Ticket ticket)
    {
        lock (Gate)
        {
            pipe.Places.Line.Leave(ticket);
        }
    }

    /// <summary>Under the lock: bytes for a stream if nobody is before it, or 0 and it waits.</summary>
    internal int Ask(PacedStream stream, AccountPipe pipe, long now)
    {
        pipe.EndPause(now);
        // On the pacer's own thread everything goes through the queues, or one copier could keep the thread to itself.
        if (pipe.WaitingStreams == 0 && _ready.Count == 0 && _tickThread != Environment.CurrentManagedThreadId)
        {
            int grant = pipe.GrantFor(stream);
            _link.Advance(now);
            if (pipe.TicksUntil(grant, now) == 0 && _link.Available >= grant)
            {
                _link.Take(grant);
                pipe.GrantAtOnce(stream, grant, now);
                return grant;
            }
        }
        pipe.Enqueue(stream);
        Reschedule(pipe, now);
        return 0;
    }

    /// <summary>Under the lock: the head of a pipe's queue or its rate is another one.</summary>
    internal void Reschedule(AccountPipe pipe, long now)
    {
        if (pipe.Place == AccountPipe.Standing.Ready)
        {
            return;
        }
        if (!pipe.TryPeek(out int grant))
        {
            pipe.Place = AccountPipe.Standing.Away;
            return;
        }
        long wait = pipe.TicksUntil(grant, now);
        Save(pipe, wait == long.MaxValue ? long.MaxValue : now + wait);
    }

    internal void Return(AccountPipe pipe, int bytes, long grantedAt)
    {
        pipe.Return(bytes, grantedAt, Now);
        _link.Return(bytes);
    }

    /// <summary>Under the lock: the totals of a tier.</summary>
    internal TierTotals Totals(string tier)
    {
        ref TierTotals? totals = ref CollectionsMarshal.GetValueRefOrAddDefault(_tiers, tier, out _);
        return totals ??= new TierTotals(tier);
    }

    /// <summary>What the metrics show.</summary>
    internal (TierTotals[] Tiers, int Streams, int Waiting) Read()
    {
        lock (Gate)
        {
            return ([.. _tiers.Values.Select(tier => tier with { })], _pipes.Values.Sum(pipe => pipe.Streams.Count), _pipes.Values.Sum(pipe => pipe.WaitingStreams));
        }
    }

    /// <summary>Takes what budgets and link allow at this time out of the queues; returns when more will be due.</summary>
    private long HandOut(long now)
    {
        while (_saving.TryPeek(out AccountPipe? pipe, out long due) && due <= now)
        {
            _saving.Dequeue();
            // An entry that the pipe no longer means was left behind when it was rescheduled.
            if (pipe.Place == AccountPipe.Standing.Saving && pipe.Due == due)
            {
                pipe.Place = AccountPipe.Standing.Ready;
                // Who comes a moment late keeps its claim to one chunk; who was away has none.
                pipe.VirtualStart = Math.Max(pipe.VirtualStart, _virtualTime - (pipe.Chunk / pipe.Weight));
                _ready.Enqueue(pipe, pipe.VirtualStart);
            }
        }
        _link.Advance(now);
        double returning = double.PositiveInfinity;
        while (_ready.TryPeek(out AccountPipe? pipe, out _))
        {
            if (pipe.VirtualStart > returning)
            {
                // Before this one's turn comes that of an account whose only stream was just served: let it ask again first.
                return now;
            }
            long wait = 0;
            if (!pipe.TryPeek(out int grant) || (wait = pipe.TicksUntil(grant, now)) > 0)
            {
                _ready.Dequeue();
                pipe.Place = AccountPipe.Standing.Away;
                Reschedule(pipe, now);
                continue;
            }
            if (_link.Available < grant)
            {
                return now + _link.TicksUntil(grant);
            }
            _link.Take(grant);
            _grants.Add(pipe.GrantNext(grant, now));
            _virtualTime = Math.Max(_virtualTime, pipe.VirtualStart);
            pipe.VirtualStart += grant / pipe.Weight;
            if (pipe.WaitingStreams == 0 && pipe.TicksUntil(pipe.Chunk, now) == 0)
            {
                returning = Math.Min(returning, pipe.VirtualStart);
            }
            _ready.DequeueEnqueue(pipe, pipe.VirtualStart);
        }
        return _saving.TryPeek(out _, out long next) ? next : long.MaxValue;
    }

    private void Save(AccountPipe pipe, long due)
    {
        if (pipe.Place == AccountPipe.Standing.Saving && pipe.Due == due)
        {
            return;
        }
        pipe.Place = AccountPipe.Standing.Saving;
        pipe.Due = due;
        if (due == long.MaxValue)
        {
            return;
        }
        _saving.Enqueue(pipe, due);
        WakeBy(due);
    }

    /// <summary>Under the lock.</summary>
    private void WakeBy(long due)
    {
        if (due < _wakeAt)
        {
            _wakeAt = due;
            Woken?.Invoke();
        }
    }

    private void Deliver(PacedStream stream)
    {
        try
        {
            stream.Deliver();
        }
        catch (Exception e)
        {
            // An awaiting method cannot throw here; a bare continuation can, and must not take the node's bandwidth with it.
            CopierFailed(e, stream.Identity.File);
        }
    }

    /// <summary>Once a second: streams whose clients take nothing are cancelled, accounts that left are forgotten.</summary>
    private void Sweep(long now)
    {
        lock (Gate)
        {
            _nextSweep = now + _sweepTicks;
            long idleTicks = Ticks(_options.IdleTimeout);
            long retention = Ticks(Retention);
            foreach (AccountPipe pipe in _pipes.Values)
            {
                pipe.CountAllowed(now);
                if (pipe.Streams.Count == 0 && pipe.Places.Line.Count == 0 && now - pipe.IdleSince > retention)
                {
                    _pipes.Remove(pipe.Key);
                }
                foreach (PacedStream stream in pipe.Streams)
                {
                    if (stream.Stalled(now) > idleTicks)
                    {
                        _idle.Add(stream);
                    }
                }
            }
        }
        foreach (PacedStream stream in _idle)
        {
            stream.Cancel(CancelReason.Idle);
        }
        _idle.Clear();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The copier of {File} failed on the pacer's thread")]
    private partial void CopierFailed(Exception e, string file);
}

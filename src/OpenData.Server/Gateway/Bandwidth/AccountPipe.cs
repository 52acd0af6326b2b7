using System.Diagnostics.CodeAnalysis;
using OpenData.Format;

namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>
/// All the downloads of one account on this node, and the one rate they share. Streams that wait are served in the order of virtual start times
/// (start-time fair queueing, Goyal, Vin and Cheng 1996: deficit round robin with the deficit kept as a position): whoever was given fewest bytes
/// is next, so shares differ by a chunk at most, and a stream that was away does not come back with a claim.
/// </summary>
public sealed class AccountPipe
{
    private readonly Pacer _pacer;
    private readonly BandwidthOptions _options;
    private readonly List<PacedStream> _streams = [];
    private readonly PriorityQueue<PacedStream, long> _waiting = new();
    private AccountBudget _budget;
    private RateMeter _meter;
    private ByteRate? _share;
    private long _virtualTime;
    private long _idleSince;
    private long _counted;
    private GrantSize _size;
    private TierTotals _totals;

    internal AccountPipe(Pacer pacer, BandwidthOptions options, PipeKey key, in PipeLimits limits, long now)
    {
        _pacer = pacer;
        _options = options;
        Key = key;
        Places = new AccountPlaces(this, pacer, options);
        _budget = new AccountBudget(options, pacer.Frequency, now);
        _meter = new RateMeter(pacer.Frequency, now);
        _idleSince = now;
        _counted = now;
        _totals = pacer.Totals(limits.Tier);
        // Until the other nodes have told whether they serve it, too.
        _share = pacer.Nodes > 1 ? new ByteRate(limits.Rate.BytesPerSecond / pacer.Nodes) : null;
        SetLimits(limits, now);
        _budget.Begin();
    }

    /// <summary>Where the pipe stands in the pacer's order.</summary>
    internal enum Standing : byte
    {
        /// <summary>No stream of it waits.</summary>
        Away,

        /// <summary>It waits for its own budget until <see cref="Due"/>.</summary>
        Saving,

        /// <summary>It has budget and waits for its turn on the link.</summary>
        Ready,
    }

    /// <summary>Whose it is.</summary>
    public PipeKey Key { get; }

    /// <summary>What it was promised.</summary>
    public PipeLimits Limits { get; private set; }

    /// <summary>What it may take on this node: its rate, or its share of it where it is active on several nodes.</summary>
    public ByteRate Allowed { get; private set; }

    /// <summary>Nothing is sent and nobody is admitted.</summary>
    public bool IsSuspended { get; private set; }

    /// <summary>The largest grant of each of its streams now.</summary>
    public int Chunk => _size.Chunk;

    // All below: under the pacer's lock.
    internal Standing Place { get; set; }

    internal long Due { get; set; }

    internal double VirtualStart { get; set; }

    internal double Weight { get; private set; }

    internal long IdleSince => _idleSince;

    /// <summary>A list, not an interface: looking through it must not allocate.</summary>
    internal List<PacedStream> Streams => _streams;

    internal int WaitingStreams => _waiting.Count;

    internal AccountPlaces Places { get; }

    internal long Granted { get; private set; }

    /// <summary>
    /// Takes a place in the pipe. A download that comes back takes the place of its dead predecessor, which is cancelled.
    /// False if the account's downloads are all in use, others wait for the next place, or it is suspended.
    /// </summary>
    public bool TryAdmit(StreamIdentity who, [NotNullWhen(true)] out PacedStream? stream) => Places.TryAdmit(who, null, out stream);

    /// <summary>
    /// Takes a place, or waits for one behind those who came before, up to <see cref="BandwidthOptions.PlaceWait"/>. Null where none became free in that time,
    /// too many wait already, or it is suspended: answer 429 with Retry-After.
    /// </summary>
    public ValueTask<PacedStream?> AdmitAsync(StreamIdentity who, CancellationToken stop) => Places.AdmitAsync(who, stop);

    /// <summary>Another tier, from the next tick on, for running downloads too. Streams beyond a smaller number run to their end.</summary>
    public void SetLimits(PipeLimits limits)
    {
        lock (_pacer.Gate)
        {
            long now = _pacer.Now;
            SetLimits(limits, now);
            _pacer.Reschedule(this, now);
        }
    }

    /// <summary>Another rate, from the next tick on.</summary>
    public void SetRate(ByteRate rate) => SetLimits(Limits with { Rate = rate });

    /// <summary>The part of its rate that it may take on this node.</summary>
    /// <param name="share">The part; null for all of it.</param>
    /// <param name="streamsElsewhere">Its downloads on other nodes: they count where it begins a further one, for as long as a report lives.</param>
    public void SetShare(ByteRate? share, int streamsElsewhere = 0)
    {
        lock (_pacer.Gate)
        {
            Places.SetElsewhere(streamsElsewhere, _pacer.Now);
            if (_share == share)
            {
                return;
            }
            _share = share;
            long now = _pacer.Now;
            SetLimits(Limits, now);
            _pacer.Reschedule(this, now);
        }
    }

    /// <summary>What it wants of this node: all that it is given where its streams wait for its own rate, what they take with some room to grow where they do not.</summary>
    /// <param name="headroom">Room to grow, such as 1.05.</param>
    internal NodeDemand Demand(double headroom)
    {
        lock (_pacer.Gate)
        {
            if (_streams.Count == 0)
            {
                return default;
            }
            ByteRate achieved = _meter.Rate(_pacer.Now);
            bool hungry = Place == Standing.Saving || achieved.BytesPerSecond > Allowed.BytesPerSecond * 0.97;
            long room = Math.Max(Limits.Rate.BytesPerSecond / 100, 1024);
            return new NodeDemand(_streams.Count, hungry ? null : new ByteRate((long)(achieved.BytesPerSecond * headroom) + room));
        }
    }

    /// <summary>Cancels all its streams and admits no more, until <see cref="Resume"/>.</summary>
    public void Suspend()
    {
        IsSuspended = true;
        CancelWhere(static _ => true, CancelReason.Suspended);
    }

    /// <summary>Admits again.</summary>
    public void Resume() => IsSuspended = false;

    /// <summary>Cancels the streams that send a file that must not go out any longer.</summary>
    public void CancelWhere(Predicate<StreamIdentity> which, CancelReason reason)
    {
        PacedStream[] chosen;
        lock (_pacer.Gate)
        {
            chosen = [.. _streams.Where(stream => which(stream.Identity))];
        }
        foreach (PacedStream stream in chosen)
        {
            stream.Cancel(reason);
        }
    }

    /// <summary>Rates and streams at this moment.</summary>
    public PipeSnapshot Snapshot()
    {
        lock (_pacer.Gate)
        {
            long now = _pacer.Now;
            ByteRate each = new(Allowed.BytesPerSecond / Math.Max(1, _streams.Count));
            return new PipeSnapshot(
                Key, Allowed, _meter.Rate(now), Limits.Streams, IsSuspended, _waiting.Count > 0, Granted, [.. _streams.Select(stream => stream.Snapshot(now, each))]);
        }
    }

    /// <summary>A place for a newcomer, or for one of the line.</summary>
    internal PacedStream? Admit(in StreamIdentity who, WaitingLine.Ticket? ticket, long now, long stallTicks, out PacedStream? replaced)
    {
        replaced = null;
        if (IsSuspended || !Places.HasRoom(who, ticket, now, stallTicks, out replaced))
        {
            return null;
        }
        PacedStream stream = new(this, _pacer, who, now) { VirtualStart = _virtualTime };
        CountAllowed(now);
        _streams.Add(stream);
        FitChunk();
        return stream;
    }

    internal void Leave(PacedStream stream, long now)
    {
        CountAllowed(now);
        _streams.Remove(stream);
        if (_streams.Count == 0)
        {
            _idleSince = now;
        }
        FitChunk();
        Places.Line.Call();
    }

    /// <summary>Before a stream asks: what was earned in a pause is forgotten but for a chunk. A hiccup, shorter than the burst, is no pause.</summary>
    internal void EndPause(long now)
    {
        if (_waiting.Count == 0 && now - _idleSince > _pacer.Ticks(_options.MaxBurst))
        {
            _budget.EndPause(now);
        }
    }

    internal void Enqueue(PacedStream stream)
    {
        Order(stream);
        _waiting.Enqueue(stream, stream.VirtualStart);
    }

    internal void Dequeue(PacedStream stream)
    {
        _waiting.Remove(stream, out _, out _);
        if (_waiting.Count == 0)
        {
            _idleSince = _pacer.Now;
        }
    }

    /// <summary>What the stream at the head of the queue would be granted; false if none waits.</summary>
    internal bool TryPeek(out int grant)
    {
        grant = _waiting.TryPeek(out PacedStream? stream, out _) ? GrantFor(stream) : 0;
        return grant > 0;
    }

    internal int GrantFor(PacedStream stream) => Math.Min(stream.Wanted, stream.IsFresh ? _size.First : _size.Chunk);

    /// <summary>Ticks from now until so many bytes may be sent.</summary>
    internal long TicksUntil(int bytes, long now) => _budget.TicksUntil(bytes, now);

    /// <summary>The stream at the head of the queue leaves it with its grant.</summary>
    internal PacedStream GrantNext(int bytes, long now)
    {
        PacedStream stream = _waiting.Dequeue();
        _virtualTime = Math.Max(_virtualTime, stream.VirtualStart);
        if (_waiting.Count == 0)
        {
            _idleSince = now;
        }
        Spend(bytes, now);
        stream.Grant(bytes, now, deferred: true);
        return stream;
    }

    /// <summary>A grant to a stream that need not wait because nobody does.</summary>
    internal void GrantAtOnce(PacedStream stream, int bytes, long now)
    {
        Order(stream);
        _virtualTime = Math.Max(_virtualTime, stream.VirtualStart);
        _idleSince = now;
        Spend(bytes, now);
        stream.Grant(bytes, now, deferred: false);
    }

    internal void Return(int bytes, long grantedAt, long now)
    {
        Granted -= bytes;
        _totals.Granted -= bytes;
        _budget.Return(bytes, grantedAt, now);
    }

    /// <summary>Counts what its tier allowed it while it had downloads.</summary>
    internal void CountAllowed(long now)
    {
        if (_streams.Count > 0)
        {
            _totals.Allowed += Allowed.BytesPerSecond * ((double)(now - _counted) / _pacer.Frequency);
        }
        _counted = now;
    }

    /// <summary>A stream that comes a moment late keeps its claim to one chunk; one that was away has none.</summary>
    private void Order(PacedStream stream) => stream.VirtualStart = Math.Max(stream.VirtualStart, _virtualTime - Chunk);

    private void Spend(int bytes, long now)
    {
        Granted += bytes;
        _totals.Granted += bytes;
        _meter.Add(now, bytes);
        _budget.Take(bytes, now);
    }

    private void SetLimits(in PipeLimits limits, long now)
    {
        CountAllowed(now);
        _totals = _pacer.Totals(limits.Tier);
        Limits = limits;
        ByteRate before = Allowed;
        Allowed = _share is { } share && share.CompareTo(limits.Rate) < 0 ? share : limits.Rate;
        Weight = Math.Max(1, limits.Weight > 0 ? limits.Weight : limits.Rate.BytesPerSecond);
        FitChunk();
        _budget.Limit(now, Allowed);
        Places.Line.Call();
        if (Allowed.CompareTo(before) < 0)
        {
            Even();
        }
    }

    /// <summary>A chunk granted at a higher rate may be many seconds' worth at the lower one: nobody is made to wait for it.</summary>
    private void Even()
    {
        PacedStream[] waiting = [.. _waiting.UnorderedItems.Select(static item => item.Element)];
        _waiting.Clear();
        foreach (PacedStream stream in _streams)
        {
            stream.VirtualStart = Math.Min(stream.VirtualStart, _virtualTime + Chunk);
        }
        foreach (PacedStream stream in waiting)
        {
            _waiting.Enqueue(stream, stream.VirtualStart);
        }
    }

    private void FitChunk() => _size = GrantSize.For(Allowed, _streams.Count, _options);
}

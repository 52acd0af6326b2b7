using System.Threading.Tasks.Sources;

namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>
/// One running download. Its copier asks for a grant, sends that many bytes, and asks again only when the client has taken them: so a slow client
/// asks for less, and what it leaves goes to its siblings. One grant is asked for at a time.
/// </summary>
public sealed class PacedStream : IValueTaskSource<int>, IDisposable
{
    private readonly AccountPipe _pipe;
    private readonly Pacer _pacer;

    // Written under the pacer's lock.
    private volatile State _state;
    private CancelReason _cancelled;
    private CancellationTokenSource? _stopped;
    private RateMeter _meter;
    private long _granted;
    private long _outstanding;
    private long _progress;
    private bool _left;

    // The pending grant: set under the lock by whoever ends the wait, delivered by the same outside of it.
    private ManualResetValueTaskSourceCore<int> _source;
    private int _grant;
    private Exception? _failure;

    // Only the copier touches these.
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;

    internal PacedStream(AccountPipe pipe, Pacer pacer, StreamIdentity identity, long now)
    {
        _pipe = pipe;
        _pacer = pacer;
        Identity = identity;
        _meter = new RateMeter(pacer.Frequency, now);
        _progress = now;
        // The continuation runs on the pacer's thread, straight into the copier's read and send: a hop to the pool costs more than both.
        _source.RunContinuationsAsynchronously = false;
    }

    private enum State : byte
    {
        /// <summary>The copier has its grant, or was never given one.</summary>
        Sending,

        /// <summary>In its pipe's queue.</summary>
        Waiting,

        /// <summary>Out of the queue; the result is on its way.</summary>
        Ending,
    }

    /// <summary>What it sends.</summary>
    public StreamIdentity Identity { get; }

    /// <summary>The largest grant it will get now, and so the size of buffer that is worth having: a few hundredths of a second of its rate.</summary>
    public int Chunk => _pipe.Chunk;

    /// <summary>Bytes it was allowed to send, without those given back.</summary>
    public long Granted => Volatile.Read(ref _granted);

    /// <summary>Bytes it has sent, as told by its next request for a grant.</summary>
    public long Sent => Volatile.Read(ref _granted) - Volatile.Read(ref _outstanding);

    /// <summary>Why it was cancelled, if it was.</summary>
    public CancelReason Cancelled => _cancelled;

    /// <summary>Cancelled when the stream is: ends a send to a client that takes nothing, which no failed grant could end.</summary>
    public CancellationToken Stopped
    {
        get
        {
            lock (_pacer.Gate)
            {
                if (_stopped is null)
                {
                    _stopped = new CancellationTokenSource();
                    if (_cancelled != CancelReason.None)
                    {
                        _stopped.Cancel();
                    }
                }
                return _stopped.Token;
            }
        }
    }

    // Under the pacer's lock: what the queue of its pipe orders by, and wants.
    internal long VirtualStart { get; set; }

    internal int Wanted { get; private set; }

    internal bool IsFresh => _granted == 0;

    /// <summary>
    /// Completes with 1 to <paramref name="wanted"/> bytes that may be sent now. The continuation runs inline on the pacer's one thread and must not
    /// block it: no waiting read, no lock held for long; a send that would wait must be awaited.
    /// </summary>
    /// <param name="wanted">Bytes left to send, 1 or more; the grant is at most about <see cref="Chunk"/>.</param>
    /// <param name="stop">Best the same token every time: it is registered once.</param>
    /// <exception cref="StreamCancelledException">The stream was cancelled, now or before.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public ValueTask<int> GrantAsync(int wanted, CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(wanted, 1);
        if (stop != _token)
        {
            _registration.Unregister();
            _token = stop;
            _registration = stop.UnsafeRegister(static (stream, token) => ((PacedStream)stream!).Abandon(token), this);
        }
        int grant;
        lock (_pacer.Gate)
        {
            if (_state != State.Sending)
            {
                throw new InvalidOperationException("A stream waits for one grant at a time.");
            }
            ObjectDisposedException.ThrowIf(_left, this);
            long now = _pacer.Now;
            _outstanding = 0;
            _progress = now;
            // Looked at under the lock: a token cancelled before has run its callback in vain, one cancelled from here on finds the stream waiting.
            if (stop.IsCancellationRequested || _cancelled != CancelReason.None)
            {
                return ValueTask.FromException<int>(_cancelled != CancelReason.None ? new StreamCancelledException(_cancelled) : new OperationCanceledException(stop));
            }
            Wanted = wanted;
            grant = _pacer.Ask(this, _pipe, now);
            if (grant == 0)
            {
                _source.Reset();
                _failure = null;
                _state = State.Waiting;
                return new ValueTask<int>(this, _source.Version);
            }
        }
        return new ValueTask<int>(grant);
    }

    /// <summary>Gives back bytes of the last grant that were not sent, as when the source ended early.</summary>
    public void Return(int unused)
    {
        lock (_pacer.Gate)
        {
            unused = (int)Math.Min(unused, _outstanding);
            if (unused > 0)
            {
                _outstanding -= unused;
                _granted -= unused;
                VirtualStart -= unused;
                _pacer.Return(_pipe, unused, _progress);
            }
        }
    }

    /// <summary>Ends the stream: a pending grant and all later ones fail with <see cref="StreamCancelledException"/>, and <see cref="Stopped"/> is cancelled. The first reason stays.</summary>
    public void Cancel(CancelReason reason)
    {
        CancellationTokenSource? stopped;
        bool deliver;
        lock (_pacer.Gate)
        {
            deliver = MarkCancelled(reason, out stopped);
        }
        FinishCancel(deliver, stopped);
    }

    /// <summary>Leaves the account's pipe; its place is free. Harmless twice.</summary>
    public void Dispose()
    {
        _registration.Unregister();
        bool deliver;
        lock (_pacer.Gate)
        {
            if (_left)
            {
                return;
            }
            _left = true;
            deliver = Withdraw(new ObjectDisposedException(nameof(PacedStream)));
            _pipe.Leave(this, _pacer.Now);
        }
        if (deliver)
        {
            Deliver();
        }
    }

    /// <summary>Under the pacer's lock: the queue gave it bytes. The pacer calls <see cref="Deliver"/> after the lock.</summary>
    internal void Grant(int bytes, long now, bool deferred)
    {
        _granted += bytes;
        _outstanding = bytes;
        _progress = now;
        _meter.Add(now, bytes);
        VirtualStart += bytes;
        if (deferred)
        {
            _grant = bytes;
            _state = State.Ending;
        }
    }

    /// <summary>Runs the copier until it waits again. Never under the lock.</summary>
    internal void Deliver()
    {
        if (_failure is { } failure)
        {
            _source.SetException(failure);
        }
        else
        {
            _source.SetResult(_grant);
        }
    }

    /// <summary>Under the pacer's lock: how long its client has not taken the last grant; zero while it is us who let it wait.</summary>
    internal long Stalled(long now) => _state == State.Sending ? now - _progress : 0;

    /// <summary>
    /// Under the pacer's lock: whether a newcomer is this download come back. It is if this one has stalled; or if the same client asks to go on
    /// where this one is, give or take what the kernels may still buffer, down to the very range of which no byte came through. A segment of a
    /// parallel download begins ahead of that; and who asks for the file from its beginning may be downloading it twice.
    /// </summary>
    internal bool IsContinuedBy(in StreamIdentity newcomer, long now, long stallTicks)
    {
        const long Buffers = 16 << 20;
        if (!string.Equals(newcomer.File, Identity.File, StringComparison.Ordinal))
        {
            return false;
        }
        long position = Identity.Start + _granted;
        return Stalled(now) >= stallTicks
            || (string.Equals(newcomer.Client, Identity.Client, StringComparison.Ordinal)
                && newcomer.Start > 0 && newcomer.Start >= Identity.Start && newcomer.Start <= position && newcomer.Start >= position - Buffers);
    }

    /// <summary>Under the pacer's lock. The caller then calls <see cref="FinishCancel"/> outside of it.</summary>
    internal bool MarkCancelled(CancelReason reason, out CancellationTokenSource? stopped)
    {
        stopped = null;
        if (_cancelled != CancelReason.None || _left)
        {
            return false;
        }
        _cancelled = reason;
        stopped = _stopped;
        _pipe.Places.Line.Call();
        return Withdraw(new StreamCancelledException(reason));
    }

    internal void FinishCancel(bool deliver, CancellationTokenSource? stopped)
    {
        if (deliver)
        {
            Deliver();
        }
        stopped?.Cancel();
    }

    internal StreamSnapshot Snapshot(long now, Format.ByteRate allowed) => new(
        Identity, allowed, _meter.Rate(now), _granted, _granted - _outstanding, TimeSpan.FromSeconds((double)Stalled(now) / _pacer.Frequency));

    int IValueTaskSource<int>.GetResult(short token)
    {
        bool ended = _source.GetStatus(token) != ValueTaskSourceStatus.Pending;
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            if (ended)
            {
                _state = State.Sending;
            }
        }
    }

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void Abandon(CancellationToken token)
    {
        bool deliver;
        lock (_pacer.Gate)
        {
            deliver = Withdraw(new OperationCanceledException(token));
        }
        if (deliver)
        {
            Deliver();
        }
    }

    /// <summary>Takes a waiting stream out of the queue; true if its wait must now be ended by <see cref="Deliver"/>.</summary>
    private bool Withdraw(Exception failure)
    {
        if (_state != State.Waiting)
        {
            return false;
        }
        _pipe.Dequeue(this);
        _failure = failure;
        _state = State.Ending;
        return true;
    }
}

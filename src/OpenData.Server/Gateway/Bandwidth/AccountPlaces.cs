using System.Diagnostics.CodeAnalysis;

namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>The places of one account's downloads on this node: who gets one, who takes over that of a dead predecessor, and who waits for one, first come first served.</summary>
internal sealed class AccountPlaces(AccountPipe pipe, Pacer pacer, BandwidthOptions options)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    private int _elsewhere;
    private long _elsewhereAt;

    /// <summary>Those who wait. Under the pacer's lock.</summary>
    public WaitingLine Line { get; } = new();

    /// <summary>A place for a newcomer, or for one of the line; what it takes over is cancelled.</summary>
    public bool TryAdmit(in StreamIdentity who, WaitingLine.Ticket? ticket, [NotNullWhen(true)] out PacedStream? stream)
    {
        bool admitted = pacer.Admit(pipe, who, ticket, out stream, out PacedStream? replaced);
        replaced?.Cancel(CancelReason.Resumed);
        return admitted;
    }

    /// <summary>A place now, or behind those who came before: see <see cref="AccountPipe.AdmitAsync"/>.</summary>
    public async ValueTask<PacedStream?> AdmitAsync(StreamIdentity who, CancellationToken stop)
    {
        if (TryAdmit(who, null, out PacedStream? stream))
        {
            return stream;
        }
        if (pipe.IsSuspended || pacer.Join(pipe, out AccountPipe joined) is not { } ticket)
        {
            return null;
        }
        try
        {
            return await joined.Places.WaitAsync(who, ticket, stop);
        }
        finally
        {
            pacer.Leave(joined, ticket);
        }
    }

    /// <summary>Under the pacer's lock: its downloads on other nodes, which count where it begins a further one, for as long as a report lives.</summary>
    public void SetElsewhere(int streams, long now)
    {
        (_elsewhere, _elsewhereAt) = (streams, now);
        Line.Call();
    }

    /// <summary>Under the pacer's lock: whether there is room for a newcomer, or for one of the line, and in whose place if in anyone's.</summary>
    public bool HasRoom(in StreamIdentity who, WaitingLine.Ticket? ticket, long now, long stallTicks, out PacedStream? replaced)
    {
        int running = 0;
        replaced = null;
        foreach (PacedStream other in pipe.Streams)
        {
            if (other.Cancelled == CancelReason.None)
            {
                running++;
                if (other.IsContinuedBy(who, now, stallTicks) && (replaced is null || other.Stalled(now) > replaced.Stalled(now)))
                {
                    replaced = other;
                }
            }
        }
        // What runs on other nodes is known from a moment ago and may have died with its node since: it holds up nobody who comes to resume.
        // While it has none here nobody tells it more: what it knows grows old as a report does.
        int elsewhere = who.Start > 0 || now - _elsewhereAt > pacer.Ticks(NodeDemand.Lifetime) ? 0 : _elsewhere;
        if (running + elsewhere + Line.Before(ticket) < pipe.Limits.Streams)
        {
            replaced = null;
            return true;
        }
        return replaced is not null;
    }

    private async Task<PacedStream?> WaitAsync(StreamIdentity who, WaitingLine.Ticket ticket, CancellationToken stop)
    {
        long end = pacer.Now + pacer.Ticks(options.PlaceWait);
        while (true)
        {
            long left = end - pacer.Now;
            Task called;
            lock (pacer.Gate)
            {
                called = ticket.NextCall(); // before it looks, so that what becomes free meanwhile is not missed
            }
            if (TryAdmit(who, ticket, out PacedStream? stream))
            {
                return stream;
            }
            if (left <= 0 || pipe.IsSuspended)
            {
                return null;
            }
            // Also now and then without a call: a download stalls, or ends on another node, without a word.
            TimeSpan pause = TimeSpan.FromSeconds(Math.Min(s_look.TotalSeconds, (double)left / pacer.Frequency));
            using CancellationTokenSource look = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await Task.WhenAny(called, Task.Delay(pause, pacer.Time, look.Token));
            await look.CancelAsync();
            stop.ThrowIfCancellationRequested();
        }
    }
}

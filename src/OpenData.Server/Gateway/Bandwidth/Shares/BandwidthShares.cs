using System.Runtime.InteropServices;
using OpenData.Format;

namespace OpenData.Server.Gateway.Bandwidth.Shares;

/// <summary>
/// What this node may give each account that downloads from other nodes, too. It knows no database and no clock: a round begins with
/// <see cref="Report"/> and ends with <see cref="Apply"/>.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>A share falls at once and rises a round later: by then the others have seen the same demands and given theirs back, so the sum does not go
/// over the rate while it moves.</item>
/// <item>An account that is new here gets its rate divided by the nodes until two rounds have told who else serves it. A client that opens a
/// connection to each node at once is held to its rate from the first byte.</item>
/// <item>While no round succeeds everything stays as it is.</item>
/// </list>
/// One round at a time.
/// </remarks>
public sealed class BandwidthShares(Pacer pacer)
{
    /// <summary>Rounds until an account is no longer new: in the first it is told to the others, in the second theirs have come.</summary>
    private const int RoundsUntilKnown = 2;

    /// <summary>Room to grow for a demand that something else limits, so that more of it is noticed.</summary>
    private const double Headroom = 1.05;

    private readonly Dictionary<ulong, Known> _accounts = [];
    private readonly Dictionary<ulong, List<NodeDemand>> _elsewhere = [];
    private long _round;

    /// <summary>An account has downloads here and is not yet told to the others twice: the next round should not wait.</summary>
    public bool HasNew
    {
        get
        {
            foreach (AccountPipe pipe in pacer.Pipes())
            {
                if (pipe.Demand(Headroom).Streams > 0 && (!_accounts.TryGetValue(NodeReport.NameOf(pipe.Key), out Known known) || known.Rounds < RoundsUntilKnown))
                {
                    return true;
                }
            }
            return false;
        }
    }

    /// <summary>What this node tells the others.</summary>
    public byte[] Report()
    {
        _round++;
        List<(ulong, NodeDemand)> demands = [];
        foreach (AccountPipe pipe in pacer.Pipes())
        {
            NodeDemand demand = pipe.Demand(Headroom);
            if (demand.Streams > 0)
            {
                ulong account = NodeReport.NameOf(pipe.Key);
                demands.Add((account, demand));
                ref Known known = ref CollectionsMarshal.GetValueRefOrAddDefault(_accounts, account, out bool before);
                known = known with { Pipe = pipe, Demand = demand, Round = _round, Before = before && ReferenceEquals(known.Pipe, pipe) ? known.Before : pipe.Allowed };
            }
        }
        return NodeReport.Write(demands);
    }

    /// <summary>Takes the other nodes' reports: one for each node that is alive.</summary>
    public void Apply(IReadOnlyList<byte[]> reports)
    {
        pacer.Nodes = reports.Count + 1;
        _elsewhere.Clear();
        foreach (byte[] report in reports)
        {
            NodeReport.Read(report, (account, demand) =>
            {
                if (_accounts.ContainsKey(account))
                {
                    (CollectionsMarshal.GetValueRefOrAddDefault(_elsewhere, account, out _) ??= []).Add(demand);
                }
            });
        }
        foreach ((ulong account, Known known) in _accounts)
        {
            if (known.Round != _round)
            {
                _accounts.Remove(account);
                continue;
            }
            ReadOnlySpan<NodeDemand> others = _elsewhere.TryGetValue(account, out List<NodeDemand>? list) ? CollectionsMarshal.AsSpan(list) : [];
            ByteRate rate = known.Pipe.Limits.Rate;
            ByteRate share = ShareArithmetic.Share(rate, known.Demand, others);
            ByteRate most = known.Rounds + 1 < RoundsUntilKnown ? known.Pipe.Allowed : known.Rounds + 1 == RoundsUntilKnown ? share : known.Before;
            ByteRate allowed = share.CompareTo(most) < 0 ? share : most;
            int streams = 0;
            foreach (NodeDemand other in others)
            {
                streams += other.Streams;
            }
            known.Pipe.SetShare(allowed.CompareTo(rate) < 0 ? allowed : null, streams);
            CollectionsMarshal.GetValueRefOrAddDefault(_accounts, account, out _) = known with { Before = share, Rounds = known.Rounds + 1 };
        }
    }

    /// <param name="Pipe">The account here.</param>
    /// <param name="Demand">As it was reported last.</param>
    /// <param name="Round">When that was.</param>
    /// <param name="Rounds">Rounds in which its demand was told to the others.</param>
    /// <param name="Before">Its share in the round before.</param>
    private readonly record struct Known(AccountPipe Pipe, NodeDemand Demand, long Round, int Rounds, ByteRate Before);
}

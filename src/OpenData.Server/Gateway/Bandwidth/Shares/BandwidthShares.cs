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
/// <item>While no round succeeds everything stays as it is; in the first ones after that nothing rises, for nodes that are not back yet still send.</item>
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
    private long _round;
    private long _admitted = -1;
    private bool _hasYoung;

    /// <summary>Nodes that are alive, this one too.</summary>
    public int Nodes => pacer.Nodes;

    /// <summary>An account has downloads here and is not yet told to the others twice: the next round should not wait.</summary>
    public bool HasNew
    {
        get
        {
            if (!_hasYoung && pacer.Admitted == _admitted)
            {
                return false;
            }
            foreach (AccountPipe pipe in pacer.Pipes())
            {
                if ((!_accounts.TryGetValue(NodeReport.NameOf(pipe.Key), out Known? known) || known.Rounds < RoundsUntilKnown) && pipe.Demand(Headroom).Streams > 0)
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
        _admitted = pacer.Admitted;
        List<(ulong, NodeDemand)> demands = [];
        foreach (AccountPipe pipe in pacer.Pipes())
        {
            NodeDemand demand = pipe.Demand(Headroom);
            if (demand.Streams > 0)
            {
                ulong account = NodeReport.NameOf(pipe.Key);
                demands.Add((account, demand));
                Known known = CollectionsMarshal.GetValueRefOrAddDefault(_accounts, account, out _) ??= new Known();
                known.See(pipe, demand, _round);
            }
        }
        return NodeReport.Write(demands);
    }

    /// <summary>Takes the other nodes' reports: one for each node that is alive.</summary>
    /// <param name="reports">What they want.</param>
    /// <param name="mayRise">False where more nodes may be alive than reported: no share gets larger.</param>
    public void Apply(IReadOnlyList<byte[]> reports, bool mayRise = true)
    {
        pacer.Nodes = mayRise ? reports.Count + 1 : Math.Max(pacer.Nodes, reports.Count + 1);
        foreach (byte[] report in reports)
        {
            NodeReport.Read(report, (account, demand) =>
            {
                if (_accounts.TryGetValue(account, out Known? known))
                {
                    known.Elsewhere.Add(demand);
                }
            });
        }
        _hasYoung = false;
        foreach ((ulong account, Known known) in _accounts)
        {
            if (known.Round != _round)
            {
                _accounts.Remove(account);
                continue;
            }
            known.Apply(mayRise);
            _hasYoung |= known.Rounds < RoundsUntilKnown;
        }
    }

    /// <summary>An account with downloads here.</summary>
    private sealed class Known
    {
        private NodeDemand _demand;
        private AccountPipe? _pipe;
        private ByteRate _before;

        /// <summary>When its demand was reported last.</summary>
        public long Round { get; private set; }

        /// <summary>Rounds in which it was told to the others.</summary>
        public int Rounds { get; private set; }

        /// <summary>What the other nodes want for it; emptied in each round.</summary>
        public List<NodeDemand> Elsewhere { get; } = [];

        public void See(AccountPipe pipe, NodeDemand demand, long round)
        {
            if (!ReferenceEquals(_pipe, pipe))
            {
                (_pipe, _before) = (pipe, pipe.Allowed);
            }
            (_demand, Round) = (demand, round);
        }

        public void Apply(bool mayRise)
        {
            AccountPipe pipe = _pipe!;
            ByteRate rate = pipe.Limits.Rate;
            ByteRate share = ShareArithmetic.Share(rate, _demand, CollectionsMarshal.AsSpan(Elsewhere));
            ByteRate most = Rounds + 1 < RoundsUntilKnown ? pipe.Allowed : Rounds + 1 == RoundsUntilKnown ? share : _before;
            if (!mayRise && pipe.Allowed.CompareTo(most) < 0)
            {
                most = pipe.Allowed;
            }
            ByteRate allowed = share.CompareTo(most) < 0 ? share : most;
            int streams = 0;
            foreach (NodeDemand other in Elsewhere)
            {
                streams += other.Streams;
            }
            pipe.SetShare(allowed.CompareTo(rate) < 0 ? allowed : null, streams);
            Elsewhere.Clear();
            _before = share;
            Rounds++;
        }
    }
}

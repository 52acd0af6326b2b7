using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Gateway.Bandwidth.Shares;

namespace OpenData.Tests.Bandwidth.Shares;

/// <summary>Several nodes that exchange their demands as the service does, under one clock: rounds a second apart, each node's at a moment of its own.</summary>
internal sealed class Cluster
{
    private const double Step = 0.005;
    private readonly List<Member> _members = [];
    private readonly Random _dice;
    private double _seconds;

    public Cluster(int nodes, int seed = 1)
    {
        _dice = Node.Dice(seed);
        for (int i = 0; i < nodes; i++)
        {
            Join();
        }
        Run(3);
    }

    /// <summary>The database does not answer.</summary>
    public bool IsAway
    {
        set => _members.ForEach(member => member.IsAway = value);
    }

    /// <summary>Rounds of all nodes.</summary>
    public int Rounds { get; private set; }

    /// <summary>Rounds of all nodes that the database did not answer.</summary>
    public int Attempts { get; private set; }

    public double Seconds => _seconds;

    private TimeSpan Now => TimeSpan.FromSeconds(_seconds);

    public Node this[int node] => _members[node].Node;

    public void Join()
    {
        Member member = new(_dice.NextDouble() / 4);
        // The clock of a node that joins late has stood still until now.
        _members.Add(member);
        Round(member);
    }

    /// <summary>Without a word, as by signal 9: its downloads break off.</summary>
    public void Kill(int node) => _members[node].IsDead = true;

    /// <summary>The database does not answer this node.</summary>
    public void CutOff(int node) => _members[node].IsAway = true;

    public void Run(double seconds)
    {
        for (double end = _seconds + seconds; _seconds < end - 1e-9; _seconds += Step)
        {
            foreach (Member member in _members.Where(member => !member.IsDead))
            {
                member.Node.Tick(Step);
                member.UntilLook -= Step;
                if (member.UntilLook <= 0)
                {
                    member.UntilLook += RoundPace.Look.TotalSeconds;
                    if (member.Pace.IsDue(Now, member.Shares.Nodes, () => member.Shares.HasNew))
                    {
                        Round(member);
                    }
                }
            }
        }
    }

    /// <summary>Bytes that all nodes granted an account in the last seconds.</summary>
    public long Bytes(string account, double last) => _members.Sum(member => member.Node.Bytes(account, member.Node.Clock.Seconds - last, double.MaxValue));

    /// <summary>The most bytes that all nodes granted an account in any window of so many seconds within the last ones; on a grid of 50 ms.</summary>
    public long MostIn(string account, double window, double last)
    {
        double from = _seconds - last;
        long[] cells = new long[(int)Math.Ceiling(last / 0.05) + 1];
        foreach (Member member in _members)
        {
            double offset = member.Node.Clock.Seconds - _seconds;
            foreach ((double at, int bytes) in member.Node.GrantsOf(account).Where(grant => grant.At - offset > from))
            {
                cells[(int)((at - offset - from) / 0.05)] += bytes;
            }
        }
        int width = (int)Math.Round(window / 0.05);
        return Enumerable.Range(0, cells.Length - width).Max(first => cells[first..(first + width)].Sum());
    }

    private void Round(Member member)
    {
        member.Pace.Begin(Now);
        byte[] report = member.Shares.Report();
        if (member.IsAway)
        {
            member.Pace.Fail();
            Attempts++;
            return;
        }
        Rounds++;
        (member.Row, member.RowAt) = (report, _seconds);
        member.Shares.Apply([.. _members
            .Where(other => other != member && other.Row is not null && other.RowAt > _seconds - NodeDemand.Lifetime.TotalSeconds).Select(other => other.Row!)], member.Pace.Succeed(Now));
    }

    private sealed class Member
    {
        public Member(double phase)
        {
            Shares = new BandwidthShares(Node.Pacer);
            UntilLook = phase;
        }

        public Node Node { get; } = new();

        public BandwidthShares Shares { get; }

        public double UntilLook { get; set; }

        public RoundPace Pace { get; } = new();

        public bool IsDead { get; set; }

        public bool IsAway { get; set; }

        public byte[]? Row { get; set; }

        public double RowAt { get; set; }
    }
}

using FsCheck;
using FsCheck.Fluent;
using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Tests.Bandwidth;

/// <summary>Any population of accounts on any link, judged against the shares that weighted max-min fairness gives (Bertsekas and Gallager, Data Networks, 6.5.2).</summary>
public sealed class LinkPropertyTests
{
    private const double Seconds = 10;
    private static readonly double[] Tiers = [1.6, 8, 10, 30, 100];

    /// <summary>OPENDATA_TEST_CASES asks for more than the few that fit into every run.</summary>
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("OPENDATA_TEST_CASES"), out int cases) ? cases : 20;

    [Fact]
    public void Each_account_gets_its_max_min_fair_share_of_the_link_by_weight() => Check(static town =>
    {
        double[] fair = MaxMin([.. town.Accounts.Select(account => account.Rate)], [.. town.Accounts.Select(account => account.Weight)], town.Link);
        for (int i = 0; i < fair.Length; i++)
        {
            // Two in a hundred, and what one chunk more or less makes at either end of the window.
            double slack = (0.02 * fair[i] * Seconds) + (2.0 * town.Accounts[i].Pipe.Chunk);
            if (Math.Abs(town.Taken(i) - (fair[i] * Seconds)) > slack)
            {
                throw new ShouldAssertException($"account {i} of {town}: {town.Taken(i) / Seconds:0} bytes a second, fair are {fair[i]:0}");
            }
        }
    });

    [Fact]
    public void A_link_is_filled_where_there_is_demand_and_never_overfilled() => Check(static town =>
    {
        double wanted = Math.Min(town.Link, town.Accounts.Sum(account => account.Rate));
        long all = Enumerable.Range(0, town.Accounts.Count).Sum(town.Taken);
        (all / (wanted * Seconds)).ShouldBeInRange(0.995, 1.005, town.ToString());

        // In any span: what the link may store, and its rate.
        List<(double At, int Bytes)> grants = [.. town.Accounts.SelectMany(account => town.Node.GrantsOf(account.Pipe.Key.Text)).OrderBy(grant => grant.At)];
        double stored = Math.Max(0.2 * town.Link, 256 * 1024) + 1;
        double level = stored;
        double last = grants[0].At;
        foreach ((double at, int bytes) in grants)
        {
            level = Math.Min(stored, level + ((at - last) * town.Link)) - bytes;
            last = at;
            level.ShouldBeGreaterThanOrEqualTo(-1, town.ToString());
        }
    });

    /// <summary>Water-filling: whoever wants less than an equal share by weight gets what it wants, the others divide the rest in the same way.</summary>
    internal static double[] MaxMin(double[] wanted, double[] weights, double link)
    {
        double[] shares = new double[wanted.Length];
        List<int> left = [.. Enumerable.Range(0, wanted.Length)];
        while (left.Count > 0)
        {
            double level = link / left.Sum(i => weights[i]);
            int content = left.FindIndex(i => wanted[i] <= level * weights[i]);
            if (content < 0)
            {
                left.ForEach(i => shares[i] = level * weights[i]);
                break;
            }
            shares[left[content]] = wanted[left[content]];
            link -= wanted[left[content]];
            left.RemoveAt(content);
        }
        return shares;
    }

    private static void Check(Action<Town> judge) =>
        Prop.ForAll<int>(seed => judge(new Town(new Random(seed)))).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases));

    /// <summary>Up to a dozen accounts that all want as much as they may have, on a link that is too small or just large enough.</summary>
    private sealed class Town
    {
        private readonly double _from;

        public Town(Random dice)
        {
            (double Tier, int Weight, int Streams)[] plan =
                [.. Enumerable.Range(0, dice.Next(2, 13)).Select(_ => (Tiers[dice.Next(Tiers.Length)], dice.Next(3) == 0 ? 0 : dice.Next(1, 10), dice.Next(1, 5)))];
            double megabits = Math.Max(20, plan.Sum(account => account.Tier) * (0.3 + dice.NextDouble()));
            Link = ByteRate.FromMegabits(megabits).BytesPerSecond;
            Node = new Node(new BandwidthOptions { LinkRate = new ByteRate((long)Link) });
            foreach ((double tier, int weight, int streams) in plan)
            {
                AccountPipe pipe = Node.Pacer.Pipe(new PipeKey($"a{Accounts.Count}"), new PipeLimits(ByteRate.FromMegabits(tier), 32, "test", weight));
                Accounts.Add((pipe, tier * 125_000, weight > 0 ? weight : tier * 125_000));
            }
            // Weights left out are the rates, and only compare among themselves: so either all have one or none has.
            if (plan.Any(account => account.Weight > 0))
            {
                for (int i = 0; i < plan.Length; i++)
                {
                    int weight = Math.Max(1, plan[i].Weight);
                    Accounts[i].Pipe.SetLimits(Accounts[i].Pipe.Limits with { Weight = weight });
                    Accounts[i] = Accounts[i] with { Weight = weight };
                }
            }
            for (int i = 0; i < plan.Length; i++)
            {
                for (int stream = plan[i].Streams; stream > 0; stream--)
                {
                    Node.Download(Accounts[i].Pipe);
                }
            }
            Func<double> tick = dice.Next(3) switch
            {
                0 => () => 0.005,
                1 => () => 0.005 + (0.010 * dice.NextDouble()),
                _ => () => dice.Next(200) == 0 ? 0.030 : 0.006,
            };
            Node.Run(3, tick);
            _from = Node.Clock.Seconds;
            Node.Run(Seconds, tick);
        }

        public Node Node { get; }

        public double Link { get; }

        public List<(AccountPipe Pipe, double Rate, double Weight)> Accounts { get; } = [];

        public long Taken(int account) => Node.Bytes(Accounts[account].Pipe.Key.Text, _from, _from + Seconds);

        public override string ToString() =>
            $"link {Link:0}: {string.Join(", ", Accounts.Select(account => $"{account.Rate:0} × {account.Weight:0} ({account.Pipe.Streams.Count})"))}";
    }
}

using FsCheck;
using FsCheck.Fluent;
using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Tests.Bandwidth;

/// <summary>Whatever happens, in whatever order: each number of a case is one step of a node's life, so that a failing case shrinks to the steps that matter.</summary>
public sealed class PacerPropertyTests
{
    /// <summary>OPENDATA_TEST_CASES asks for more than the few that fit into every run.</summary>
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("OPENDATA_TEST_CASES"), out int cases) ? cases : 60;

    private static readonly double[] Ticks = [0.001, 0.005, 0.005, 0.005, 0.007, 0.015, 0.040, 0.180, 0.400, 3];
    private static readonly double[] Tiers = [1, 1.6, 10, 30, 100];

    [Fact]
    public void No_account_is_ever_given_more_than_it_was_promised() => Check(static life =>
    {
        foreach ((string account, Promise promise) in life.Promises)
        {
            List<(double At, int Bytes)> grants = [.. life.Node.GrantsOf(account)];
            for (int first = 0; first < grants.Count; first++)
            {
                long sum = 0;
                for (int last = first; last < grants.Count && last < first + 400; last++)
                {
                    sum += grants[last].Bytes;
                    double span = grants[last].At - grants[first].At;
                    double rate = promise.LargestIn(grants[first].At, grants[last].At) * 125_000;
                    // What a pipe may store at once, and from then on its rate: the peak in the short run, the sustained rate in the long; and any one second.
                    double stored = Math.Max(0.115 * rate, 8192 + (0.010 * rate)) + 1;
                    if (sum > stored + (1.020 * rate * span) + 1
                        || sum > Math.Max(stored, 0.2 * rate) + (rate * span) + 1
                        || (span < 1 - 1e-9 && sum > Math.Max(1.050 * rate, (1.010 * rate) + 8192)))
                    {
                        return false;
                    }
                }
            }
        }
        return true;
    });

    [Fact]
    public void Every_byte_that_was_counted_was_granted_once() => Check(static life =>
        life.Node.Pacer.Read().Tiers.Sum(tier => tier.Granted) == life.Promises.Keys.Sum(account => life.Node.Bytes(account, 0, double.MaxValue)));

    [Fact]
    public void Whoever_waits_is_served_before_long_and_nothing_is_stranded() => Check(static life =>
    {
        // After any life: everybody who still wants bytes gets the whole rate, from now on, but for a grant at each end of the time.
        double from = life.Node.Clock.Seconds;
        life.Node.Run(2);
        return life.Wanting().All(account => life.Node.Bytes(account, from, from + 2) >= (2 * life.Promises[account].Now * 125_000) - (2 * life.LargestGrant(account)) - 8192);
    });

    [Fact]
    public void Streams_that_want_bytes_all_the_time_get_equal_shares() => Check(static life =>
    {
        Dictionary<Copier, long> before = life.Greedy().ToDictionary(copier => copier, copier => copier.Bytes);
        double from = life.Node.Clock.Seconds;
        life.Node.Run(2);
        return life.Greedy().GroupBy(life.AccountOf).All(streams =>
        {
            long[] shares = [.. streams.Select(copier => copier.Bytes - before[copier])];
            // One of them may have had a grant for itself just before the others came.
            return shares.Max() - shares.Min() <= (2.5 * life.Node.Pacer.Find(new PipeKey(streams.Key))!.Chunk) + life.LargestGrant(streams.Key);
        });
    });

    private static void Check(Func<Life, bool> holds) =>
        Prop.ForAll<int[]>(steps => holds(new Life(steps))).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases).WithEndSize(120));

    /// <summary>What an account was promised, and since when: its tier, or this node's share of it where that is less.</summary>
    private sealed class Promise
    {
        private readonly List<(double Since, double Megabits)> _rates = [];
        private double _share = double.PositiveInfinity;

        public double Tier { get; private set; }

        public double Now => _rates[^1].Megabits;

        public void Set(double at, double megabits)
        {
            Tier = megabits;
            _rates.Add((at, Math.Min(Tier, _share)));
        }

        public void Share(double at, double megabits)
        {
            _share = megabits;
            Set(at, Tier);
        }

        public double LargestIn(double from, double to)
        {
            // A grant and a change at the same instant may have come in either order.
            int first = Math.Max(0, _rates.FindLastIndex(rate => rate.Since < from));
            return _rates.Skip(first).TakeWhile((rate, i) => i == 0 || rate.Since <= to).Max(rate => rate.Megabits);
        }
    }

    private sealed class Life
    {
        private readonly List<(string Account, Copier Copier)> _copiers = [];

        public Life(int[] steps)
        {
            // With the test framework's context set, what is cancelled would end elsewhere and a moment later: see Node.
            SynchronizationContext? context = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(null);
            try
            {
                foreach (int step in steps)
                {
                    Live(new Random(step));
                }
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(context);
            }
        }

        public Node Node { get; } = new();

        public Dictionary<string, Promise> Promises { get; } = [];

        public IEnumerable<Copier> Greedy() =>
            _copiers.Where(entry => double.IsInfinity(entry.Copier.Speed) && !entry.Copier.Running.IsCompleted).Select(entry => entry.Copier);

        public string AccountOf(Copier copier) => _copiers.First(entry => entry.Copier == copier).Account;

        /// <summary>What a download of the account may have been granted at once while it was alone, in bytes.</summary>
        public int LargestGrant(string account) =>
            GrantSize.For(ByteRate.FromMegabits(Promises[account].LargestIn(0, Node.Clock.Seconds)), streams: 1, new BandwidthOptions()).Chunk;

        public IEnumerable<string> Wanting() => Greedy().Select(AccountOf).Distinct();

        private void Live(Random dice)
        {
            string account = "a" + dice.Next(4);
            double megabits = Tiers[dice.Next(Tiers.Length)];
            switch (dice.Next(16))
            {
                case 0 or 1 or 2:
                    Promise(account, megabits);
                    AccountPipe pipe = Node.Pipe(account, Promises[account].Tier);
                    if (pipe.Snapshot() is { IsSuspended: false, Streams.Count: < 32 })
                    {
                        double speed = dice.Next(3) == 0 ? dice.Next(1, 2_000_000) : double.PositiveInfinity;
                        Random sizes = new(dice.Next());
                        _copiers.Add((account, Node.Download(pipe, speed, dice.Next(3) == 0 ? () => sizes.Next(2_000, 100_000) : null)));
                    }
                    break;
                case 3 when _copiers.Count > 0:
                    _copiers[dice.Next(_copiers.Count)].Copier.Stream.Dispose();
                    break;
                case 4 when Promises.TryGetValue(account, out Promise? promise):
                    promise.Set(Node.Clock.Seconds, megabits);
                    Node.Pipe(account, megabits);
                    break;
                case 6 or 8 or 9 when Promises.TryGetValue(account, out Promise? promise):
                    // Forgotten with the pipe of an account that is away for long, as the next exchange between nodes would set it again.
                    double share = dice.Next(3) == 0 ? double.PositiveInfinity : Tiers[dice.Next(Tiers.Length)];
                    if (Node.Pacer.Find(new PipeKey(account)) is { } shared && shared.Snapshot().Streams.Count > 0)
                    {
                        promise.Share(Node.Clock.Seconds, share);
                        shared.SetShare(double.IsInfinity(share) ? null : ByteRate.FromMegabits(share));
                    }
                    break;
                case 7 when Node.Pacer.Find(new PipeKey(account)) is { } found:
                    found.Suspend();
                    found.Snapshot().Streams.ShouldBeEmpty();
                    found.Resume();
                    break;
                case 5 when _copiers.Count > 0:
                    _copiers[dice.Next(_copiers.Count)].Copier.Stream.Cancel(CancelReason.Withdrawn);
                    break;
                default:
                    double tick = Ticks[dice.Next(Ticks.Length)];
                    for (int i = dice.Next(1, 40); i > 0; i--)
                    {
                        Node.Tick(tick > 1 && i > 1 ? 0.005 : tick);
                    }
                    break;
            }
        }

        private void Promise(string account, double megabits)
        {
            if (!Promises.TryGetValue(account, out Promise? promise))
            {
                Promises[account] = promise = new Promise();
                promise.Set(Node.Clock.Seconds, megabits);
            }
        }
    }
}

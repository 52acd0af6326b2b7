using FsCheck;
using FsCheck.Fluent;
using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Tests.Bandwidth;

/// <summary>The promise of an account by itself, without streams and ticks: whoever takes what he may, whenever he comes, never has more than was promised.</summary>
public sealed class AccountBudgetTests
{
    private const long Second = 1_000_000_000;

    private static readonly BandwidthOptions Options = new();
    private static readonly double[] Tiers = [1.6, 10, 30, 100];

    [Fact]
    public void No_second_holds_more_than_a_twentieth_over_the_rate_whatever_happens() => Check(static (first, last, rate) =>
        last.At - first.At < Second ? 1.05 * rate : double.PositiveInfinity);

    [Fact]
    public void No_time_holds_more_than_the_rate_and_what_was_made_up_for() => Check(static (first, last, rate) =>
        (Options.MaxBurst.TotalSeconds * rate) + ((last.At - first.At) * rate / Second) + 1);

    [Fact]
    public void What_is_made_up_for_is_spread_out() => Check(static (first, last, rate) =>
        ((Options.ChunkTime + BandwidthOptions.UsualLateness).TotalSeconds * rate) + ((last.At - first.At) * rate * (1 + BandwidthOptions.CatchUp) / Second) + 1);

    /// <summary>Random lives: pauses, late comings, changes of rate, bytes given back.</summary>
    private static void Check(Func<Grant, Grant, double, double> most) => Prop.ForAll<int>(seed =>
    {
        Random dice = new(seed);
        AccountBudget budget = new(Options, Second, 0);
        ByteRate rate = ByteRate.FromMegabits(Tiers[dice.Next(Tiers.Length)]);
        budget.Limit(0, rate);
        budget.Begin();
        List<Grant> grants = [];
        long now = 0;
        for (int i = 0; i < 250; i++)
        {
            switch (dice.Next(60))
            {
                case 0:
                    rate = ByteRate.FromMegabits(Tiers[dice.Next(Tiers.Length)]);
                    budget.Limit(now, rate);
                    break;
                case 1:
                    now += dice.Next(2000) * 1_000_000L;
                    budget.EndPause(now);
                    break;
                case 2 or 3:
                    now += dice.Next(400) * 1_000_000L;
                    break;
                case 4 when grants is [.., { Bytes: > 1 } given]:
                    int unused = dice.Next(given.Bytes);
                    now += dice.Next(1500) * 1_000_000L;
                    budget.Return(unused, given.At, now);
                    grants[^1] = given with { Bytes = given.Bytes - unused };
                    break;
            }
            int bytes = Math.Min(GrantSize.For(rate, dice.Next(1, 5), Options).Chunk, dice.Next(3) == 0 ? dice.Next(1, 100_000) : int.MaxValue);
            long wait = budget.TicksUntil(bytes, now);
            // On the grid of the ticks, and now and then early.
            now += dice.Next(4) == 0 ? wait : wait + dice.Next(8_000_000);
            budget.TicksUntil(bytes, now).ShouldBe(0, "the wait that was told is enough");
            budget.Take(bytes, now);
            grants.Add(new Grant(now, bytes, rate.BytesPerSecond));
        }
        for (int first = 0; first < grants.Count; first++)
        {
            double bytes = 0;
            double largest = 0;
            for (int last = first; last < grants.Count; last++)
            {
                bytes += grants[last].Bytes;
                largest = Math.Max(largest, grants[last].Rate);
                bytes.ShouldBeLessThanOrEqualTo(most(grants[first], grants[last], largest), $"seed {seed}, grants {first} to {last}");
            }
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    private readonly record struct Grant(long At, int Bytes, long Rate);
}

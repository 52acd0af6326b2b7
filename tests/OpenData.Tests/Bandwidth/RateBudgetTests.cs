using FsCheck;
using FsCheck.Fluent;
using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Tests.Bandwidth;

public sealed class RateBudgetTests
{
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(125_000)]
    [InlineData(12_500_000)]
    [InlineData(1_250_000_007)]
    [InlineData(12_500_000_000)]
    public void A_thousand_seconds_of_odd_ticks_give_exactly_the_rate(long rate)
    {
        RateBudget budget = Budget(rate, rate + 1);
        long now = 0;
        long taken = 0;
        while (now < 1000 * Second)
        {
            now = Math.Min(1000 * Second, now + 3_333_331);
            budget.Advance(now);
            taken += budget.Available;
            budget.Take(budget.Available);
        }
        taken.ShouldBe(1000 * rate);
    }

    [Fact]
    public void Nothing_is_banked_beyond_the_capacity()
    {
        RateBudget budget = Budget(1000, 250);
        budget.Advance(3600 * Second);
        budget.Available.ShouldBe(250);
    }

    [Fact]
    public void A_clock_that_steps_back_credits_nothing_and_takes_nothing()
    {
        RateBudget budget = Budget(1000, 250);
        budget.Advance(Second / 10);
        budget.Advance(0);
        budget.Advance(Second / 10);
        budget.Available.ShouldBe(100);
    }

    [Fact]
    public void A_budget_says_to_the_tick_when_bytes_will_be_there()
    {
        RateBudget budget = Budget(333, 250);
        long ticks = budget.TicksUntil(100);
        budget.Advance(ticks - 1);
        budget.Available.ShouldBe(99);
        budget.Advance(ticks);
        budget.Available.ShouldBe(100);
        budget.TicksUntil(100).ShouldBe(0);
        budget.TicksUntil(251).ShouldBe(long.MaxValue);
    }

    [Fact]
    public void A_smaller_rate_cuts_what_was_earned_and_a_larger_one_gives_nothing_for_the_past()
    {
        RateBudget budget = Budget(1000, 250);
        budget.Limit(Second / 4, new ByteRate(100), 25);
        budget.Available.ShouldBe(25);
        budget.Limit(Second / 4, new ByteRate(1_000_000), 250_000);
        budget.Available.ShouldBe(25);
    }

    /// <summary>Whatever the ticks and the demands, no span of time gives more than the rate and the capacity.</summary>
    [Fact]
    public void No_pattern_of_ticks_and_demands_gets_more_than_it_should() =>
        Prop.ForAll<PositiveInt, NonNegativeInt, int[]>((rateOf, capacityOf, steps) =>
        {
            long rate = rateOf.Get * 9_973L;
            long capacity = capacityOf.Get * 131L;
            RateBudget budget = Budget(rate, capacity);
            List<(long At, long Sum)> taken = [(0, 0)];
            long now = 0;
            long sum = 0;
            foreach (int step in steps)
            {
                now += Math.Abs((long)step) * 777_777;
                budget.Advance(now);
                long bytes = (step & 1) == 0 ? budget.Available : budget.Available / 3;
                budget.Take(bytes);
                if (step % 5 == 0)
                {
                    budget.Return(bytes / 2);
                    bytes -= bytes / 2;
                }
                sum += bytes;
                taken.Add((now, sum));
            }
            return taken.All(later => taken.All(earlier => earlier.At > later.At
                || later.Sum - earlier.Sum <= capacity + 1 + ((Int128)rate * (later.At - earlier.At) / Second)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    /// <summary>Work conserving: whoever takes often enough gets every byte of every rate, whatever the ticks and the changes of rate.</summary>
    [Fact]
    public void Whoever_never_lets_it_fill_up_gets_exactly_the_rate() =>
        Prop.ForAll<PositiveInt, int[]>((first, steps) =>
        {
            const long Capacity = 6_000_000_000; // half a second of the largest rate is more than any step here earns
            long rate = first.Get * 9_973L;
            RateBudget budget = Budget(rate, Capacity);
            long now = 0;
            Int128 earned = 0;
            long taken = 0;
            foreach (int step in steps)
            {
                long ticks = Math.Abs((long)step) * 7_777 % Second;
                now += ticks;
                earned += (Int128)rate * ticks;
                budget.Advance(now);
                long bytes = (step & 1) == 0 ? budget.Available : budget.Available / 2;
                budget.Take(bytes);
                taken += bytes;
                if (step % 7 == 0)
                {
                    rate = 1 + Math.Abs(step * 7_919L);
                    budget.Limit(now, new ByteRate(rate), Capacity);
                }
            }
            return taken + budget.Available == (long)(earned / Second);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    /// <summary>The pacer sleeps until then: a tick too early would spin, a tick too late would strand bandwidth.</summary>
    [Fact]
    public void The_time_until_bytes_are_there_is_right_to_the_tick() =>
        Prop.ForAll<PositiveInt, PositiveInt, NonNegativeInt>((rateOf, bytesOf, spent) =>
        {
            long rate = rateOf.Get * 7_919L;
            long bytes = bytesOf.Get * 613L;
            RateBudget budget = Budget(rate, Math.Max(bytes, 1_000_000));
            long now = 123_456 + spent.Get;
            budget.Advance(now);
            budget.Take(Math.Min(budget.Available, spent.Get * 17L));
            long ticks = budget.TicksUntil(bytes);
            if (ticks == 0)
            {
                return budget.Available >= bytes;
            }
            RateBudget early = budget;
            early.Advance(now + ticks - 1);
            budget.Advance(now + ticks);
            return early.Available < bytes && budget.Available >= bytes && budget.TicksUntil(bytes) == 0;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static RateBudget Budget(long rate, long capacity)
    {
        RateBudget budget = new(Second, 0);
        budget.Limit(0, new ByteRate(rate), capacity);
        return budget;
    }
}

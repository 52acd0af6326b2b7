using FsCheck;
using FsCheck.Fluent;
using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Tests.Bandwidth;

public sealed class RecentGrantsTests
{
    private const long Second = 1_000_000;

    [Fact]
    public void A_second_that_is_full_waits_for_its_oldest_grants_to_be_a_second_old()
    {
        RecentGrants grants = Of(1000);
        grants.Add(600, 0);
        grants.Add(300, 400_000);
        grants.TicksUntil(100, 500_000).ShouldBe(0);
        grants.TicksUntil(101, 500_000).ShouldBe(500_000);
        grants.TicksUntil(800, 500_000).ShouldBe(900_000);
        grants.TicksUntil(700, Second).ShouldBe(0);
    }

    [Fact]
    public void More_than_a_second_holds_waits_for_an_empty_one()
    {
        RecentGrants grants = Of(1000);
        grants.TicksUntil(5000, 0).ShouldBe(0);
        grants.Add(5000, 0);
        grants.TicksUntil(1, 0).ShouldBe(Second);
    }

    [Fact]
    public void What_was_given_back_counts_no_longer_unless_its_second_is_over()
    {
        RecentGrants grants = Of(1000);
        grants.Add(200, 0);
        grants.Add(800, 500_000);
        grants.Return(300, grantedAt: 500_000, now: 900_000);
        grants.TicksUntil(300, 900_000).ShouldBe(0);
        grants.TicksUntil(301, 900_000).ShouldBe(600_000, "the 200 were forgotten in place of some of the 800, which count for longer");
        grants.Return(500, grantedAt: 0, now: 1_200_000);
        grants.TicksUntil(301, 1_200_000).ShouldBe(300_000);
    }

    [Fact]
    public void At_another_rate_a_second_that_is_half_used_stays_half_used()
    {
        RecentGrants grants = Of(1000);
        grants.Add(500, 0);
        grants.Limit(new ByteRate(100), 100);
        grants.TicksUntil(50, 1).ShouldBe(0);
        grants.TicksUntil(51, 1).ShouldBeGreaterThan(0);
        grants.Limit(new ByteRate(1000), 1000);
        grants.TicksUntil(500, 1).ShouldBe(0);
        grants.TicksUntil(501, 1).ShouldBeGreaterThan(0, "going down and up again gains nothing");
    }

    [Fact]
    public void No_second_holds_more_than_the_limit_whatever_is_asked_for_and_when()
    {
        Gen<(int Pause, int Bytes, int Back)> step =
            from pause in Gen.Frequency((5, Gen.Choose(0, 20_000)), (1, Gen.Choose(0, 1_500_000)))
            from bytes in Gen.Choose(1, 400)
            from back in Gen.Frequency((4, Gen.Constant(0)), (1, Gen.Choose(0, bytes)))
            select (pause, bytes, back);
        Prop.ForAll(step.ListOf(300).ToArbitrary(), steps =>
        {
            RecentGrants grants = Of(1000);
            List<(long At, int Bytes)> granted = [];
            long now = 0;
            foreach ((int pause, int bytes, int back) in steps)
            {
                now += pause;
                if (back > 0 && granted is [.., var last])
                {
                    int unused = Math.Min(back, last.Bytes);
                    grants.Return(unused, last.At, now);
                    granted[^1] = last with { Bytes = last.Bytes - unused };
                }
                now += grants.TicksUntil(bytes, now);
                grants.TicksUntil(bytes, now).ShouldBe(0, "the wait that was told is enough");
                grants.Add(bytes, now);
                granted.Add((now, bytes));
                granted.Where(grant => grant.At > now - Second).Sum(grant => grant.Bytes).ShouldBeLessThanOrEqualTo(1000);
            }
        }).QuickCheckThrowOnFailure();
    }

    private static RecentGrants Of(long rate)
    {
        RecentGrants grants = new(Second);
        grants.Limit(new ByteRate(rate), rate);
        return grants;
    }
}

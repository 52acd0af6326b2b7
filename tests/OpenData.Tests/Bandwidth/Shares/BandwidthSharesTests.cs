using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Gateway.Bandwidth.Shares;

namespace OpenData.Tests.Bandwidth.Shares;

public sealed class BandwidthSharesTests
{
    private const double Rate = 12_500_000;

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 8)]
    [InlineData(10, 16)]
    public void An_account_gets_its_rate_once_over_all_nodes_and_each_of_its_downloads_the_same(int nodes, int streams)
    {
        Cluster cluster = new(nodes);
        Copier[] copiers = [.. Enumerable.Range(0, streams).Select(i => cluster[i % nodes].Download(cluster[i % nodes].Pipe("a", 100)))];
        cluster.Run(1);
        (cluster.Bytes("a", 1) / Rate).ShouldBeLessThanOrEqualTo(1.06); // from the first second
        cluster.Run(3);
        long[] before = [.. copiers.Select(copier => copier.Bytes)];
        cluster.Run(10);
        (cluster.Bytes("a", 10) / (10 * Rate)).ShouldBeInRange(0.99, 1.005);
        long[] bytes = [.. copiers.Select((copier, i) => copier.Bytes - before[i])];
        ((bytes.Max() - bytes.Min()) / bytes.Average()).ShouldBeLessThan(0.04);
    }

    [Fact]
    public void An_account_on_one_node_has_all_of_its_rate_there_within_a_second()
    {
        Cluster cluster = new(3);
        cluster[1].Download(cluster[1].Pipe("a", 100));
        cluster.Run(1);
        cluster.Run(10);
        (cluster.Bytes("a", 10) / (10 * Rate)).ShouldBeInRange(0.995, 1.005);
        cluster[1].Pacer.Find(new PipeKey("a"))!.Allowed.BytesPerSecond.ShouldBe((long)Rate);
    }

    [Fact]
    public void What_a_slow_client_leaves_on_one_node_goes_to_the_others()
    {
        Cluster cluster = new(2);
        Copier slow = cluster[0].Download(cluster[0].Pipe("a", 100), speed: 1_000_000);
        cluster[1].Download(cluster[1].Pipe("a", 100));
        cluster.Run(10);
        cluster.Run(10);
        (cluster.Bytes("a", 10) / (10 * Rate)).ShouldBeInRange(0.95, 1.02);
        (slow.Bytes / 20e6).ShouldBeInRange(0.9, 1.05);
    }

    [Fact]
    public void A_slow_client_that_becomes_fast_gets_its_part_within_a_few_seconds()
    {
        Cluster cluster = new(2);
        Copier slow = cluster[0].Download(cluster[0].Pipe("a", 100), speed: 500_000);
        cluster[1].Download(cluster[1].Pipe("a", 100));
        cluster.Run(10);
        slow.Speed = double.PositiveInfinity;
        cluster.Run(8);
        (cluster.MostIn("a", 1, last: 8) / Rate).ShouldBeLessThanOrEqualTo(1.06); // while the shares move, too
        long before = slow.Bytes;
        cluster.Run(10);
        ((slow.Bytes - before) / (10 * Rate)).ShouldBeInRange(0.48, 0.52);
        (cluster.Bytes("a", 10) / (10 * Rate)).ShouldBeInRange(0.98, 1.005);
    }

    [Fact]
    public void Survivors_take_up_the_share_of_a_killed_node_within_5_seconds()
    {
        Cluster cluster = new(3);
        for (int node = 0; node < 3; node++)
        {
            cluster[node].Download(cluster[node].Pipe("a", 100));
        }
        cluster.Run(15);
        cluster.Kill(2);
        cluster.Run(10);
        ((cluster.Bytes("a", 10) - cluster[2].Bytes("a", 0, double.MaxValue) + cluster[2].Bytes("a", 0, cluster[2].Clock.Seconds - 10)) / (10 * Rate)).ShouldBeLessThanOrEqualTo(1.1);
        (cluster.Bytes("a", 4) - cluster[2].Bytes("a", cluster[2].Clock.Seconds - 4, double.MaxValue)).ShouldBeInRange((long)(0.98 * 4 * Rate), (long)(1.01 * 4 * Rate));
    }

    [Fact]
    public void A_node_that_joins_takes_its_part_without_breaking_the_rate()
    {
        Cluster cluster = new(2);
        cluster[0].Download(cluster[0].Pipe("a", 100));
        cluster[1].Download(cluster[1].Pipe("a", 100));
        cluster.Run(10);
        cluster.Join();
        cluster.Run(1);
        Copier late = cluster[2].Download(cluster[2].Pipe("a", 100));
        cluster.Run(10);
        (cluster.Bytes("a", 10) / (10 * Rate)).ShouldBeInRange(0.95, 1.1);
        long before = late.Bytes;
        cluster.Run(10);
        ((late.Bytes - before) / (10 * Rate)).ShouldBeInRange(0.32, 0.345);
    }

    [Fact]
    public void Without_the_database_every_account_keeps_its_share_and_downloads_go_on()
    {
        Cluster cluster = new(2);
        cluster[0].Download(cluster[0].Pipe("a", 100));
        cluster[1].Download(cluster[1].Pipe("a", 100));
        cluster.Run(10);
        cluster.IsAway = true;
        cluster.Run(20);
        (cluster.Bytes("a", 10) / (10 * Rate)).ShouldBeInRange(0.99, 1.005);
        cluster[1].Download(cluster[1].Pipe("new", 100));
        cluster.Run(10);
        (cluster.Bytes("new", 9) / (9 * Rate)).ShouldBeInRange(0.49, 0.51); // its rate, divided by the nodes that were there
        cluster.IsAway = false;
        cluster.Run(RoundPace.LongestPause.TotalSeconds + RoundPace.Gathering.TotalSeconds + 1.5);
        cluster.Run(10);
        (cluster.Bytes("new", 10) / (10 * Rate)).ShouldBeInRange(0.995, 1.005);
    }

    [Fact]
    public void Nodes_that_come_back_one_by_one_after_an_outage_do_not_take_the_shares_of_those_still_to_come()
    {
        Cluster cluster = new(3);
        for (int node = 0; node < 3; node++)
        {
            cluster[node].Download(cluster[node].Pipe("a", 100));
        }
        cluster.Run(10);
        for (int node = 0; node < 3; node++)
        {
            cluster.CutOff(node);
            cluster.Run(0.8); // so they will ask again at different times, too
        }
        cluster.Run(19);
        cluster.IsAway = false;
        cluster.Run(15);
        (cluster.MostIn("a", 1, last: 15) / Rate).ShouldBeLessThanOrEqualTo(1.06);
        (cluster.Bytes("a", 10) / (10 * Rate)).ShouldBeInRange(0.99, 1.005);
    }

    [Fact]
    public void A_database_that_is_away_is_asked_less_and_less_also_where_an_account_is_new()
    {
        Cluster cluster = new(1);
        cluster.IsAway = true;
        cluster[0].Download(cluster[0].Pipe("new", 100));
        cluster.Run(8);
        cluster.Attempts.ShouldBeInRange(3, 5); // after 1, 2 and 4 s
        int before = cluster.Attempts;
        cluster.Run(40);
        (cluster.Attempts - before).ShouldBeInRange(9, 11);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(40)]
    [InlineData(100)]
    public void New_accounts_on_many_nodes_cost_the_database_no_more_than_40_rounds_a_second_beyond_one_for_each_node(int nodes)
    {
        RoundPace pace = new();
        int rounds = 0;
        for (TimeSpan now = TimeSpan.Zero; now < TimeSpan.FromSeconds(10); now += RoundPace.Look)
        {
            if (pace.IsDue(now, nodes, () => true))
            {
                rounds++;
                pace.Begin(now);
                pace.Succeed(now);
            }
        }
        (rounds * nodes / 10.0).ShouldBeLessThanOrEqualTo(Math.Max(42, nodes * 1.1));
    }

    [Fact]
    public void A_changed_tier_holds_over_all_nodes()
    {
        Cluster cluster = new(2);
        cluster[0].Download(cluster[0].Pipe("a", 100));
        cluster[1].Download(cluster[1].Pipe("a", 100));
        cluster.Run(10);
        cluster[0].Pipe("a", 30);
        cluster[1].Pipe("a", 30);
        cluster.Run(3);
        cluster.Run(10);
        (cluster.Bytes("a", 10) / (10 * 3_750_000.0)).ShouldBeInRange(0.99, 1.005);
    }

    [Fact]
    public void Downloads_on_other_nodes_count_for_a_further_one_but_not_for_one_that_resumes()
    {
        Cluster cluster = new(2);
        cluster[0].Download(cluster[0].Pipe("a", 100, streams: 3));
        cluster[0].Download(cluster[0].Pipe("a", 100, streams: 3), file: "b");
        cluster[1].Download(cluster[1].Pipe("a", 100, streams: 3), file: "c");
        cluster.Run(3);
        AccountPipe pipe = cluster[1].Pipe("a", 100, streams: 3);
        pipe.TryAdmit(new StreamIdentity("d"), out _).ShouldBeFalse();
        pipe.TryAdmit(new StreamIdentity("b", Start: 1_000_000), out _).ShouldBeTrue();
    }

    [Fact]
    public void Downloads_that_ended_on_another_node_give_their_places_back_also_where_the_account_has_none_left()
    {
        Cluster cluster = new(2);
        cluster[0].Pipe("a", 100, streams: 2).TryAdmit(new StreamIdentity("x"), out PacedStream? x).ShouldBeTrue();
        cluster[0].Pipe("a", 100, streams: 2).TryAdmit(new StreamIdentity("y"), out PacedStream? y).ShouldBeTrue();
        AccountPipe here = cluster[1].Pipe("a", 100, streams: 2);
        here.TryAdmit(new StreamIdentity("z"), out PacedStream? z).ShouldBeTrue("it is new here, and nothing is known of the others");
        cluster.Run(3);
        z!.Dispose();
        here.TryAdmit(new StreamIdentity("z"), out _).ShouldBeFalse();
        x!.Dispose();
        y!.Dispose();
        cluster.Run(NodeDemand.Lifetime.TotalSeconds + 0.1);
        here.TryAdmit(new StreamIdentity("z"), out _).ShouldBeTrue();
        here.TryAdmit(new StreamIdentity("w"), out _).ShouldBeTrue();
        here.TryAdmit(new StreamIdentity("v"), out _).ShouldBeFalse();
    }

    [Fact]
    public void Accounts_without_downloads_cost_nothing()
    {
        Cluster cluster = new(2);
        for (int i = 0; i < 100; i++)
        {
            cluster[0].Pipe($"idle {i}", 30);
        }
        cluster[0].Download(cluster[0].Pipe("a", 100));
        cluster.Run(5);
        int before = cluster.Rounds;
        cluster.Run(10);
        (cluster.Rounds - before).ShouldBeInRange(16, 24); // one a second and node
    }
}

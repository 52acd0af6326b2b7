using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Tests.Bandwidth;

public sealed class LinkTests
{
    [Fact]
    public void A_full_link_is_shared_by_tier_and_nobody_starves()
    {
        // 5 × 100 + 5 × 30 + 5 × 10 Mb/s on a link of 350 Mb/s: half of each tier.
        Node node = new(new BandwidthOptions { LinkRate = ByteRate.FromMegabits(350) });
        double[] tiers = [100, 30, 10];
        for (int i = 0; i < 15; i++)
        {
            node.Download(node.Pipe($"a{i}", tiers[i % 3]));
        }
        node.Run(2);
        double from = node.Clock.Seconds;
        node.Run(10);
        long all = 0;
        for (int i = 0; i < 15; i++)
        {
            long bytes = node.Bytes($"a{i}", from, from + 10);
            (bytes / (10 * tiers[i % 3] * 125_000)).ShouldBeInRange(0.49, 0.51);
            all += bytes;
        }
        (all / (10 * 350 * 125_000.0)).ShouldBeInRange(0.998, 1.002);
    }

    [Fact]
    public void Accounts_that_want_little_get_it_and_the_rest_goes_to_the_others()
    {
        // Max-min: 8 × 1 MB/s are below their shares; two of 100 Mb/s divide what is left of 200 Mb/s.
        Node node = new(new BandwidthOptions { LinkRate = ByteRate.FromMegabits(200) });
        for (int i = 0; i < 8; i++)
        {
            node.Download(node.Pipe($"small{i}", 100), speed: 1_000_000, want: () => 8192);
        }
        node.Download(node.Pipe("large1", 100));
        node.Download(node.Pipe("large2", 100));
        node.Run(1);
        double from = node.Clock.Seconds;
        node.Run(10);
        long small = Enumerable.Range(0, 8).Sum(i => node.Bytes($"small{i}", from, from + 10));
        long large = node.Bytes("large1", from, from + 10) + node.Bytes("large2", from, from + 10);
        ((small + large) / 250_000_000.0).ShouldBeInRange(0.998, 1.002);
        (small / (8 * 1e7)).ShouldBeGreaterThan(0.60);
        (node.Bytes("large1", from, from + 10) / (large / 2.0)).ShouldBeInRange(0.98, 1.02);
        large.ShouldBeGreaterThan(small / 4 * 2);
    }

    [Fact]
    public void A_link_that_is_large_enough_changes_nothing()
    {
        Node node = new(new BandwidthOptions { LinkRate = ByteRate.FromMegabits(1000) });
        for (int i = 0; i < 9; i++)
        {
            node.Download(node.Pipe($"a{i}", 100));
        }
        node.Run(10);
        for (int i = 0; i < 9; i++)
        {
            (node.Bytes($"a{i}", 0, double.MaxValue) / 125_000_000.0).ShouldBeInRange(0.995, 1.005);
        }
    }

    [Fact]
    public void Many_small_accounts_each_get_their_rate()
    {
        Node node = new();
        for (int i = 0; i < 500; i++)
        {
            node.Download(node.Pipe($"a{i}", 1.6));
        }
        node.Run(10);
        double[] shares = [.. node.Pacer.Pipes().Select(pipe => pipe.Snapshot().Granted / 2_000_000.0)];
        shares.Min().ShouldBeGreaterThan(0.995);
        shares.Max().ShouldBeLessThan(1.005);
    }
}

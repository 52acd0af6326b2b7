using FsCheck;
using FsCheck.Fluent;
using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Gateway.Bandwidth.Shares;

namespace OpenData.Tests.Bandwidth.Shares;

public sealed class ShareArithmeticTests
{
    private static readonly Config More = Config.QuickThrowOnFailure.WithMaxTest(1000);
    private static readonly ByteRate Rate = ByteRate.FromMegabits(100);

    /// <summary>Up to 12 nodes with 0 to 32 downloads each; half of them want less than all.</summary>
    private static readonly Arbitrary<NodeDemand[]> Demands =
        (from streams in Gen.Choose(0, 32)
         from wanted in Gen.OneOf(Gen.Constant<int?>(null), Gen.Choose(0, 15_000_000).Select(bytes => (int?)bytes))
         select new NodeDemand(streams, wanted is { } bytes ? new ByteRate(bytes) : null)).NonEmptyListOf().Select(list => list.Take(12).ToArray()).ToArbitrary();

    [Fact]
    public void All_nodes_together_never_get_more_than_the_rate_and_no_less_while_somebody_wants_it() => Prop.ForAll(Demands, demands =>
    {
        long sum = Shares(demands).Sum(share => share.BytesPerSecond);
        bool wanted = demands.Any(demand => demand.Streams > 0);
        return sum <= Rate.BytesPerSecond && (!wanted || sum >= Rate.BytesPerSecond - demands.Length);
    }).Check(More);

    [Fact]
    public void No_stream_gets_less_than_another_that_could_give_it_some() => Prop.ForAll(Demands, demands =>
    {
        ByteRate[] shares = Shares(demands);
        for (int i = 0; i < demands.Length; i++)
        {
            if (demands[i].Streams == 0 || (demands[i].Wanted is { } wanted && shares[i].BytesPerSecond >= wanted.BytesPerSecond - 1))
            {
                continue; // it has what it can take
            }
            double mine = shares[i].BytesPerSecond / (double)demands[i].Streams;
            for (int other = 0; other < demands.Length; other++)
            {
                if (demands[other].Streams > 0 && shares[other].BytesPerSecond / (double)demands[other].Streams > mine + 1)
                {
                    return false;
                }
            }
        }
        return true;
    }).Check(More);

    [Fact]
    public void A_node_that_wants_little_leaves_the_rest() =>
        Shares([new(1, new ByteRate(500_000)), new(1, null), new(2, null)]).ShouldBe([new(500_000), new(4_000_000), new(8_000_000)]);

    [Fact]
    public void One_node_alone_has_all() => Shares([new(1, new ByteRate(10))]).ShouldBe([Rate]);

    [Fact]
    public void A_report_says_what_was_put_in()
    {
        ulong name = NodeReport.NameOf(new PipeKey("account 1"));
        ulong other = NodeReport.NameOf(new PipeKey("192.0.2.1"));
        byte[] report = NodeReport.Write([(name, new NodeDemand(3, null)), (other, new NodeDemand(70_000, new ByteRate(1_025)))]);
        List<(ulong, NodeDemand)> read = [];
        NodeReport.Read([.. report, 1, 2, 3], (account, demand) => read.Add((account, demand)));
        read.ShouldBe([(name, new NodeDemand(3, null)), (other, new NodeDemand(65_535, new ByteRate(2_048)))]);
    }

    private static ByteRate[] Shares(NodeDemand[] demands) =>
        [.. demands.Select((demand, i) => ShareArithmetic.Share(Rate, demand, [.. demands.Where((_, other) => other != i)]))];
}

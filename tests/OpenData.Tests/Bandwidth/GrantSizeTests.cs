using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Tests.Bandwidth;

public sealed class GrantSizeTests
{
    [Theory]
    [InlineData(100, 1)]
    [InlineData(100, 2)]
    [InlineData(100, 5)]
    [InlineData(30, 2)]
    [InlineData(8, 1)]
    [InlineData(8, 2)]
    [InlineData(1.6, 1)]
    public void Wherever_a_second_begins_it_holds_three_hundredths_more_or_less_at_most_and_ten_seconds_three_thousandths(double megabits, int streams)
    {
        ByteRate rate = ByteRate.FromMegabits(megabits);
        GrantSize size = GrantSize.For(rate, streams, new BandwidthOptions());
        foreach ((int seconds, double least, double most) in new[] { (1, 0.97, 1.03), (10, 0.997, 1.003) })
        {
            double chunks = seconds * (double)rate.BytesPerSecond / size.Chunk;
            (Math.Floor(chunks) / chunks).ShouldBeGreaterThan(least);
            (Math.Ceiling(chunks) / chunks).ShouldBeLessThan(most);
            // Not a whole number: the lateness of a tick makes it neither one less nor one more.
            (chunks - Math.Floor(chunks)).ShouldBeInRange(0.3, 0.7);
        }
    }

    [Fact]
    public void It_is_never_smaller_than_the_smallest_nor_larger_than_the_largest()
    {
        BandwidthOptions options = new() { MinChunk = 4096, MaxChunk = 128 * 1024 };
        GrantSize.For(new ByteRate(0), 0, options).Chunk.ShouldBe(4096);
        GrantSize.For(new ByteRate(1000), 40, options).Chunk.ShouldBe(4096);
        GrantSize.For(ByteRate.FromMegabits(1000), 1, options).Chunk.ShouldBeInRange(100 * 1024, 128 * 1024);
    }

    [Fact]
    public void The_first_is_small_and_no_chunk_holds_up_a_narrow_link()
    {
        GrantSize.For(ByteRate.FromMegabits(100), 1, new BandwidthOptions()).First.ShouldBe(16 * 1024);
        GrantSize.For(ByteRate.FromMegabits(100), 1, new BandwidthOptions { LinkRate = ByteRate.FromMegabits(200) }).Chunk.ShouldBeLessThanOrEqualTo(50_000);
    }
}

using OpenData.Format;

namespace OpenData.Tests.Format;

public sealed class UnitsTests
{
    [Theory]
    [InlineData("100 Mb/s", 12_500_000)]
    [InlineData("30 Mb/s", 3_750_000)]
    [InlineData("1.6 Mb/s", 200_000)]
    [InlineData("800 kb/s", 100_000)]
    [InlineData("1 Gb/s", 125_000_000)]
    public void A_rate_is_read_in_bits(string text, long bytesPerSecond)
    {
        ByteRate.TryParse(text, out ByteRate rate).ShouldBeTrue();
        rate.BytesPerSecond.ShouldBe(bytesPerSecond);
        ByteRate.TryParse(rate.ToString(), out ByteRate again).ShouldBeTrue();
        again.ShouldBe(rate);
    }

    [Theory]
    [InlineData("100")]
    [InlineData("100 MB/s")]
    [InlineData("-1 Mb/s")]
    [InlineData("1e9 Mb/s")]
    [InlineData("fast")]
    public void A_rate_without_its_unit_is_refused(string text) => ByteRate.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("1 GiB", 1_073_741_824)]
    [InlineData("64MiB", 67_108_864)]
    [InlineData("30M", 30_000_000)]
    [InlineData("500 kB", 500_000)]
    [InlineData("12345", 12345)]
    [InlineData("1.5 GB", 1_500_000_000)]
    public void A_size_is_read(string text, long bytes)
    {
        ByteCount.TryParse(text, out long read).ShouldBeTrue();
        read.ShouldBe(bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("12 parsecs")]
    [InlineData("-5")]
    [InlineData("9999999 TiB")]
    public void What_is_no_size_is_refused(string text) => ByteCount.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.00 kB")]
    [InlineData(999_499, "999 kB")]
    [InlineData(999_500, "1.00 MB")]
    [InlineData(12_345_678_901, "12.3 GB")]
    public void A_size_is_shown_with_three_figures(long bytes, string shown) => ByteCount.Format(bytes).ShouldBe(shown);
}

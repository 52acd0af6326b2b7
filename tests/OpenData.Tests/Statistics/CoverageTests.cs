using OpenData.Server.Statistics;

namespace OpenData.Tests.Statistics;

/// <summary>Stretches of a file that are put together.</summary>
public sealed class CoverageTests
{
    [Theory]
    [InlineData("0-99", 100, true)]
    [InlineData("0-98", 100, false)]
    [InlineData("1-99", 100, false)]
    [InlineData("50-99,0-49", 100, true)]
    [InlineData("0-40,41-98,99-99", 100, true)]
    [InlineData("0-10,12-99", 100, false)]
    [InlineData("0-60,40-99,10-20", 100, true)]
    [InlineData("", 1, false)]
    [InlineData("x-y,5-4,-1,0-99999999999999999999", 1, false)]
    public void A_file_is_whole_when_no_byte_is_missing(string ranges, long bytes, bool whole) => Coverage.Parse(ranges).IsWhole(bytes).ShouldBe(whole);

    [Fact]
    public void What_is_put_together_in_any_order_is_what_a_map_of_single_bytes_says()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            Random random = new(seed);
            Coverage coverage = new();
            bool[] map = new bool[64];
            for (int i = 0; i < 12; i++)
            {
                int from = random.Next(64);
                int end = random.Next(from, 65);
                coverage.Add(from, end);
                map.AsSpan(from, end - from).Fill(true);
            }
            string text = coverage.ToString();
            bool[] told = new bool[64];
            foreach (string range in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                int[] ends = [.. range.Split('-').Select(int.Parse)];
                told.AsSpan(ends[0], ends[1] - ends[0] + 1).Fill(true);
            }
            told.ShouldBe(map, $"seed {seed}: {text}");
            coverage.IsWhole(64).ShouldBe(!map.Contains(false), $"seed {seed}");
            Coverage.Parse(text).ToString().ShouldBe(text);
        }
    }

    [Fact]
    public void Single_bytes_without_end_take_no_memory_without_end()
    {
        Coverage coverage = new();
        for (int i = 0; i < 5 * Coverage.MostStretches; i++)
        {
            coverage.Add(2 * i, (2 * i) + 1);
        }
        coverage.ToString().Split(',').Length.ShouldBe(Coverage.MostStretches);
        coverage.Add(0, 10_000_000);
        coverage.IsWhole(10_000_000).ShouldBeTrue("what covers all still does");
    }
}

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using OpenData.Server.Web.ReleasePages;
using OpenData.Server.Web.Statistics;

namespace OpenData.Tests.Web.Statistics;

/// <summary>Ranges of months, tables as files, and who is no reader.</summary>
public sealed class StatisticsPagesTests
{
    private static readonly DateOnly Today = new(2026, 11, 22);

    [Theory]
    [InlineData(null, null, "2025-12 2026-11")]
    [InlineData("2026-01", null, "2026-01 2026-11")]
    [InlineData("2024-05", "2024-07", "2024-05 2024-07")]
    [InlineData(null, "2024-07", "2023-08 2024-07")]
    [InlineData("2026-12", "2026-01", "2025-12 2026-11")]
    [InlineData("2026-1", "x", "2025-12 2026-11")]
    [InlineData("0001-01", "9999-12", "2025-12 2026-11")]
    [InlineData("1970-01", "2026-11", "2016-12 2026-11")]
    public void A_range_of_months_is_read_from_the_address(string? from, string? to, string range)
    {
        QueryCollection query = new(new Dictionary<string, StringValues> { ["from"] = from, ["to"] = to });
        StatisticsRange read = StatisticsRange.Of(query, Today);
        $"{read.FromText} {read.ToText}".ShouldBe(range);
        read.All().First().ShouldBe(read.FromText);
        read.All().Last().ShouldBe(read.ToText);
    }

    [Fact]
    public void A_table_is_a_file_that_spreadsheets_read_as_text()
    {
        Csv csv = new("name", "bytes");
        csv.Add("中国, \"quoted\"", 12345L);
        csv.Add("=1+1", null);
        csv.Add("-", 0L);
        csv.ToString().ShouldBe("\ufeffname,bytes\r\n\"中国, \"\"quoted\"\"\",12345\r\n'=1+1,\r\n-,0\r\n");
    }

    [Theory]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", false)]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0", false)]
    [InlineData("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", true)]
    [InlineData("Mozilla/5.0 (compatible; Baiduspider/2.0)", true)]
    [InlineData("Wget/1.21", true)]
    [InlineData("", true)]
    [InlineData(null, true)]
    public void Robots_are_told_by_what_they_say_of_themselves(string? agent, bool robot) => Visits.IsRobot(agent).ShouldBe(robot);

    [Theory]
    [InlineData("/", "catalog")]
    [InlineData("/datasets/CN-PA", "dataset")]
    [InlineData("/datasets/CN-PA/20240102/r1", "release")]
    [InlineData("/feedback/new", "feedback")]
    [InlineData("/problems/not-found", "text")]
    [InlineData("/admin/statistics", null)]
    [InlineData("/anything", null)]
    public void Pages_are_counted_by_their_kind(string path, string? kind) => Visits.KindOf(path).ShouldBe(kind);

    [Fact]
    public async Task Changes_are_filtered_and_cut_into_pages()
    {
        string[] kinds = ["added", "changed", "removed"];
        string file = string.Concat(Enumerable.Range(0, 90).Select(i => $$"""{"change":"{{kinds[i % 3]}}","name":"doc{{i:00}}.xml","size":1,"sha256":"00"}""" + "\n"));
        (await Read(null, null, 0, 50)).ShouldBe((50, "doc00.xml", true));
        (await Read(null, null, 50, 50)).ShouldBe((40, "doc50.xml", false));
        (await Read("removed", null, 0, 50)).ShouldBe((30, "doc02.xml", false));
        (await Read("changed", "DOC1", 1, 2)).ShouldBe((2, "doc13.xml", true));
        (await Read(null, "nothing", 0, 50)).ShouldBe((0, null, false));

        async Task<(int, string?, bool)> Read(string? kind, string? part, int skip, int take)
        {
            ChangesFound found = await ChangeLines.ReadAsync(new StringReader(file), kind, part, skip, take, CancellationToken.None);
            return (found.Lines.Count, found.Lines.Count > 0 ? found.Lines[0].Name : null, found.More);
        }
    }
}

using System.Text.Json;
using OpenData.Format;
using OpenData.Mirror;
using OpenData.Mirror.Commands;

namespace OpenData.Tests.Mirror;

public sealed class UsageTests
{
    [Theory]
    [InlineData("get")]
    [InlineData("get lower-case")]
    [InlineData("get CN-PA-TEST-10 ../x")]
    [InlineData("get CN-PA-TEST-10 --connections 0")]
    [InlineData("get CN-PA-TEST-10 --connections many")]
    [InlineData("get CN-PA-TEST-10 --max-rate fast")]
    [InlineData("get CN-PA-TEST-10 --give-up-after soon")]
    [InlineData("list --server ftp://example")]
    [InlineData("list --server http://user:pw@127.0.0.1/")]
    [InlineData("list --no-such-option")]
    [InlineData("frobnicate")]
    public async Task Wrong_usage_is_exit_code_2_and_points_to_the_help(string line)
    {
        Client.Ended ended = await Client.RunAsync(line.Split(' '));

        ended.Code.ShouldBe(ExitCode.Usage, ended.Error);
        ended.Error.ShouldStartWith("opendata: ");
    }

    [Fact]
    public async Task Help_shows_examples()
    {
        Client.Ended ended = await Client.RunAsync(["get", "--help"]);

        ended.Code.ShouldBe(ExitCode.Done);
        ended.Output.ShouldContain("Examples:");
    }

    [Fact]
    public async Task A_list_goes_through_all_pages_and_never_to_another_host()
    {
        await using WilfulServer server = await WilfulServer.StartAsync();
        ReleaseSummary latest = new(SampleRelease.Code, "20240102", 2, new DateOnly(2024, 1, 2), DateTimeOffset.UnixEpoch, "published", 5, 6, 12_345_678, 1, "");
        server.Files["/api/v1/datasets"] = Page(SampleRelease.Dataset(SampleRelease.Code, latest), "http://elsewhere.invalid/api/v1/page2");
        server.Files["/api/v1/page2"] = Page(SampleRelease.Dataset("US-PA-TEST-20", null), null);

        Client.Ended table = await Client.RunAsync(server, "list");
        Client.Ended json = await Client.RunAsync(server, "list", "--json");

        table.Code.ShouldBe(ExitCode.Done, table.Error);
        string[] lines = table.Output.TrimEnd().Split('\n');
        lines.Length.ShouldBe(3);
        lines[0].ShouldStartWith("CODE");
        lines[1].ShouldContain("20240102");
        lines[1].ShouldContain("12.3 MB");
        lines[2].ShouldStartWith("US-PA-TEST-20");
        JsonSerializer.Deserialize(json.Output, FormatJson.Default.PageDatasetSummary)!.Items.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("zh_CN.UTF-8", null, true)]
    [InlineData("en_US.UTF-8", "zh_CN.UTF-8", true)]
    [InlineData("zh_CN.UTF-8", "C", false)]
    [InlineData("zh_CN", null, true)]
    [InlineData("zh_CN.utf8@pinyin", null, true)]
    [InlineData("zh_CN.GB18030", null, false)] // It would be shown UTF-8.
    [InlineData(null, null, false)]
    public void The_language_is_that_of_the_environment(string? lang, string? all, bool chinese)
    {
        UserLanguage.Of(name => name switch { "LANG" => lang, "LC_ALL" => all, _ => null }).IsChinese.ShouldBe(chinese);
    }

    [Theory]
    [InlineData("30M", 30_000_000)]
    [InlineData("30M/s", 30_000_000)]
    [InlineData("2MiB", 2_097_152)]
    [InlineData("100Mb/s", 12_500_000)]
    [InlineData("100 Mb/s", 12_500_000)]
    public void Rates_are_bytes_unless_they_say_bits(string text, long expected)
    {
        TransferOptions.TryParseRate(text, out long rate).ShouldBeTrue();
        rate.ShouldBe(expected);
    }

    private static byte[] Page(DatasetSummary dataset, string? next) =>
        JsonSerializer.SerializeToUtf8Bytes(new Page<DatasetSummary>([dataset], next), FormatJson.Default.PageDatasetSummary);
}

using System.Net;
using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Gateway.Http;

namespace OpenData.Tests.Gateway.Limits;

/// <summary>Requests that ask for the same bytes many times over (CVE-2011-3192, "Apache killer").</summary>
public sealed class RangeAbuseTests
{
    /// <summary>1,300 ranges, each within the next.</summary>
    private static readonly string Nested = "bytes=" + string.Join(',', Enumerable.Range(0, 1300).Select(i => $"0-{i}"));

    /// <summary>1,300 ranges, none touching another.</summary>
    private static readonly string Scattered = "bytes=" + string.Join(',', Enumerable.Range(0, 1300).Select(i => $"{i * 3}-{i * 3}"));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Thirteen_hundred_ranges_get_one_plain_file_at_the_account_s_rate(bool fast)
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Gateway:FastLane", fast ? "true" : "false"));
        (string path, byte[] archive) = await host.PublishRandomAsync(1_000_000);
        (_, string key) = await host.AccountAsync("greedy", "many");
        using Browser browser = new(host);
        PromiseWatch watch = new(ByteRate.FromMegabits(8));
        foreach (string range in (string[])[Nested, Scattered])
        {
            using HttpResponseMessage response = await browser.GetAsync(path, key, range);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Content.Headers.ContentLength.ShouldBe(archive.Length);
            response.Content.Headers.ContentType!.MediaType.ShouldNotBe("multipart/byteranges");
            (await Browser.TakeAsync(response, watch, CancellationToken.None)).ShouldBe(archive.Length);
        }
        // As many as are read, all overlapping: one range, each byte of it once.
        using HttpResponseMessage joined = await browser.GetAsync(path, key, "bytes=" + string.Join(',', Enumerable.Range(0, RangeHeader.MaxSpecs).Select(i => $"{i}-{i + 500}")));
        joined.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        joined.Content.Headers.ContentRange!.ToString().ShouldBe($"bytes 0-563/{archive.Length}");
        (await joined.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(archive.AsSpan(0, 564)).ShouldBeTrue();
        watch.Over.ShouldBe(0);
        host.Of<Pacer>().Pipes().Single(pipe => pipe.Limits.Tier == "many").Snapshot().Granted.ShouldBe((2 * archive.Length) + 564);
    }

    [Fact]
    public void Reading_thirteen_hundred_ranges_costs_no_more_memory_than_reading_the_few_that_are_allowed()
    {
        RangeHeader.Parse(Scattered, 1_000_000, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        RangeKind nested = RangeHeader.Parse(Nested, 1_000_000, out _);
        RangeKind scattered = RangeHeader.Parse(Scattered, 1_000_000, out _);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        (nested, scattered).ShouldBe((RangeKind.Whole, RangeKind.Whole));
        allocated.ShouldBeLessThan(4096); // a list of 64 that grew, and one of a single range
    }
}

using System.Net;
using OpenData.Server.Gateway;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway;

/// <summary>What a gateway does from the moment that it is told to stop.</summary>
public sealed class DrainTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Running_downloads_end_whole_while_the_balancer_is_told_and_newcomers_are_still_served(bool fastLane)
    {
        await using GatewayHost host = await GatewayHost.StartAsync(
            ("OpenData:Gateway:FastLane", fastLane ? "true" : "false"), ("OpenData:Gateway:DrainDelay", "00:00:06"), ("OpenData:Gateway:DrainTimeout", "00:01:00"));
        (string path, byte[] archive) = await host.PublishRandomAsync(2_000_000);
        (_, string key) = await host.AccountAsync("slow one", "slow"); // 4 Mb/s: four seconds
        using HttpResponseMessage running = await host.SendAsync(path, key);
        Task<byte[]> download = running.Content.ReadAsByteArrayAsync();
        Task stopping = host.StopAsync();
        await Eventually.TrueAsync(async () => (await host.SendAsync("/readyz")).StatusCode == HttpStatusCode.ServiceUnavailable, "the gateway says that it is not ready");
        using (HttpResponseMessage late = await host.SendAsync("/api/v1/datasets"))
        {
            late.StatusCode.ShouldBe(HttpStatusCode.OK);
            late.Headers.ConnectionClose.ShouldBe(true);
        }
        (await download).AsSpan().SequenceEqual(archive).ShouldBeTrue();
        await stopping;
        (await host.JournalAsync()).ShouldHaveSingleItem().Outcome.ShouldBe("complete");
    }

    [Fact]
    public async Task What_takes_longer_than_it_may_is_broken_off_and_said_so()
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Gateway:DrainTimeout", "00:00:00.5"));
        (string path, _) = await host.PublishRandomAsync(20_000_000);
        (_, string key) = await host.AccountAsync("slow one", "slow");
        using HttpResponseMessage running = await host.SendAsync(path, key);
        Task<byte[]> download = running.Content.ReadAsByteArrayAsync();
        await Eventually.TrueAsync(() => Task.FromResult(host.Of<RunningDownloads>().Count == 1), "the download runs");
        await host.StopAsync();
        await Should.ThrowAsync<Exception>(download);
        host.Log.Text.ShouldContain("1 downloads are broken off");
        (await host.JournalAsync()).ShouldHaveSingleItem().Outcome.ShouldBe("shutdown");
    }
}

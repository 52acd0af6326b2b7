using System.Net;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway.Limits;

/// <summary>However an account asks, over the real gateway it gets its tier and no more, and nobody else feels it.</summary>
public sealed class AccountRateTests
{
    private static readonly ByteRate Many = ByteRate.FromMegabits(8);

    [Fact]
    public async Task Thirty_two_streams_of_HTTP_2_on_one_connection_share_the_account_s_rate()
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("Kestrel:EndpointDefaults:Protocols", "Http2"));
        (string path, byte[] archive) = await host.PublishRandomAsync(32_000_000);
        (_, string key) = await host.AccountAsync("greedy", "many");
        (_, string otherKey) = await host.AccountAsync("other");
        using Browser greedy = new(host, http2: true);
        using Browser other = new(host, http2: true);
        using CancellationTokenSource enough = new();
        PromiseWatch watch = new(Many);
        Task<long>[] streams = [.. Enumerable.Range(0, 32).Select(async i =>
        {
            using HttpResponseMessage response = await greedy.GetAsync(path, key, $"bytes={i * 1_000_000}-{(i * 1_000_000) + 999_999}");
            response.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
            response.Version.ShouldBe(HttpVersion.Version20);
            return await Browser.TakeAsync(response, watch, enough.Token);
        })];

        // 32 MB at 1 MB/s: the greedy one is far from done when the other has taken the whole file.
        using (HttpResponseMessage whole = await other.GetAsync(path, otherKey))
        {
            (await whole.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(archive).ShouldBeTrue();
        }
        await NoneEndedAsync(streams);
        await Eventually.TrueAsync(() => Task.FromResult(watch.Bytes > 3_000_000), "some seconds' worth has come");
        await Eventually.TrueAsync(() => Task.FromResult(host.Of<Pacer>().Pipes().Single(pipe => pipe.Limits.Tier == "many").Snapshot().Streams.Count == 32), "all 32 run");
        await enough.CancelAsync();
        (await Task.WhenAll(streams)).ShouldAllBe(bytes => bytes > 0);
        watch.Over.ShouldBe(0);
        greedy.Connections.ShouldBe(1);
    }

    /// <summary>Of one that ended for a reason the reason is shown.</summary>
    private static async Task NoneEndedAsync(IEnumerable<Task<long>> streams)
    {
        foreach (Task<long> ended in streams.Where(stream => stream.IsCompleted))
        {
            (await ended).ShouldBe(-1, "so many bytes, and then it ended");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Twenty_keys_from_four_addresses_are_one_account_with_one_rate(bool fast)
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Gateway:FastLane", fast ? "true" : "false"));
        (string path, byte[] archive) = await host.PublishRandomAsync(20_000_000);
        (_, string first) = await host.AccountAsync("greedy", "many");
        (_, string otherKey) = await host.AccountAsync("other");
        List<string> keys = [first];
        while (keys.Count < 20)
        {
            keys.Add((await host.Of<AccountStore>().AddKeyAsync("greedy", $"key {keys.Count}", null, "test", CancellationToken.None)).Value.ShouldNotBeNull().Reveal());
        }
        await host.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        Browser[] browsers = [.. Enumerable.Range(1, 4).Select(i => new Browser(host, IPAddress.Parse($"127.0.0.{i}")))];
        using CancellationTokenSource enough = new();
        PromiseWatch watch = new(Many);
        Task<long>[] streams = [.. keys.Select(async (key, i) =>
        {
            using HttpResponseMessage response = await browsers[i % 4].GetAsync(path, key, $"bytes={i * 1_000_000}-{(i * 1_000_000) + 999_999}");
            response.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
            return await Browser.TakeAsync(response, watch, enough.Token);
        })];

        using (HttpResponseMessage whole = await host.SendAsync(path, otherKey))
        {
            (await whole.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(archive).ShouldBeTrue();
        }
        await NoneEndedAsync(streams);
        await Eventually.TrueAsync(() => Task.FromResult(watch.Bytes > 3_000_000), "some seconds' worth has come");
        PipeSnapshot pipe = null!;
        await Eventually.TrueAsync(() => Task.FromResult((pipe = host.Of<Pacer>().Pipes().Single(one => one.Limits.Tier == "many").Snapshot()).Streams.Count == 20), "all twenty run");
        pipe.Streams.Select(stream => stream.Identity.Client).Distinct().Count().ShouldBe(4);
        await enough.CancelAsync();
        (await Task.WhenAll(streams)).ShouldAllBe(bytes => bytes > 0);
        watch.Over.ShouldBe(0);
        Array.ForEach(browsers, browser => browser.Dispose());
    }

    [Theory]
    [InlineData("http/1.1")]
    [InlineData("fast lane")]
    [InlineData("http/2")]
    public async Task A_smaller_tier_holds_running_downloads_from_then_on_and_a_suspension_ends_them(string how)
    {
        await using GatewayHost host = await GatewayHost.StartAsync(
            ("OpenData:Gateway:FastLane", how == "fast lane" ? "true" : "false"), ("Kestrel:EndpointDefaults:Protocols", how == "http/2" ? "Http2" : "Http1"));
        (string path, _) = await host.PublishRandomAsync(40_000_000);
        (_, string key) = await host.AccountAsync("anna", "pair");
        using Browser browser = new(host, http2: how == "http/2");
        PromiseWatch before = new(ByteRate.FromMegabits(20));
        using HttpResponseMessage response = await browser.GetAsync(path, key);
        Task<long> taking = Browser.TakeAsync(response, before, CancellationToken.None);
        AccountPipe pipe = host.Of<Pacer>().Pipes().Single(pipe => pipe.Limits.Tier == "pair");
        await Eventually.TrueAsync(() => Task.FromResult(before.Bytes > 1_000_000), "it runs");

        await host.Of<AccountStore>().SetTierAsync("anna", "slow", "test", CancellationToken.None);
        await Eventually.TrueAsync(() => Task.FromResult(pipe.Allowed == ByteRate.FromMegabits(4)), "the tier is the new one");
        PromiseWatch after = new(ByteRate.FromMegabits(4));
        long granted = pipe.Snapshot().Granted;
        await Eventually.TrueAsync(
            () =>
            {
                long more = pipe.Snapshot().Granted - granted;
                after.Judge(more);
                return Task.FromResult(more > 1_000_000);
            },
            "some seconds' worth at the smaller rate was sent");
        after.Over.ShouldBe(0);
        before.Over.ShouldBe(0);

        await host.Of<AccountStore>().SetStateAsync("anna", AccountState.Suspended, "test", CancellationToken.None);
        await Should.ThrowAsync<Exception>(taking.WaitAsync(TimeSpan.FromSeconds(60)));
        await Eventually.TrueAsync(async () => (await host.JournalAsync()).Any(line => line.Outcome == "suspended"), "it is in the journal");
    }

    [Fact]
    public async Task A_stream_of_HTTP_2_that_takes_nothing_is_dropped_and_its_neighbours_on_the_connection_go_on()
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("Kestrel:EndpointDefaults:Protocols", "Http2"), ("OpenData:Bandwidth:IdleTimeout", "00:00:03"));
        (string path, byte[] archive) = await host.PublishRandomAsync(6_000_000);
        (_, string key) = await host.AccountAsync("anna", "pair");
        (_, string slow) = await host.AccountAsync("slow", "slow");
        using Browser browser = new(host, http2: true);
        using HttpResponseMessage running = await browser.GetAsync(path, slow, "bytes=0-1999999"); // four seconds, longer than the time-out
        Task<byte[]> neighbour = running.Content.ReadAsByteArrayAsync();
        using HttpResponseMessage stalled = await browser.GetAsync(path, key);

        await Eventually.TrueAsync(async () => (await host.JournalAsync()).Any(line => line.Outcome == "idle"), "the one that takes nothing is dropped");
        await Should.ThrowAsync<Exception>(() => stalled.Content.ReadAsByteArrayAsync());
        (await neighbour).AsSpan().SequenceEqual(archive.AsSpan(0, 2_000_000)).ShouldBeTrue();
        using HttpResponseMessage resumed = await browser.GetAsync(path, key, "bytes=5000000-");
        (await resumed.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(archive.AsSpan(5_000_000)).ShouldBeTrue();
        browser.Connections.ShouldBe(1);
    }
}

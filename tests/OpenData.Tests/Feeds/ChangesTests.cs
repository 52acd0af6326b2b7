using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Releases;
using OpenData.Tests.Gateway;
using OpenData.Tests.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.Feeds;

/// <summary>The change feed over HTTP: pages that never change, waiting that costs nothing, a stream that misses nothing.</summary>
public sealed class ChangesTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_full_page_is_the_same_for_ever_and_the_last_one_is_asked_for_again()
    {
        await ChangeAsync(5);
        (string body, HttpResponseMessage full) = await GetAsync("/api/v1/changes?limit=2");
        full.Headers.CacheControl!.ToString().ShouldBe("public, max-age=31536000, immutable");
        full.Headers.ETag!.IsWeak.ShouldBeFalse();
        (string last, HttpResponseMessage open) = await GetAsync("/api/v1/changes?after=4&limit=2");
        open.Headers.CacheControl!.NoCache.ShouldBeTrue();
        open.Headers.CacheControl.MaxAge.ShouldBeNull();

        await ChangeAsync(3);
        (string again, HttpResponseMessage same) = await GetAsync("/api/v1/changes?limit=2");
        again.ShouldBe(body);
        same.Headers.ETag.ShouldBe(full.Headers.ETag);
        (await GetAsync("/api/v1/changes?after=4&limit=2")).Body.ShouldNotBe(last);
        foreach (HttpResponseMessage response in new[] { full, open })
        {
            HttpResponseMessage unchanged = await _host.SendAsync(response.RequestMessage!.RequestUri!.PathAndQuery, null, "GET", ("If-None-Match", response.Headers.ETag!.ToString()));
            unchanged.StatusCode.ShouldBe(response == full ? HttpStatusCode.NotModified : HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task A_page_has_the_digest_of_its_bytes_for_who_wants_it()
    {
        await ChangeAsync(3);
        foreach (string page in new[] { "/api/v1/changes?limit=2", "/api/v1/changes?after=2&limit=2", "/feeds/all.atom" })
        {
            using HttpResponseMessage wanted = await _host.SendAsync(page, null, "GET", ("Want-Content-Digest", "sha-512=3, sha-256=10"));
            using HttpResponseMessage plain = await _host.SendAsync(page, null, "GET", ("Want-Content-Digest", "sha-256=0"));

            ContentDigest.TryParse(wanted.Headers.GetValues("Content-Digest").Single(), out Sha256Digest digest).ShouldBeTrue();
            digest.ShouldBe(Sha256Digest.Of(await wanted.Content.ReadAsByteArrayAsync()), page);
            plain.Headers.Contains("Content-Digest").ShouldBeFalse(page);
        }
    }

    [Fact]
    public async Task Who_waits_gets_from_memory_what_others_get_from_the_database()
    {
        await ChangeAsync(7);
        await _host.Of<ChangeWatch>().RefreshAsync(CancellationToken.None);
        foreach (string page in new[] { "after=0&limit=3", "after=3&limit=3", "after=6&limit=3", "after=7&limit=3" })
        {
            Task<(string Body, HttpResponseMessage)> waiting = GetAsync($"/api/v1/changes?{page}&wait=1");
            (string body, _) = await GetAsync($"/api/v1/changes?{page}");
            (await waiting).Body.ShouldBe(body, page);
        }
    }

    [Fact]
    public async Task Many_who_wait_cost_the_database_no_more_than_one()
    {
        CountingDatabase counted = null!;
        await using GatewayHost host = await GatewayHost.StartAsync(services =>
        {
            ServiceDescriptor real = services.Last(service => service.ServiceType == typeof(SqlDatabase));
            services.AddSingleton<SqlDatabase>(provider => counted = new CountingDatabase((SqlDatabase)real.ImplementationFactory!(provider)));
        });
        Task<string>[] mirrors = [.. Enumerable.Range(0, 200).Select(_ => host.Client.GetStringAsync("/api/v1/changes?after=0&wait=60"))];
        await Eventually.TrueAsync(() => Task.FromResult(host.Of<ChangeWatch>().Waiting >= 200), "all wait");
        int before = counted.Opened;
        await host.Of<SqlDatabase>().TellChangedAsync(GatewayHost.Open);
        string[] bodies = await Task.WhenAll(mirrors).WaitAsync(TimeSpan.FromSeconds(50));
        bodies.Distinct().ShouldHaveSingleItem().ShouldContain("dataset-changed");
        (counted.Opened - before).ShouldBeLessThan(60);
    }

    [Fact]
    public async Task A_stream_tells_changes_as_they_come_and_goes_on_after_the_last_one_that_was_heard()
    {
        await ChangeAsync(2);
        using HttpResponseMessage response = await _host.SendAsync("/api/v1/changes/stream?after=1");
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using (StreamReader events = new(await response.Content.ReadAsStreamAsync()))
        {
            (await EventAsync(events)).ShouldBe(["retry: 2000"]);
            string[] second = await EventAsync(events);
            second[..2].ShouldBe(["id: 2", "event: dataset-changed"]);
            JsonSerializer.Deserialize(second[2]["data: ".Length..], FormatJson.Default.Change)!.Serial.ShouldBe(2);
            await ChangeAsync(1);
            (await EventAsync(events))[0].ShouldBe("id: 3");
        }
        await ChangeAsync(1);
        using HttpResponseMessage back = await _host.SendAsync("/api/v1/changes/stream?after=1", null, "GET", ("Last-Event-ID", "3"));
        using StreamReader missed = new(await back.Content.ReadAsStreamAsync());
        await EventAsync(missed);
        (await EventAsync(missed))[0].ShouldBe("id: 4");
        (await _host.ProblemAsync("/api/v1/changes/stream", null, "GET", ("Last-Event-ID", "x"))).Problem.Detail!.ShouldContain("Last-Event-ID");
    }

    [Fact]
    public async Task The_head_is_signed_once_while_nothing_changes()
    {
        await ChangeAsync(1);
        string head = await _host.Client.GetStringAsync("/api/v1/changes/head");
        (await _host.Client.GetStringAsync("/api/v1/changes/head")).ShouldBe(head);
        await ChangeAsync(1);
        (await _host.Client.GetStringAsync("/api/v1/changes/head")).ShouldContain("\"serial\":2");
    }

    private static async Task<string[]> EventAsync(StreamReader events)
    {
        List<string> lines = [];
        while (await events.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)) is { Length: > 0 } line)
        {
            lines.Add(line);
        }
        return [.. lines];
    }

    private async Task<(string Body, HttpResponseMessage Response)> GetAsync(string path)
    {
        HttpResponseMessage response = await _host.SendAsync(path);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        return (await response.Content.ReadAsStringAsync(), response);
    }

    private async Task ChangeAsync(int times)
    {
        for (int i = 0; i < times; i++)
        {
            await _host.Of<SqlDatabase>().TellChangedAsync(GatewayHost.Open);
        }
    }
}

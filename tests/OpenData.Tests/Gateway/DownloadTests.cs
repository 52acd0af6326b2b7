using System.Globalization;
using System.Net.Http.Headers;
using System.Net;
using System.Text;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway;

/// <summary>Downloads as clients see them, by sendfile where that is possible.</summary>
public sealed class FastLaneDownloadTests() : DownloadTests(fastLane: true);

/// <summary>The same through Kestrel's HTTP layer alone.</summary>
public sealed class KestrelDownloadTests() : DownloadTests(fastLane: false);

public abstract class DownloadTests(bool fastLane) : IAsyncLifetime
{
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync(
        ("OpenData:Gateway:FastLane", fastLane ? "true" : "false"), ("OpenData:Gateway:DrainTimeout", "00:00:00.2")); // see DrainTests for the time that downloads have

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_file_comes_whole_with_all_that_is_known_of_it()
    {
        (string path, byte[] archive) = await _host.PublishRandomAsync(3_000_000);
        using HttpResponseMessage response = await _host.SendAsync(path);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.ETag!.Tag.ShouldBe($"\"{Sha256Digest.Of(archive)}\"");
        response.Headers.GetValues("Repr-Digest").Single().ShouldBe(ContentDigest.Format(Sha256Digest.Of(archive)));
        response.Headers.GetValues("Link").Single().ShouldBe($"<{path}.meta4>; rel=describedby; type=\"application/metalink4+xml\"");
        response.Headers.GetValues("RateLimit-Policy").Single().ShouldBe("\"content-bytes\";q=1000000000;w=1;qu=\"content-bytes\", \"concurrent-requests\";q=16;qu=\"concurrent-requests\"");
        response.Headers.GetValues("RateLimit").Single().ShouldStartWith("\"content-bytes\";r=");
        response.Headers.CacheControl!.ToString().ShouldBe("public, max-age=31536000, immutable");
        (await response.Content.ReadAsByteArrayAsync()).ShouldBe(archive);
    }

    [Fact]
    public async Task On_the_wire_a_range_looks_as_RFC_9110_writes_it()
    {
        (string path, byte[] archive) = await _host.PublishRandomAsync(100_000);
        string answer = await _host.RawAsync($"GET {path} HTTP/1.1\r\nHost: a\r\nRange: bytes=5-9\r\nConnection: close\r\n\r\n");
        answer.ShouldStartWith("HTTP/1.1 206 Partial Content\r\n");
        answer.ShouldContain("\r\nContent-Length: 5\r\n");
        answer.ShouldContain($"\r\nContent-Range: bytes 5-9/{archive.Length}\r\n");
        answer.ShouldContain("\r\nAccept-Ranges: bytes\r\n");
        answer.ShouldNotContain("Transfer-Encoding");
        answer.ShouldNotContain("\r\nServer:");
        answer.Split("\r\n\r\n", 2)[1].ShouldBe(Encoding.Latin1.GetString(archive[5..10]));
    }

    [Fact]
    public async Task HEAD_tells_the_same_and_sends_nothing()
    {
        (string path, byte[] archive) = await _host.PublishRandomAsync(100_000);
        string answer = await _host.RawAsync($"HEAD {path} HTTP/1.1\r\nHost: a\r\nRange: bytes=5-9\r\nConnection: close\r\n\r\n");
        answer.ShouldStartWith("HTTP/1.1 200 OK\r\n");
        answer.ShouldContain($"\r\nContent-Length: {archive.Length}\r\n");
        answer.ShouldContain("\r\nRepr-Digest: sha-256=");
        answer.ShouldEndWith("\r\n\r\n");
    }

    [Fact]
    public async Task A_line_that_ends_in_a_bare_line_feed_is_refused()
    {
        (string path, _) = await _host.PublishRandomAsync(10_000);
        (await _host.RawAsync($"GET {path} HTTP/1.1\nHost: a\nConnection: close\n\n")).ShouldStartWith("HTTP/1.1 400");
    }

    [Fact]
    public async Task Several_ranges_come_as_parts_that_a_parser_reads()
    {
        (string path, byte[] archive) = await _host.PublishRandomAsync(300_000);
        using HttpResponseMessage response = await _host.SendAsync(path, null, "GET", ("Range", "bytes=0-9,1000-1999,-5"));
        response.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("multipart/byteranges");
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        body.Length.ShouldBe((int)response.Content.Headers.ContentLength!.Value);
        Microsoft.AspNetCore.WebUtilities.MultipartReader reader = new(
            response.Content.Headers.ContentType.Parameters.Single(parameter => parameter.Name == "boundary").Value!, new MemoryStream(body));
        List<byte[]> parts = [];
        while (await reader.ReadNextSectionAsync() is { } section)
        {
            MemoryStream part = new();
            await section.Body.CopyToAsync(part);
            parts.Add(part.ToArray());
        }
        parts.ShouldBe([archive[..10], archive[1000..2000], archive[^5..]]);
    }

    [Fact]
    public async Task Ten_thousand_random_ranges_are_the_file_s_own_slices()
    {
        (string path, byte[] archive) = await _host.PublishRandomAsync(3_500_000);
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), async (lane, stop) =>
        {
            Random random = new(lane);
            for (int i = 0; i < 1250; i++)
            {
                long first = random.NextInt64(archive.Length);
                long last = Math.Min(archive.Length - 1, first + random.Next(random.Next(2) == 0 ? 100 : 20_000));
                using HttpRequestMessage request = new(HttpMethod.Get, path) { Headers = { Range = new RangeHeaderValue(first, last) } };
                using HttpResponseMessage response = await _host.Client.SendAsync(request, stop);
                response.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
                byte[] slice = await response.Content.ReadAsByteArrayAsync(stop);
                slice.AsSpan().SequenceEqual(archive.AsSpan((int)first, (int)(last - first + 1))).ShouldBeTrue($"{first}-{last}");
            }
        });
    }

    [Theory]
    [InlineData("If-None-Match", "TAG", HttpStatusCode.NotModified)]
    [InlineData("If-None-Match", "\"x\"", HttpStatusCode.OK)]
    [InlineData("If-Match", "\"x\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", HttpStatusCode.NotModified)]
    [InlineData("Range", "bytes=99999999-", HttpStatusCode.RequestedRangeNotSatisfiable)]
    [InlineData("Range", "items=0-5", HttpStatusCode.OK)]
    public async Task Conditions_and_hopeless_ranges_get_their_status(string field, string value, HttpStatusCode expected)
    {
        (string path, byte[] archive) = await _host.PublishRandomAsync(10_000);
        using HttpResponseMessage response = await _host.SendAsync(path, null, "GET", (field, value.Replace("TAG", $"\"{Sha256Digest.Of(archive)}\"", StringComparison.Ordinal)));
        response.StatusCode.ShouldBe(expected);
        if ((int)expected >= 400)
        {
            response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
            response.Headers.CacheControl!.NoStore.ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData("If-Range", "Fri, 01 Jan 2100 00:00:00 GMT")]
    [InlineData("If-Range", "garbage")]
    [InlineData("If-Range", "\"x\"")]
    public async Task A_resume_of_another_file_begins_anew(string field, string value)
    {
        (string path, byte[] archive) = await _host.PublishRandomAsync(10_000);
        using HttpResponseMessage response = await _host.SendAsync(path, null, "GET", ("Range", "bytes=5-9"), (field, value));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBe(archive);
    }

    [Theory]
    [InlineData("/files/CN-PA-OPEN/20240102/r1/nothing.zip")]
    [InlineData("/files/CN-PA-OPEN/20240102/r9/release.json")]
    [InlineData("/files/CN-PA-OPEN/20240102/R1/release.json")]
    [InlineData("/files/cn/20240102/r1/release.json")]
    [InlineData("/files/CN-PA-OPEN/20240102/r1/release.json/")]
    [InlineData("/files/CN-PA-OPEN/20240102/r1/release.json/entry")]
    [InlineData("/files/CN-PA-OPEN/20240102/r1/..%2Frelease.json")]
    [InlineData("/files/NOTHING/")]
    [InlineData("/api/v1/nothing")]
    [InlineData("/api/nothing")]
    public async Task What_is_not_there_is_404_with_a_problem(string path)
    {
        await _host.PublishRandomAsync(10_000);
        (await _host.ProblemAsync(path)).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_withdrawn_release_is_gone_with_its_reason_and_running_downloads_of_it_end()
    {
        (_, string key) = await _host.AccountAsync("slow", "slow");
        (string path, byte[] archive) = await _host.PublishRandomAsync(3_000_000);
        using HttpResponseMessage running = await _host.SendAsync(path, key);
        running.StatusCode.ShouldBe(HttpStatusCode.OK);
        await _host.Of<Withdrawals>().WithdrawAsync(GatewayHost.Release(), "names of living persons", CancellationToken.None);
        await Should.ThrowAsync<Exception>(async () => await running.Content.ReadAsByteArrayAsync());
        (HttpStatusCode status, Problem problem) = await _host.ProblemAsync(path);
        status.ShouldBe(HttpStatusCode.Gone);
        problem.Detail!.ShouldContain("names of living persons");
        await Eventually.TrueAsync(async () => (await _host.JournalAsync()).Any(line => line.Outcome == "withdrawn" && line.Sent < archive.Length), "the journal says so");
    }

    [Fact]
    public async Task Each_access_level_asks_for_what_it_must()
    {
        foreach (string dataset in new[] { GatewayHost.Open, GatewayHost.Registered, GatewayHost.Agreement, GatewayHost.Restricted })
        {
            await _host.PublishRandomAsync(10_000, GatewayHost.Release(dataset));
        }
        (_, string key) = await _host.AccountAsync("anna");
        AccountStore accounts = _host.Of<AccountStore>();

        (await StatusesAsync(null)).ShouldBe([200, 401, 401, 401]);
        (await StatusesAsync(key)).ShouldBe([200, 200, 403, 403]);
        await accounts.AcceptTermsAsync("anna", "basic-data", "test", CancellationToken.None);
        await _host.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        (await StatusesAsync(key)).ShouldBe([200, 200, 200, 403]);
        await accounts.GrantAsync("anna", GatewayHost.Restricted, "test", CancellationToken.None);
        await _host.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        (await StatusesAsync(key)).ShouldBe([200, 200, 200, 200]);
        await accounts.SetStateAsync("anna", AccountState.Suspended, "test", CancellationToken.None);
        await _host.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        (await StatusesAsync(key)).ShouldBe([403, 403, 403, 403]);
        (await StatusesAsync("odk_0000000000000000_" + new string('0', 64))).ShouldBe([401, 401, 401, 401]);

        using HttpResponseMessage challenged = await _host.SendAsync(Path(GatewayHost.Registered));
        challenged.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme).ShouldBe(["Bearer", "Basic"], ignoreOrder: true);

        async Task<int[]> StatusesAsync(string? who)
        {
            List<int> statuses = [];
            foreach (string dataset in new[] { GatewayHost.Open, GatewayHost.Registered, GatewayHost.Agreement, GatewayHost.Restricted })
            {
                using HttpResponseMessage response = await _host.SendAsync(Path(dataset), who);
                statuses.Add((int)response.StatusCode);
            }
            return [.. statuses];
        }

        static string Path(string dataset) => GatewayHost.PathOf(GatewayHost.Release(dataset), "release.json");
    }

    [Fact]
    public async Task Data_for_accounts_only_stay_out_of_shared_caches()
    {
        await _host.PublishRandomAsync(10_000, GatewayHost.Release(GatewayHost.Registered));
        (_, string key) = await _host.AccountAsync("anna");
        using HttpResponseMessage response = await _host.SendAsync(GatewayHost.PathOf(GatewayHost.Release(GatewayHost.Registered), "release.json"), key);
        response.Headers.CacheControl!.Private.ShouldBeTrue();
        response.Headers.Vary.ShouldBe(["Authorization"]);
    }

    [Fact]
    public async Task Downloads_that_have_ended_on_other_nodes_refuse_nobody()
    {
        (_, string key) = await _host.AccountAsync("slow", "slow");
        (string path, _) = await _host.PublishRandomAsync(10_000);
        using HttpResponseMessage before = await _host.SendAsync(path, key);
        before.StatusCode.ShouldBe(HttpStatusCode.OK);
        // The last that was heard of the others: they have all that the tier allows.
        _host.Of<Pacer>().Pipes().Single().SetShare(null, streamsElsewhere: 2);
        using HttpResponseMessage after = await _host.SendAsync(path, key);
        after.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_download_more_than_the_tier_has_waits_until_one_ends()
    {
        (_, string key) = await _host.AccountAsync("slow", "slow");
        (string path, _) = await _host.PublishRandomAsync(3_000_000);
        (string other, _) = await _host.PublishRandomAsync(10_000, GatewayHost.Release(edition: "20240109"));
        using HttpResponseMessage one = await _host.SendAsync(path, key, "GET", ("Range", "bytes=0-1999999"));
        using HttpResponseMessage two = await _host.SendAsync(path, key, "GET", ("Range", "bytes=2000000-"));
        Task<HttpResponseMessage> three = _host.SendAsync(other, key);
        one.Dispose();
        using HttpResponseMessage answer = await three;
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task More_downloads_than_the_tier_has_are_told_to_come_again_where_none_ends()
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Gateway:FastLane", fastLane ? "true" : "false"), ("OpenData:Bandwidth:PlaceWait", "00:00:00"));
        (_, string key) = await host.AccountAsync("slow", "slow");
        (string path, _) = await host.PublishRandomAsync(3_000_000);
        (string other, _) = await host.PublishRandomAsync(10_000, GatewayHost.Release(edition: "20240109"));
        using HttpResponseMessage one = await host.SendAsync(path, key, "GET", ("Range", "bytes=0-1999999"));
        using HttpResponseMessage two = await host.SendAsync(path, key, "GET", ("Range", "bytes=2000000-"));
        using HttpResponseMessage three = await host.SendAsync(other, key);
        three.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        three.Headers.RetryAfter!.Delta.ShouldNotBeNull();
        (await three.Content.ReadAsStringAsync()).ShouldContain("has 2 downloads at a time");
        three.Headers.ETag.ShouldBeNull();
    }

    [Fact]
    public async Task A_revoked_key_ends_its_downloads_within_a_second_or_so()
    {
        (_, string key) = await _host.AccountAsync("slow", "slow");
        (string path, _) = await _host.PublishRandomAsync(4_000_000);
        using HttpResponseMessage running = await _host.SendAsync(path, key);
        await _host.Of<AccountStore>().RevokeKeyAsync(key.Split('_')[1], null, "test", CancellationToken.None);
        await Should.ThrowAsync<Exception>(async () => await running.Content.ReadAsByteArrayAsync());
        (await _host.ProblemAsync(path, key)).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Another_tier_gives_a_running_download_another_rate()
    {
        (_, string key) = await _host.AccountAsync("slow", "slow");
        (string path, byte[] archive) = await _host.PublishRandomAsync(60_000_000); // two minutes at the slow tier
        using HttpResponseMessage running = await _host.SendAsync(path, key);
        await _host.Of<AccountStore>().SetTierAsync("slow", "registered", "test", CancellationToken.None);
        byte[] all = await running.Content.ReadAsByteArrayAsync(new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);
        all.AsSpan().SequenceEqual(archive).ShouldBeTrue();
    }

    [Fact]
    public async Task A_flipped_byte_never_leaves_as_good()
    {
        (string path, byte[] archive) = await _host.PublishRandomAsync(3_500_000);
        string stored = _host.StoredAt(GatewayHost.Release(), GatewayHost.Release().ArchiveName(1));
        archive[2_500_000] ^= 1;
        await File.WriteAllBytesAsync(stored, archive);

        using (HttpResponseMessage whole = await _host.SendAsync(path))
        {
            await Should.ThrowAsync<Exception>(async () => await whole.Content.ReadAsByteArrayAsync());
        }
        (HttpStatusCode status, Problem problem) = await _host.ProblemAsync(path);
        status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        problem.Type.ShouldBe("/problems/quarantined");
        _host.Log.Text.ShouldContain("Critical");
        await Eventually.TrueAsync(async () => (await _host.JournalAsync()).Any(line => line.Outcome == "source-failed"), "the journal says so");
    }

    [Fact]
    public async Task Bytes_before_a_damaged_block_can_still_be_had_and_no_byte_of_it()
    {
        (string path, byte[] archive) = await _host.PublishRandomAsync(3_500_000);
        archive[2_500_000] ^= 1;
        await File.WriteAllBytesAsync(_host.StoredAt(GatewayHost.Release(), GatewayHost.Release().ArchiveName(1)), archive);
        using HttpResponseMessage before = await _host.SendAsync(path, null, "GET", ("Range", "bytes=0-2097151"));
        (await before.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(archive.AsSpan(0, 2 << 20)).ShouldBeTrue();
        (await _host.ProblemAsync(path, null, "GET", ("Range", "bytes=3000000-3000010"))).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task A_truncated_file_and_a_damaged_small_file_are_refused()
    {
        (string path, byte[] archive) = await _host.PublishRandomAsync(3_500_000);
        await File.WriteAllBytesAsync(_host.StoredAt(GatewayHost.Release(), GatewayHost.Release().ArchiveName(1)), archive[..^1]);
        (await _host.ProblemAsync(path)).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);

        string manifest = _host.StoredAt(GatewayHost.Release(), "release.json");
        byte[] text = await File.ReadAllBytesAsync(manifest);
        text[10] ^= 1;
        await File.WriteAllBytesAsync(manifest, text);
        string manifestPath = GatewayHost.PathOf(GatewayHost.Release(), "release.json");
        (await _host.ProblemAsync(manifestPath)).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task Every_download_is_in_the_journal_and_in_the_account_s_usage()
    {
        (Account account, string key) = await _host.AccountAsync("anna");
        (string path, byte[] archive) = await _host.PublishRandomAsync(200_000);
        using (HttpResponseMessage whole = await _host.SendAsync(path, key))
        {
            await whole.Content.ReadAsByteArrayAsync();
        }
        using (HttpResponseMessage part = await _host.SendAsync(path, key, "GET", ("Range", "bytes=0-99,200-299")))
        {
            await part.Content.ReadAsByteArrayAsync();
        }
        await Eventually.TrueAsync(async () => (await _host.JournalAsync()).Count == 2, "both are written");
        IReadOnlyList<JournalLine> lines = await _host.JournalAsync();
        lines.ShouldAllBe(line => line.AccountId == account.Id && line.Outcome == "complete" && line.Asked == line.Sent && line.Address == "127.0.0.1");
        lines[0].Sent.ShouldBe(archive.Length);
        lines[1].Status.ShouldBe(206);
        lines[1].Ranges.ShouldBe("0-99,200-299");

        string usage = await (await _host.SendAsync("/api/v1/me/usage", key)).Content.ReadAsStringAsync();
        usage.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"\"dataset\":\"{GatewayHost.Open}\",\"downloads\":2,\"bytes\":{lines.Sum(line => line.Sent)}"));
    }

    [Fact]
    public async Task An_account_sees_its_running_downloads()
    {
        (_, string key) = await _host.AccountAsync("slow", "slow");
        (string path, _) = await _host.PublishRandomAsync(4_000_000);
        using HttpResponseMessage running = await _host.SendAsync(path, key);
        string bandwidth = await (await _host.SendAsync("/api/v1/me/bandwidth", key)).Content.ReadAsStringAsync();
        bandwidth.ShouldContain("\"tier\":\"slow\",\"allowed\":500000,");
        bandwidth.ShouldContain($"\"path\":\"{path}\"");
    }

    [Fact]
    public async Task An_orderly_stop_writes_what_the_journal_still_has_and_ends_what_runs()
    {
        (_, string key) = await _host.AccountAsync("slow", "slow");
        (string path, _) = await _host.PublishRandomAsync(4_000_000);
        for (int i = 0; i < 50; i++)
        {
            using HttpResponseMessage part = await _host.SendAsync(path, null, "GET", ("Range", "bytes=0-99"));
            await part.Content.ReadAsByteArrayAsync();
        }
        using HttpResponseMessage running = await _host.SendAsync(path, key);
        await _host.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));
        IReadOnlyList<JournalLine> lines = await _host.JournalAsync();
        lines.Count(line => line.Outcome == "complete").ShouldBe(50);
        lines.ShouldContain(line => line.Outcome == "shutdown");
    }
}

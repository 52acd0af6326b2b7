using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Releases;
using OpenData.Tests.Packaging;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway;

/// <summary>Links for many files at once, and what a link or key still serves for when its time is over.</summary>
public sealed class LinksTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly MovableTime _time = new();
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync(services => services.AddSingleton<TimeProvider>(_time));

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Aria2_mirrors_all_days_of_a_dataset_by_one_Metalink_without_a_key()
    {
        foreach (int day in new[] { 2, 3, 4 })
        {
            await _host.PublishRandomAsync(5_000_000, GatewayHost.Release(GatewayHost.Registered, edition: $"2024010{day}"), seed: day);
        }
        (_, string key) = await _host.AccountAsync("anna");
        (HttpStatusCode status, string metalink) = await AskAsync(key, new { dataset = GatewayHost.Registered, from = "2024-01-03", format = "metalink" });
        status.ShouldBe(HttpStatusCode.OK, metalink);
        metalink.ShouldContain("<pieces");
        metalink.ShouldNotContain("20240102");
        await File.WriteAllTextAsync(_folder["links.meta4"], metalink);
        await Tool.SucceedAsync(_folder.Path, "aria2c", "-q", "--no-conf", "-M", "links.meta4");
        foreach (string day in new[] { "20240103", "20240104" })
        {
            await Tool.SucceedAsync(_folder[GatewayHost.Release(GatewayHost.Registered, day).ToString()], "sha256sum", "-c", "SHA256SUMS");
        }
    }

    [Theory]
    [InlineData("""{"dataset": "CN-PA-OPEN", "form": "2024-01-01"}""", "$.form")]
    [InlineData("""{"dataset": "CN-PA-OPEN", "from": "2024-13-01"}""", "$.from")]
    [InlineData("""{"dataset": "CN-PA-OPEN", "format": "xml"}""", "$.format")]
    [InlineData("""{"dataset": """, "byte 13")]
    [InlineData("""{"dataset": "CN-PA-OPEN", "from": "2024-02-01", "to": "2024-01-01"}""", "must not be after 'to'")]
    public async Task What_is_wrong_with_a_request_is_named(string body, string named)
    {
        (_, string key) = await _host.AccountAsync("anna");
        using HttpRequestMessage ask = new(HttpMethod.Post, "/api/v1/links") { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
        ask.Headers.Authorization = new("Bearer", key);
        using HttpResponseMessage response = await _host.Client.SendAsync(ask);
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), FormatJson.Default.Problem)!.Detail!.ShouldContain(named);
    }

    [Fact]
    public async Task A_list_of_paths_gives_text_for_wget_or_JSON_with_sizes_and_digests()
    {
        ReleaseId release = GatewayHost.Release(GatewayHost.Registered, "生物序列2023年");
        (string path, byte[] archive) = await _host.PublishRandomAsync(100_000, release);
        (_, string key) = await _host.AccountAsync("anna");
        string[] paths = [path, GatewayHost.PathOf(release, "SHA256SUMS")];
        (_, string text) = await AskAsync(key, new { paths }, "text/plain");
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(2);
        await File.WriteAllTextAsync(_folder["list"], text);
        await Tool.SucceedAsync(_folder.Path, "wget", "-q", "--content-disposition", "-i", "list");
        File.ReadAllBytes(_folder[release.ArchiveName(1)]).ShouldBe(archive);

        (_, string json) = await AskAsync(key, new { paths });
        JsonElement items = JsonDocument.Parse(json).RootElement.GetProperty("items");
        items.EnumerateArray().Select(item => item.GetProperty("path").GetString()).ShouldBe(paths);
        items[0].GetProperty("bytes").GetInt64().ShouldBe(archive.Length);
        items[0].GetProperty("sha256").GetString().ShouldBe(Sha256Digest.Of(archive).ToString());
        (await _host.Client.GetByteArrayAsync(items[0].GetProperty("url").GetString())).ShouldBe(archive);
    }

    [Fact]
    public async Task A_link_is_made_to_whatever_files_answer_and_to_nothing_else()
    {
        ReleaseId id = GatewayHost.Release(GatewayHost.Registered);
        ReleaseId old = GatewayHost.Release(GatewayHost.Registered, "20231226");
        ReleaseId gone = GatewayHost.Release(GatewayHost.Registered, "20231219");
        string odd = "CN1/图 1、100%25#?.txt";
        foreach (ReleaseId release in (ReleaseId[])[gone, old, id])
        {
            await _host.PublishAsync(new SampleDelivery().With("CN1/CN1A.xml", "<a/>").With(odd, "odd name").With("CN1/empty", ""), release);
        }
        await _host.Of<Withdrawals>().WithdrawAsync(gone, "A court said so.", CancellationToken.None);
        await _host.Of<Archiving>().ApplyAsync(_host.Catalog.Current.Datasets[id.Dataset] with { Retention = new OpenData.Server.Catalog.Retention(1, null) }, CancellationToken.None);
        (await _host.Of<ReleaseQueries>().FindAsync(old, CancellationToken.None))!.State.ShouldBe(ReleaseState.Archived);
        (_, string key) = await _host.AccountAsync("anna");

        int made = 0;
        int refused = 0;
        foreach (ReleaseId release in (ReleaseId[])[id, old, gone, GatewayHost.Release(GatewayHost.Registered, revision: 2), GatewayHost.Release("CN-NO-SUCH")])
        {
            string archive = Uri.EscapeDataString(release.ArchiveName(1));
            string[] names =
            [
                "", archive, archive + ".meta4", archive + ".META4", archive + "/", archive + "/CN1/CN1A.xml", archive + "/CN1/CN1A.xml/", archive + "/CN1/empty", archive + "/CN1/none.xml", archive + "/CN1",
                archive + "/" + string.Join('/', odd.Split('/').Select(Uri.EscapeDataString)), "none.zip", "none.zip.meta4", "none.zip/CN1/CN1A.xml",
                release.EntriesName(1), release.EntriesName(1) + ".meta4", release.EntriesName(1) + "/CN1/CN1A.xml", release.FindingsName,
                "release.json", "RELEASE.JSON", "SHA256SUMS", "SHA256SUMS.sig", "SHA256SUMS.meta4", "release.meta4", "Release.Meta4", "datapackage.json", "croissant.json", "croissant.json/x",
                SmallFiles.Name, SmallFiles.WholeName, SmallFiles.WholeName + "/", "links.json", "..%2Frelease.json", "release.json%00",
            ];
            string dataset = $"/files/{release.Dataset}/";
            string edition = dataset + Uri.EscapeDataString(release.Edition) + "/";
            foreach (string path in names.SelectMany(name => (string[])[$"{edition}{release.RevisionName}/{name}", $"{dataset}latest/{name}"])
                .Concat([dataset, dataset[..^1], edition, edition + release.RevisionName, edition + "r0/" + archive, "/files/", dataset + "latest", dataset + "Latest/SHA256SUMS"]))
            {
                bool answers = await AnswersAsync(path, key);
                (HttpStatusCode status, string body) = await AskAsync(key, new { path });
                status.ShouldBe(answers ? HttpStatusCode.OK : HttpStatusCode.BadRequest, $"{path}: {body}");
                if (!answers && !path.EndsWith("%00", StringComparison.Ordinal))
                {
                    JsonDocument.Parse(body).RootElement.GetProperty("detail").GetString().ShouldBe($"'{path}' is no file of a release that can be had.");
                }
                _ = answers ? made++ : refused++;
            }
        }
        (made, refused).ShouldSatisfyAllConditions(() => made.ShouldBeGreaterThan(60), () => refused.ShouldBeGreaterThan(60));

        // And the link is as good as the key.
        string entry = GatewayHost.PathOf(id, id.ArchiveName(1)) + "/CN1/CN1A.xml";
        (await _host.Client.GetStringAsync(await LinkAsync(key, entry))).ShouldBe("<a/>");
    }

    [Fact]
    public async Task Every_document_that_the_server_makes_beside_the_files_of_a_release_can_be_linked()
    {
        await _host.PublishRandomAsync(1000);
        (_, string key) = await _host.AccountAsync("anna");
        string[] made =
        [
            .. _host.Of<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Select(endpoint => endpoint.RoutePattern.RawText!)
                .Where(pattern => pattern.StartsWith("/files/{dataset}/{edition}/{revision}/", StringComparison.Ordinal)).Select(pattern => pattern.Split('/')[5]).Where(name => !name.Contains('{', StringComparison.Ordinal)).Distinct(),
        ];
        made.Length.ShouldBeGreaterThan(4);
        foreach (string name in made)
        {
            (await AskAsync(key, new { path = GatewayHost.PathOf(GatewayHost.Release(), name) })).Status.ShouldBe(HttpStatusCode.OK, name);
        }
    }

    [Fact]
    public async Task Nobody_is_told_by_a_link_what_is_in_an_archive_that_they_may_not_have()
    {
        ReleaseId id = GatewayHost.Release(GatewayHost.Agreement);
        await _host.PublishAsync(new SampleDelivery().With("CN1/CN1A.xml", "<a/>"), id);
        (_, string key) = await _host.AccountAsync("anna");
        string archive = GatewayHost.PathOf(id, id.ArchiveName(1));
        foreach (string entry in (string[])["CN1/CN1A.xml", "CN1/none.xml"])
        {
            string link = await LinkAsync(key, $"{archive}/{entry}");
            (await _host.SendAsync(link)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        }
        (await AskAsync(key, new { path = archive.Replace("_001.zip", "_002.zip", StringComparison.Ordinal) })).Status.ShouldBe(HttpStatusCode.BadRequest, "files are listed for everybody");
    }

    [Theory]
    [InlineData("{}", "'paths'")]
    [InlineData("""{"path":"/files/A","dataset":"CN-PA-OPEN"}""", "one of")]
    [InlineData("""{"paths":[]}""", "1 to 10,000")]
    [InlineData("""{"paths":["/files/CN-PA-OPEN/20240102/r1/none"]}""", "no file of a release")]
    [InlineData("""{"path":"/files/CN-PA-OPEN/20240102/r1/none"}""", "no file of a release")]
    [InlineData("""{"paths":["/files/a%00b"]}""", "control character")]
    [InlineData("""{"path":"/files/CN-PA-OPEN/20240102/r1/x","from":"2024-01-01"}""", "go with 'dataset'")]
    [InlineData("""{"dataset":"CN-PA-OPEN","expires":"2020-01-01T00:00:00Z"}""", "'expires'")]
    public async Task What_cannot_be_asked_is_said(string request, string expected)
    {
        (_, string key) = await _host.AccountAsync("anna");
        (HttpStatusCode status, string body) = await AskAsync(key, JsonDocument.Parse(request));
        status.ShouldBe(HttpStatusCode.BadRequest);
        body.ShouldContain(System.Text.Encodings.Web.JavaScriptEncoder.Default.Encode(expected));
    }

    [Fact]
    public async Task Nobody_gets_links_to_what_they_may_not_have()
    {
        await _host.PublishRandomAsync(1000, GatewayHost.Release(GatewayHost.Agreement));
        (_, string key) = await _host.AccountAsync("anna");
        (await AskAsync(key, new { dataset = GatewayHost.Agreement })).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await AskAsync(key, new { paths = new[] { GatewayHost.PathOf(GatewayHost.Release(GatewayHost.Agreement), "SHA256SUMS") } })).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await AskAsync(key, new { dataset = "NONE" })).Status.ShouldBe(HttpStatusCode.NotFound);
        (await AskAsync(null, new { dataset = GatewayHost.Open })).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_begun_with_a_link_or_key_can_be_finished_after_it_expired_and_nothing_else(bool byLink)
    {
        ReleaseId release = GatewayHost.Release(GatewayHost.Registered);
        (string path, byte[] archive) = await _host.PublishRandomAsync(1_000_000, release);
        (string other, _) = await _host.PublishRandomAsync(1_000_000, GatewayHost.Release(GatewayHost.Registered, "20240109"), seed: 2);
        (Account account, _) = await _host.AccountAsync("anna");
        AccountStore store = _host.Of<AccountStore>();
        IssuedKey issued = (await store.AddKeyAsync("anna", "short", byLink ? null : _time.GetUtcNow().AddHours(1), "test", CancellationToken.None)).Value!;
        await _host.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        string? key = byLink ? null : issued.Reveal();
        string begun = byLink ? await LinkAsync(issued.Reveal(), path) : path;
        string unbegun = byLink ? await LinkAsync(issued.Reveal(), other) : other;

        // Begun in time, broken off.
        (await GetAsync(begun, key, 0, 300_000)).ShouldBe(archive[..300_000]);
        await Eventually.TrueAsync(async () => (await _host.JournalAsync()).Count == 1, "the journal has it");
        _time.Ahead = TimeSpan.FromHours(2);

        // Finished after the expiry; what was not begun is refused, and so is anything but files.
        (await GetAsync(begun, key, 300_000, archive.Length)).ShouldBe(archive[300_000..]);
        (await _host.SendAsync(unbegun, key)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await _host.SendAsync("/api/v1/me", key)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        // Delivered is delivered: what was lost may be had again, up to twice the file.
        await Eventually.TrueAsync(async () => (await _host.JournalAsync()).Sum(line => line.Sent) == archive.Length, "the journal has all of it");
        (await GetAsync(begun, key, 0, archive.Length)).ShouldBe(archive);
        await Eventually.TrueAsync(async () => (await _host.JournalAsync()).Sum(line => line.Sent) >= 2 * archive.Length, "the journal has it twice");
        (await _host.SendAsync(begun, key)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        account.Name.ShouldBe("anna");
    }

    [Fact]
    public async Task The_right_to_finish_ends_after_seven_days_and_at_once_when_the_key_is_revoked()
    {
        ReleaseId release = GatewayHost.Release(GatewayHost.Registered);
        (string path, _) = await _host.PublishRandomAsync(1_000_000, release);
        await _host.AccountAsync("anna");
        IssuedKey issued = (await _host.Of<AccountStore>().AddKeyAsync("anna", "short", _time.GetUtcNow().AddHours(1), "test", CancellationToken.None)).Value!;
        await _host.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        string longLink = await LinkAsync(issued.Reveal(), path, hours: 24);
        await GetAsync(path, issued.Reveal(), 0, 1000);
        await Eventually.TrueAsync(async () => (await _host.JournalAsync()).Count == 1, "the journal has it");

        _time.Ahead = TimeSpan.FromHours(23);
        (await GetAsync(longLink, null, 0, 1000)).Length.ShouldBe(1000, "a link outlives the key that it was made with");
        _time.Ahead = TimeSpan.FromDays(7);
        (await GetAsync(path, issued.Reveal(), 1000, 2000)).Length.ShouldBe(1000);
        _time.Ahead = TimeSpan.FromDays(7) + TimeSpan.FromHours(2);
        (await _host.SendAsync(path, issued.Reveal())).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        _time.Ahead = TimeSpan.FromDays(1);
        await _host.Of<AccountStore>().RevokeKeyAsync(issued.Id, null, "test", CancellationToken.None);
        await _host.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        (await _host.SendAsync(path, issued.Reveal())).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private async Task<string> LinkAsync(string key, string path, int hours = 1)
    {
        (_, string body) = await AskAsync(key, new { path, expires = _time.GetUtcNow().AddHours(hours) });
        return JsonDocument.Parse(body).RootElement.GetProperty("url").GetString()!;
    }

    /// <summary>Whether an address answers with something, or leads on to one that does.</summary>
    private async Task<bool> AnswersAsync(string path, string key)
    {
        using HttpResponseMessage response = await _host.SendAsync(path, key);
        return response.Headers.Location is { } onward
            ? await AnswersAsync(onward.OriginalString, key)
            : response.IsSuccessStatusCode;
    }

    private async Task<byte[]> GetAsync(string path, string? key, int from, int to)
    {
        using HttpResponseMessage response = await _host.SendAsync(path, key, "GET", ("Range", $"bytes={from}-{to - 1}"));
        response.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        return await response.Content.ReadAsByteArrayAsync();
    }

    private async Task<(HttpStatusCode Status, string Body)> AskAsync(string? key, object request, string? accept = null)
    {
        using HttpRequestMessage ask = new(HttpMethod.Post, "/api/v1/links") { Content = JsonContent.Create(request) };
        if (key is not null)
        {
            ask.Headers.Authorization = new("Bearer", key);
        }
        if (accept is not null)
        {
            ask.Headers.Accept.ParseAdd(accept);
        }
        using HttpResponseMessage response = await _host.Client.SendAsync(ask);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The clock of the machine, so much ahead.</summary>
    private sealed class MovableTime : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
    }
}

using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using OpenData.Format;
using OpenData.Server.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway;

public sealed class ApiTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Datasets_are_listed_filtered_and_paged()
    {
        await _host.PublishRandomAsync(10_000);
        Page<DatasetSummary> all = await GetAsync("/api/v1/datasets", FormatJson.Default.PageDatasetSummary);
        all.Items.Select(dataset => dataset.Code).ShouldBe([GatewayHost.Agreement, GatewayHost.Open, GatewayHost.Registered, GatewayHost.Restricted]);
        all.Next.ShouldBeNull();
        DatasetSummary open = all.Items[1];
        open.Releases.ShouldBe(1);
        open.Latest!.Path.ShouldBe("/files/CN-PA-OPEN/20240102/r1/");

        (await GetAsync("/api/v1/datasets?access=open", FormatJson.Default.PageDatasetSummary)).Items.Single().Code.ShouldBe(GatewayHost.Open);
        (await GetAsync("/api/v1/datasets?q=full+restricted", FormatJson.Default.PageDatasetSummary)).Items.Single().Code.ShouldBe(GatewayHost.Restricted);
        (await GetAsync("/api/v1/datasets?q=%E5%85%A8%E6%96%87&jurisdiction=US", FormatJson.Default.PageDatasetSummary)).Items.ShouldBeEmpty();
        (await GetAsync("/api/v1/datasets/" + GatewayHost.Open, FormatJson.Default.DatasetSummary)).Code.ShouldBe(GatewayHost.Open);

        List<string> walked = [];
        for (string? next = "/api/v1/datasets?limit=3&category=patent"; next is not null;)
        {
            Page<DatasetSummary> page = await GetAsync(next, FormatJson.Default.PageDatasetSummary);
            walked.AddRange(page.Items.Select(dataset => dataset.Code));
            next = page.Next;
        }
        walked.ShouldBe(all.Items.Select(dataset => dataset.Code));
    }

    [Fact]
    public async Task Releases_are_paged_by_day_and_their_manifest_is_the_stored_one()
    {
        for (int day = 1; day <= 5; day++)
        {
            await _host.PublishRandomAsync(1000, GatewayHost.Release(edition: string.Create(CultureInfo.InvariantCulture, $"2024010{day}")), seed: day);
        }
        List<string> walked = [];
        for (string? next = $"/api/v1/datasets/{GatewayHost.Open}/releases?limit=2&from=2024-01-02"; next is not null;)
        {
            Page<ReleaseSummary> page = await GetAsync(next, FormatJson.Default.PageReleaseSummary);
            walked.AddRange(page.Items.Select(release => release.Edition));
            next = page.Next;
        }
        walked.ShouldBe(["20240105", "20240104", "20240103", "20240102"]);
        (await GetAsync($"/api/v1/datasets/{GatewayHost.Open}/releases/20240103", FormatJson.Default.ReleaseSummary)).Revision.ShouldBe(1);

        byte[] manifest = await _host.Client.GetByteArrayAsync($"/api/v1/datasets/{GatewayHost.Open}/releases/20240103/r1");
        manifest.ShouldBe(await _host.Client.GetByteArrayAsync(GatewayHost.PathOf(GatewayHost.Release(edition: "20240103"), "release.json")));
        Manifest parsed = JsonSerializer.Deserialize(manifest, FormatJson.Default.Manifest)!;

        string hex = parsed.Archives[0].Sha256.ToString();
        (await _host.Client.GetStringAsync($"/api/v1/files/sha256/{hex}")).ShouldContain(parsed.Archives[0].Name);
        (await _host.ProblemAsync("/api/v1/files/sha256/" + new string('0', 64))).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("/api/v1/datasets?limit=0", "limit")]
    [InlineData("/api/v1/datasets?limit=1001", "limit")]
    [InlineData("/api/v1/datasets?limit=ten", "limit")]
    [InlineData("/api/v1/datasets?access=secret", "access")]
    [InlineData("/api/v1/datasets?q=a&q=b", "q")]
    [InlineData("/api/v1/datasets/CN-PA-OPEN/releases?from=2024-13-01", "from")]
    [InlineData("/api/v1/datasets/CN-PA-OPEN/releases?after=x", "after")]
    [InlineData("/api/v1/changes?after=-1", "after")]
    [InlineData("/api/v1/changes?wait=61", "wait")]
    [InlineData("/api/v1/files/sha256/abc", "hex")]
    public async Task A_wrong_parameter_is_named(string path, string parameter)
    {
        (HttpStatusCode status, Problem problem) = await _host.ProblemAsync(path);
        status.ShouldBe(HttpStatusCode.BadRequest);
        problem.Detail!.ShouldStartWith($"The parameter '{parameter}' is ");
    }

    [Fact]
    public async Task Changes_are_followed_page_by_page_and_a_long_poll_wakes_at_once()
    {
        await _host.PublishRandomAsync(1000);
        await _host.PublishRandomAsync(1000, GatewayHost.Release(edition: "20240109"), seed: 2);
        FeedPage first = await GetAsync("/api/v1/changes?limit=1", FormatJson.Default.FeedPage);
        first.Head.ShouldBe(1, "a full page tells of itself only");
        FeedPage second = await GetAsync(first.Next!, FormatJson.Default.FeedPage);
        second.Items.Single().Edition.ShouldBe("20240109");
        FeedPage last = await GetAsync(second.Next!, FormatJson.Default.FeedPage);
        last.Items.ShouldBeEmpty();
        last.Head.ShouldBe(2);
        last.Next.ShouldBeNull();

        Task<FeedPage> waiting = GetAsync("/api/v1/changes?after=2&wait=60", FormatJson.Default.FeedPage);
        (await GetAsync("/api/v1/changes?after=2&wait=1", FormatJson.Default.FeedPage)).Items.ShouldBeEmpty();
        waiting.IsCompleted.ShouldBeFalse();
        await _host.Of<Withdrawals>().WithdrawAsync(GatewayHost.Release(), "wrong", CancellationToken.None);
        FeedPage woken = await waiting.WaitAsync(TimeSpan.FromSeconds(20));
        woken.Items.Single().Type.ShouldBe(ChangeType.Withdrawn);
        await Eventually.TrueAsync(() => Task.FromResult(_host.Of<ChangeWatch>().Head == 3), "the watch has seen it");
    }

    [Fact]
    public async Task The_head_of_the_feed_is_signed_by_the_key_that_signs_releases()
    {
        await _host.PublishRandomAsync(1000);
        FeedHead head = await GetAsync("/api/v1/changes/head", FormatJson.Default.FeedHead);
        head.Serial.ShouldBe(1);
        using ECDsa key = ECDsa.Create();
        key.ImportFromPem(await _host.Client.GetStringAsync("/.well-known/opendata-signing-key.pem"));
        byte[] signed = FeedHead.SignedText(head.Serial, head.At, head.Expires);
        key.VerifyData(signed, head.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence).ShouldBeTrue();
        key.VerifyData(FeedHead.SignedText(2, head.At, head.Expires), head.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence).ShouldBeFalse();
    }

    [Fact]
    public async Task The_API_describes_itself()
    {
        string text = await _host.Client.GetStringAsync("/openapi/v1.json");
        using JsonDocument description = JsonDocument.Parse(text);
        JsonElement paths = description.RootElement.GetProperty("paths");
        foreach (string path in new[] { "/api/v1/datasets", "/api/v1/datasets/{code}/releases/{edition}/{revision}", "/api/v1/changes", "/api/v1/changes/head", "/api/v1/me/usage", "/api/v1/files/sha256/{hex}" })
        {
            paths.TryGetProperty(path, out _).ShouldBeTrue(path);
        }
        paths.GetProperty("/api/v1/changes").GetProperty("get").GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString()).ShouldBe(["after", "wait", "limit"]);
    }

    [Fact]
    public async Task What_answers_GET_answers_HEAD_with_the_same_fields()
    {
        await _host.PublishRandomAsync(1000);
        foreach (string path in new[] { "/api/v1/datasets", "/api/v1/datasets/CN-PA-OPEN/releases/20240102/r1", "/api/v1/changes?after=0&limit=1", "/api/v1/changes/head" })
        {
            using HttpResponseMessage get = await _host.SendAsync(path);
            using HttpResponseMessage head = await _host.SendAsync(path, method: "HEAD");
            head.StatusCode.ShouldBe(HttpStatusCode.OK, path);
            head.Headers.ETag.ShouldBe(get.Headers.ETag);
            head.Content.Headers.ContentType.ShouldBe(get.Content.Headers.ContentType);
            (await head.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        }
        using HttpResponseMessage stream = await _host.SendAsync("/api/v1/changes/stream", method: "HEAD");
        stream.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream", "and it ends");
        using JsonDocument description = JsonDocument.Parse(await _host.Client.GetStringAsync("/openapi/v1.json"));
        description.RootElement.GetProperty("paths").GetProperty("/api/v1/changes").EnumerateObject().Select(method => method.Name).ShouldBe(["get"]);
    }

    [Fact]
    public async Task What_was_published_since_a_day_is_listed_whatever_day_it_is_of()
    {
        await _host.PublishRandomAsync(1000);
        Release release = (await _host.Of<ReleaseQueries>().FindAsync(GatewayHost.Release(), CancellationToken.None))!;
        DateOnly day = DateOnly.FromDateTime(release.PublishedAt.UtcDateTime);
        (await CountAsync(day)).ShouldBe(1);
        (await CountAsync(day.AddDays(1))).ShouldBe(0);

        async Task<int> CountAsync(DateOnly since) =>
            (await GetAsync($"/api/v1/datasets/CN-PA-OPEN/releases?publishedSince={since:yyyy-MM-dd}", FormatJson.Default.PageReleaseSummary)).Items.Count;
    }

    [Fact]
    public async Task Days_in_the_wrong_order_are_a_mistake_and_not_an_empty_list()
    {
        (HttpStatusCode status, Problem problem) = await _host.ProblemAsync("/api/v1/datasets/CN-PA-OPEN/releases?from=2024-02-01&to=2024-01-01");
        status.ShouldBe(HttpStatusCode.BadRequest);
        problem.Detail!.ShouldContain("not before 'from'");
    }

    [Fact]
    public async Task Own_figures_need_an_account_and_other_methods_are_refused()
    {
        (await _host.ProblemAsync("/api/v1/me/usage")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await _host.ProblemAsync("/api/v1/me/bandwidth")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await _host.ProblemAsync("/api/v1/datasets", null, "DELETE")).Status.ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await _host.ProblemAsync("/files/CN-PA-OPEN/20240102/r1/release.json", null, "PUT")).Status.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    private async Task<T> GetAsync<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        using HttpResponseMessage response = await _host.SendAsync(path);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        return JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), type)!;
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Tests.Packaging;

namespace OpenData.Tests.Gateway;

/// <summary>Withdrawn bytes are at no address any more, on either lane.</summary>
public sealed class WithdrawalTests
{
    [Theory, InlineData(false), InlineData(true)]
    public async Task What_was_withdrawn_is_gone_at_every_address(bool fastLane)
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Gateway:FastLane", fastLane.ToString()));
        ReleaseId id = GatewayHost.Release();
        byte[] stored = new byte[5000];
        new Random(1).NextBytes(stored);
        Package package = await host.PublishAsync(new SampleDelivery().With("CN1/CN1A.xml", "<a/>").With("CN2/CN2A.bin", stored));
        await host.PublishAsync(new SampleDelivery().With("CN3/CN3A.xml", "<c/>"), GatewayHost.Release(edition: "20231226"));
        (_, string key) = await host.AccountAsync("anna");
        string archive = GatewayHost.PathOf(id, id.ArchiveName(1));
        string folder = $"/files/{id.Dataset}/{id.Edition}/r1/";
        using HttpRequestMessage ask = new(HttpMethod.Post, "/api/v1/links") { Content = JsonContent.Create(new { path = archive }) };
        ask.Headers.Authorization = new("Bearer", key);
        string link = (await (await host.Client.SendAsync(ask)).Content.ReadFromJsonAsync<JsonElement>()).GetProperty("url").GetString()!;
        (string Path, string Method, string? Range)[] addresses =
        [
            (archive, "GET", null), (archive, "HEAD", null), (archive, "GET", "bytes=10-19"), (archive, "GET", "bytes=0-0,-1"), (link, "GET", null),
            (archive + "/CN1/CN1A.xml", "GET", null), (archive + "/CN2/CN2A.bin", "GET", null), (archive + "/CN2/CN2A.bin", "GET", "bytes=5-9"),
            (archive + ".meta4", "GET", null), (folder + "release.meta4", "GET", null),
            (folder, "GET", null), ($"/files/{id.Dataset}/{id.Edition}/", "GET", null), (folder + id.EntriesName(1), "GET", null), (folder + id.FindingsName, "GET", null),
            (folder + "release.json", "GET", null), (folder + "small-files.cpio", "GET", null), (folder + "SHA256SUMS", "GET", null), (folder + "SHA256SUMS.sig", "GET", null),
            ($"/api/v1/datasets/{id.Dataset}/releases/{id.Edition}", "GET", null), ($"/api/v1/datasets/{id.Dataset}/releases/{id.Edition}/r1", "GET", null),
        ];
        foreach ((string path, string method, string? range) in addresses)
        {
            using HttpResponseMessage before = await SendAsync(host, path, method, range);
            before.IsSuccessStatusCode.ShouldBeTrue($"{method} {path} {range}: {before.StatusCode}");
        }
        (await host.SendAsync($"/files/{id.Dataset}/latest/")).Headers.Location!.OriginalString.ShouldBe(folder);

        await host.Of<Withdrawals>().WithdrawAsync(id, "A court said so.", CancellationToken.None);

        foreach ((string path, string method, string? range) in addresses)
        {
            using HttpResponseMessage after = await SendAsync(host, path, method, range);
            after.StatusCode.ShouldBe(HttpStatusCode.Gone, $"{method} {path} {range}");
            if (method == "GET")
            {
                Problem problem = JsonSerializer.Deserialize(await after.Content.ReadAsStringAsync(), FormatJson.Default.Problem)!;
                problem.Detail.ShouldNotBeNull().ShouldContain("A court said so.");
                problem.Detail.ShouldContain($"was withdrawn on {TimeProvider.System.GetUtcNow():yyyy-MM-dd}");
            }
        }
        (await host.SendAsync($"/files/{id.Dataset}/latest/")).Headers.Location!.OriginalString.ShouldBe($"/files/{id.Dataset}/20231226/r1/");
        JsonElement known = await host.Client.GetFromJsonAsync<JsonElement>($"/api/v1/files/sha256/{package.Archives[0].Manifest.Sha256}");
        known.GetProperty("items")[0].GetProperty("state").GetString().ShouldBe("withdrawn");
        known.GetProperty("items")[0].TryGetProperty("path", out _).ShouldBeFalse();
        Page<ReleaseSummary> listed = (await host.Client.GetFromJsonAsync($"/api/v1/datasets/{id.Dataset}/releases", FormatJson.Default.PageReleaseSummary))!;
        (listed.Items[0].State, listed.Items[0].Reason, listed.Items[0].WithdrawnAt is null).ShouldBe(("withdrawn", "A court said so.", false));
        (await host.Client.GetStringAsync($"/files/{id.Dataset}/")).ShouldNotContain(id.Edition);
    }

    private static Task<HttpResponseMessage> SendAsync(GatewayHost host, string path, string method, string? range) =>
        range is null ? host.SendAsync(path, method: method) : host.SendAsync(path, method: method, fields: ("Range", range));
}

/// <summary>What is beyond the retention is listed, and told apart from what was taken away.</summary>
public sealed class ArchivedReleaseTests
{
    [Fact]
    public async Task An_archived_release_answers_410_and_its_manifest_stays()
    {
        await using GatewayHost host = await GatewayHost.StartAsync();
        ReleaseId id = GatewayHost.Release(edition: "20231226");
        await host.PublishAsync(new SampleDelivery().With("CN1A.xml", "<a/>"), id);
        await host.PublishAsync(new SampleDelivery().With("CN2A.xml", "<b/>"));
        await host.Of<Archiving>().ApplyAsync(host.Catalog.Current.Datasets[id.Dataset] with { Retention = new Server.Catalog.Retention(1, null) }, CancellationToken.None);

        foreach (string path in (string[])[id.ArchiveName(1), id.ArchiveName(1) + "/CN1A.xml", id.ArchiveName(1) + ".meta4", "release.meta4", "SHA256SUMS", ""])
        {
            (HttpStatusCode status, Problem problem) = await host.ProblemAsync($"/files/{id}/{path}");
            (status, problem.Type).ShouldBe((HttpStatusCode.Gone, "/problems/archived"), path);
        }
        (await host.Client.GetFromJsonAsync($"/api/v1/datasets/{id.Dataset}/releases/{id.Edition}", FormatJson.Default.ReleaseSummary))!.State.ShouldBe("archived");
        (await host.Client.GetFromJsonAsync($"/api/v1/datasets/{id.Dataset}/releases/{id.Edition}/r1", FormatJson.Default.Manifest))!.Entries.ShouldBe(1);
        (await host.Client.GetStringAsync($"/files/{id.Dataset}/")).ShouldNotContain(id.Edition);
    }
}

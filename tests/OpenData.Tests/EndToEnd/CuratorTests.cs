using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd;

/// <summary>What a curator sees and decides, over the real server.</summary>
public sealed class CuratorTests
{
    private const string Dataset = "CN-IC-REGS"; // open, so that anybody sees what becomes of it

    [Theory, OnSqlite, OnPostgres]
    public async Task An_edition_that_looks_wrong_waits_for_a_curator_is_published_by_hand_and_can_be_withdrawn(DatabaseKind kind)
    {
        using TemporaryFolder folder = new();
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        Dictionary<string, string> settings = new(database.Settings) { ["OpenData__DataFolder"] = folder["data"] };
        Deliver(folder["data/deliveries"], "20240102", [("BS.1.xml", "<a/>")], "CN,BS.1,,20240102\nCN,BS.2,,20240102\n");
        Deliver(folder["data/deliveries"], "20240109", [("BS.3.xml", "<a/>"), ("evil\\..\\BS.4.xml", "<a/>")], null);
        string admin = await ServerKeys.AddAsync(database.Sql, "curator", null, Role.Admin);
        string other = await ServerKeys.AddAsync(database.Sql, "reader", null);
        await using ServerProcess server = ServerProcess.Start(settings, "serve", "--urls", "{url}");
        await server.ReadyAsync();
        using HttpClient client = new() { BaseAddress = new Uri(server.Url) };

        // Held, each with its reason, and nobody can see them.
        JsonElement[] held = [];
        await Eventually.TrueAsync(
            async () => (held = [.. (await GetAsync(client, admin, $"/api/v1/admin/editions?dataset={Dataset}&state=held")).GetProperty("items").EnumerateArray()]).Length == 2,
            "both editions are held");
        held[0].GetProperty("reason").GetString().ShouldNotBeNull().ShouldContain("1 of the 2 documents");
        held[0].GetProperty("findings").ToString().ShouldContain("BS.2");
        held[1].GetProperty("reason").GetString().ShouldNotBeNull().ShouldContain("evil\\..\\BS.4.xml");
        (await client.GetAsync($"/files/{Dataset}/20240102/r1/release.json")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await client.GetAsync("/api/v1/admin/editions")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await SendAsync(client, other, HttpMethod.Get, "/api/v1/admin/editions")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await SendAsync(client, other, HttpMethod.Post, $"/api/v1/admin/editions/{Dataset}/20240102/publish")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        // What was packaged can be published as it is; what was not, cannot.
        (await SendAsync(client, admin, HttpMethod.Post, $"/api/v1/admin/editions/{Dataset}/20240109/publish")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await SendAsync(client, admin, HttpMethod.Post, $"/api/v1/admin/editions/{Dataset}/20240109/reject", """{"reason":"ask for it again"}""")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await SendAsync(client, admin, HttpMethod.Post, $"/api/v1/admin/editions/{Dataset}/20240102/publish")).StatusCode.ShouldBe(HttpStatusCode.OK);
        Manifest manifest = (await client.GetFromJsonAsync($"/files/{Dataset}/20240102/r1/release.json", FormatJson.Default.Manifest))!;
        manifest.Authority!.Missing.ShouldHaveSingleItem().ShouldContain("BS.2");
        string archive = $"/files/{Dataset}/20240102/r1/{manifest.Archives[0].Name}";
        Sha256Digest.Of(await client.GetByteArrayAsync(archive)).ShouldBe(manifest.Archives[0].Sha256);

        // Withdrawn, it leaves its reason behind, at the file and in the feed.
        (await SendAsync(client, admin, HttpMethod.Post, $"/api/v1/admin/releases/{Dataset}/20240102/r1/withdraw", "{}")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await SendAsync(client, admin, HttpMethod.Post, $"/api/v1/admin/releases/{Dataset}/20240102/r1/withdraw", """{"reason":"a court said so"}""")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await Eventually.TrueAsync(async () => (await client.GetAsync(archive)).StatusCode == HttpStatusCode.Gone, "the archive is gone");
        (await (await client.GetAsync(archive)).Content.ReadAsStringAsync()).ShouldContain("a court said so");
        FeedPage feed = (await client.GetFromJsonAsync("/api/v1/changes", FormatJson.Default.FeedPage))!;
        feed.Items.Select(c => c.Type).ShouldBe([ChangeType.Published, ChangeType.Withdrawn]);
        feed.Items[1].Reason.ShouldBe("a court said so");
        (await GetAsync(client, admin, $"/api/v1/admin/runs?dataset={Dataset}")).GetProperty("items").GetArrayLength().ShouldBe(2);

        // What arrives between two firings is taken up when the curator asks for it.
        Deliver(folder["data/deliveries"], "20240116", [("BS.5.xml", "<a/>")], null);
        (await SendAsync(client, admin, HttpMethod.Post, "/api/v1/admin/datasets/NO-SUCH/run")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await SendAsync(client, admin, HttpMethod.Post, $"/api/v1/admin/datasets/{Dataset}/run")).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await Eventually.TrueAsync(async () => (await client.GetAsync($"/files/{Dataset}/20240116/r1/release.json")).IsSuccessStatusCode, "the new edition is published");
    }

    private static void Deliver(string root, string edition, (string Name, string Text)[] files, string? authority)
    {
        string folder = Path.Combine(root, "CN", Dataset, edition);
        Directory.CreateDirectory(folder);
        foreach ((string name, string text) in files)
        {
            File.WriteAllText(Path.Combine(folder, name), text);
        }
        if (authority is not null)
        {
            File.WriteAllText(Path.Combine(folder, "AUTHORITY.csv"), authority);
        }
        File.WriteAllText(Path.Combine(folder, "READY"), "");
    }

    private static async Task<JsonElement> GetAsync(HttpClient client, string key, string path)
    {
        HttpResponseMessage response = await SendAsync(client, key, HttpMethod.Get, path);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string key, HttpMethod method, string path, string? body = null)
    {
        HttpRequestMessage request = new(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }
        return client.SendAsync(request);
    }
}

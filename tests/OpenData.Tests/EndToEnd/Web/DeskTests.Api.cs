using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpenData.Server.Accounts;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd.Web;

// The same for programs, with the keys of those who may.
public abstract partial class DeskTests
{
    /// <summary>Whose an address of the API is, beyond an admin's; the first that it begins with counts.</summary>
    private static readonly (string Begins, string Owner)[] s_owners =
    [
        ("/api/v1/admin/webhooks", "nobody else's"), // they have secrets: an auditor does not see them either
        ("/api/v1/admin/accounts/{id}/roles", Role.Admin),
        ("/api/v1/admin/accounts", Role.AccountOfficer),
        ("/api/v1/admin/keys", Role.AccountOfficer),
        ("/api/v1/admin/tiers", Role.AccountOfficer),
        ("/api/v1/admin/signing-keys", Role.Admin),
        ("/api/v1/admin/audit", Role.Auditor),
        ("/api/v1/admin", Role.Curator),
    ];

    [ContractFact]
    public async Task Every_verb_of_the_api_is_refused_to_whom_it_is_not_for()
    {
        string[] roles = [Role.Curator, Role.AccountOfficer, Role.Auditor];
        Dictionary<string, string> keys = [];
        foreach (string role in roles)
        {
            keys[role] = await KeyAsync($"api {role}", role);
        }
        keys["nothing"] = await KeyAsync("api nothing");
        string downloads = await KeyAsync("api downloads", KeyScope.TryParse("downloads", out KeyScope scope) is null ? scope : throw new InvalidOperationException(), Role.Admin);

        (string Method, string Path)[] verbs =
        [
            .. site.Of<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api/v1/admin", StringComparison.Ordinal))
                .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods, (endpoint, method) => (method, endpoint.RoutePattern.RawText!)),
        ];
        verbs.Length.ShouldBeGreaterThan(35);
        JsonElement described = (await site.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json")).GetProperty("paths");
        foreach ((string method, string path) in verbs)
        {
            (described.TryGetProperty(path.TrimEnd('/'), out JsonElement one) && one.TryGetProperty(method.ToLowerInvariant(), out JsonElement verb) && verb.TryGetProperty("summary", out _)).ShouldBeTrue($"{method} {path} is described");
            string owner = s_owners.First(pair => path.StartsWith(pair.Begins, StringComparison.Ordinal)).Owner;
            string address = System.Text.RegularExpressions.Regex.Replace(path, @"\{\w+\}", "nobody", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
            bool looks = method == "GET";
            foreach ((string role, string key) in keys)
            {
                using HttpResponseMessage answer = await CallAsync(method, address, key, looks ? null : new { });
                bool may = role == owner || (looks && role == Role.Auditor && owner != "nobody else's");
                (answer.StatusCode is HttpStatusCode.Forbidden).ShouldBe(!may, $"{method} {path} for {role}: {answer.StatusCode}");
                (looks || !answer.IsSuccessStatusCode).ShouldBeTrue($"{method} {path} does nothing to nobody");
            }
            (await CallAsync(method, address, downloads, looks ? null : new { })).StatusCode.ShouldBe(HttpStatusCode.Forbidden, $"{method} {path} with a key for downloads");
            (await CallAsync(method, address, null, looks ? null : new { })).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, $"{method} {path} without a key");
        }
    }

    [ContractFact]
    public async Task A_program_of_a_curator_steers_runs_pauses_waits_and_orders_back_files()
    {
        string edition = await HeldAsync("20261208");
        string key = await KeyAsync("curating program", Role.Curator);
        const string Admin = "/api/v1/admin";

        // A held edition is put off, and taken up again.
        string wait = $"{Admin}/editions/{Site.Registered}/{edition}/wait";
        await RefusedAsync(wait, key, new { reason = "x", until = "2001-01-01" }, HttpStatusCode.BadRequest, "'until'");
        await RefusedAsync(wait, key, new { until = "2001-01-01T00:00" }, HttpStatusCode.BadRequest, "'until'");
        await RefusedAsync(wait, key, new { }, HttpStatusCode.BadRequest, "'reason'");
        await RefusedAsync($"{Admin}/editions/{Site.Registered}/19990101/wait", key, new { reason = "x" }, HttpStatusCode.NotFound, "not held");
        DateOnly later = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(9);
        (await CallAsync("POST", wait, key, new { reason = "asked the office", until = later })).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await site.Of<EditionStates>().FindAsync(Site.Registered, edition, default)).ShouldNotBeNull().WaitUntil.ShouldBe(later);
        (await CallAsync("POST", wait, key, new { reason = "they answered" })).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await site.Of<EditionStates>().FindAsync(Site.Registered, edition, default)).ShouldNotBeNull().WaitUntil.ShouldBeNull();

        // A run is looked at, ended, and its edition taken up again.
        RunHistory history = site.Of<RunHistory>();
        string run = await history.BeginAsync("CN-PA-BIBS-10-B", "20261120", default);
        JsonElement detail = await (await CallAsync("GET", $"{Admin}/runs/{run}", key)).Content.ReadFromJsonAsync<JsonElement>();
        detail.GetProperty("run").GetProperty("state").GetString().ShouldBe("running");
        await RefusedAsync($"{Admin}/runs/{run}/cancel", key, new { reason = new string('x', 1001) }, HttpStatusCode.BadRequest, "'reason'");
        (await CallAsync("POST", $"{Admin}/runs/{run}/cancel", key, new { reason = "the wrong delivery" })).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        OpenData.Server.Packaging.PackagingProgress progress = new();
        (await history.UpdateAsync(run, progress, default)).ShouldBe("the wrong delivery", "whoever runs it is told");
        await history.EndAsync(run, "cancelled", "a test", progress);
        await RefusedAsync($"{Admin}/runs/{run}/cancel", key, new { reason = "once more" }, HttpStatusCode.Conflict, "cancelled");
        await RefusedAsync($"{Admin}/runs/nothing/cancel", key, new { reason = "x" }, HttpStatusCode.NotFound, "no run 'nothing'");
        Run held = (await history.ListAsync(Site.Registered, "held", null, 100, default)).First(one => one.Edition == edition);
        (await CallAsync("POST", $"{Admin}/runs/{held.Id}/again", key, new { })).StatusCode.ShouldBe(HttpStatusCode.Accepted);

        // A dataset pauses.
        const string Paused = "CN-IC-BIBS";
        string dataset = site.Of<OpenData.Server.Catalog.ICurrentCatalog>().Current.Datasets.ContainsKey(Paused) ? Paused : Site.Large;
        await RefusedAsync($"{Admin}/datasets/NO-SUCH/pause", key, new { reason = "x" }, HttpStatusCode.NotFound, "");
        (await CallAsync("POST", $"{Admin}/datasets/{dataset}/pause", key, new { reason = "the office moves" })).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await RefusedAsync($"{Admin}/datasets/{dataset}/pause", key, new { reason = "again" }, HttpStatusCode.Conflict, "paused already");
        (await (await CallAsync("GET", $"{Admin}/pauses", key)).Content.ReadAsStringAsync()).ShouldContain("the office moves");
        (await CallAsync("POST", $"{Admin}/datasets/{dataset}/resume", key)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await RefusedAsync($"{Admin}/datasets/{dataset}/resume", key, null, HttpStatusCode.NotFound, "paused");

        // Back files: what would be packaged first, then the order.
        site.Deliver(Site.Agreement, "19990105", ("US.1.xml", "<a/>"));
        object days = new { dataset = Site.Agreement, from = "1999-01-01", to = "1999-12-31" };
        JsonElement plan = await (await CallAsync("POST", $"{Admin}/back-files", key, new { dataset = Site.Agreement, from = "1999-01-01", to = "1999-12-31", dryRun = true })).Content.ReadFromJsonAsync<JsonElement>();
        plan.GetProperty("editions")[0].GetProperty("edition").GetString().ShouldBe("19990105");
        await RefusedAsync($"{Admin}/back-files", key, new { dataset = "'; DROP TABLE runs", from = "1999-01-01", to = "1999-12-31" }, HttpStatusCode.BadRequest, "'dataset'");
        await RefusedAsync($"{Admin}/back-files", key, new { dataset = Site.Agreement, from = "1999-13-01", to = "1999-12-31" }, HttpStatusCode.BadRequest, "'from'");
        await RefusedAsync($"{Admin}/back-files", key, new { dataset = Site.Agreement, from = "1999-12-31", to = "1999-01-01" }, HttpStatusCode.BadRequest, "'to'");
        HttpResponseMessage ordered = await CallAsync("POST", $"{Admin}/back-files", key, days);
        ordered.StatusCode.ShouldBe(HttpStatusCode.Created);
        string order = (await ordered.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("order").GetString()!;
        await RefusedAsync($"{Admin}/back-files", key, days, HttpStatusCode.Conflict, "not done yet");
        (await CallAsync("POST", $"{Admin}/back-files/{order}/cancel", key)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await RefusedAsync($"{Admin}/back-files/{order}/cancel", key, null, HttpStatusCode.NotFound, "No such order");

        // All of it is in the trail, for an auditor's program too.
        string auditor = await KeyAsync("auditing program", Role.Auditor);
        JsonElement trail = await (await CallAsync("GET", $"{Admin}/audit?who=curating+program&limit=3", auditor)).Content.ReadFromJsonAsync<JsonElement>();
        trail.GetProperty("items")[0].GetProperty("action").GetString().ShouldBe("back-files.cancel");
        JsonElement next = await (await CallAsync("GET", trail.GetProperty("next").GetString()!, auditor)).Content.ReadFromJsonAsync<JsonElement>();
        next.GetProperty("items").GetArrayLength().ShouldBe(3);
        string csv = await (await CallAsync("GET", $"{Admin}/audit.csv?who=curating+program", auditor)).Content.ReadAsStringAsync();
        foreach (string act in (string[])["edition.wait", "run.cancel", "edition.again", "dataset.pause", "dataset.resume", "back-files.order"])
        {
            csv.ShouldContain($"curating program,{act},");
        }
        await RefusedAsync($"{Admin}/audit?from=yesterday", auditor, null, HttpStatusCode.BadRequest, "'from'", "GET");
    }

    [ContractFact]
    public async Task A_program_of_an_officer_lets_in_gives_keys_and_takes_them_back()
    {
        string key = await KeyAsync("officer's program", Role.AccountOfficer);
        string admin = await KeyAsync("admin's program", Role.Admin);
        Account curator = await site.AddAsync("a curator whom no officer may touch", Role.Curator);
        const string Accounts = "/api/v1/admin/accounts";
        (await site.Of<AccountStore>().RegisterAsync(new Registration("waiting company", "某公司", "张三", "We build a search engine for patents.", null, "CN"), "hash", default)).Done.ShouldBeTrue();

        JsonElement waiting = await (await CallAsync("GET", $"{Accounts}/waiting", key)).Content.ReadFromJsonAsync<JsonElement>();
        JsonElement applicant = waiting.GetProperty("items").EnumerateArray().Single(one => one.GetProperty("account").GetProperty("name").GetString() == "waiting company");
        applicant.GetProperty("purpose").GetString().ShouldBe("We build a search engine for patents.");
        string id = applicant.GetProperty("account").GetProperty("id").GetString()!;
        await RefusedAsync($"{Accounts}/{id}/refuse", key, new { reason = "" }, HttpStatusCode.BadRequest, "'reason'");
        await RefusedAsync($"{Accounts}/{id}/approve", key, new { tier = "no such tier" }, HttpStatusCode.BadRequest, "'tier'");
        (await CallAsync("POST", $"{Accounts}/{id}/approve", key, new { tier = "partner" })).StatusCode.ShouldBe(HttpStatusCode.OK);
        await RefusedAsync($"{Accounts}/{id}/approve", key, new { tier = "partner" }, HttpStatusCode.BadRequest, "does not wait");

        // An account of its own making, a key for it, and both taken back.
        HttpResponseMessage made = await CallAsync("POST", Accounts, key, new { name = "made by a program", organization = "<b>Institute</b>" });
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        string own = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        await RefusedAsync(Accounts, key, new { name = "made by a program" }, HttpStatusCode.Conflict, "already");
        await RefusedAsync(Accounts, key, new { name = "" }, HttpStatusCode.BadRequest, "name");
        await RefusedAsync($"{Accounts}/{own}/keys", key, new { name = "k", scope = "downloads desk" }, HttpStatusCode.BadRequest, "'scope'");
        await RefusedAsync($"{Accounts}/{own}/keys", key, new { name = "k", scope = "downloads XX-NOTHING-*" }, HttpStatusCode.BadRequest, "XX-NOTHING-*");
        await RefusedAsync($"{Accounts}/{own}/keys", key, new { name = "k", expiresAt = "2001-01-01T00:00:00Z" }, HttpStatusCode.BadRequest, "expired");
        HttpResponseMessage issued = await CallAsync("POST", $"{Accounts}/{own}/keys", key, new { name = "mirror", scope = "downloads CN-*" });
        issued.StatusCode.ShouldBe(HttpStatusCode.Created);
        JsonElement secret = await issued.Content.ReadFromJsonAsync<JsonElement>();
        string theirs = secret.GetProperty("key").GetString()!;
        (await CallAsync("GET", "/api/v1/me", theirs)).StatusCode.ShouldBe(HttpStatusCode.OK, "at once");
        string listed = await (await CallAsync("GET", $"{Accounts}/{own}/keys", key)).Content.ReadAsStringAsync();
        listed.ShouldContain("downloads CN-*");
        listed.ShouldNotContain(theirs[^64..]);
        (await CallAsync("POST", $"/api/v1/admin/keys/{secret.GetProperty("id").GetString()}/revoke", key)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await CallAsync("GET", "/api/v1/me", theirs)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        await RefusedAsync("/api/v1/admin/keys/0123456789abcdef/revoke", key, null, HttpStatusCode.NotFound, "no key");
        (await CallAsync("POST", $"{Accounts}/{own}/suspend", key, new { reason = "a test" })).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await CallAsync("POST", $"{Accounts}/{own}/activate", key)).StatusCode.ShouldBe(HttpStatusCode.OK);
        string found = await (await CallAsync("GET", $"{Accounts}?q=made+by&state=active", key)).Content.ReadAsStringAsync();
        found.ShouldContain("\\u003Cb\\u003EInstitute");
        await RefusedAsync($"{Accounts}?state=asleep", key, null, HttpStatusCode.BadRequest, "'state'", "GET");

        // Who has a role is an admin's; roles are given by admins, and nobody helps themselves.
        await RefusedAsync($"{Accounts}/{curator.Id}/suspend", key, new { reason = "because" }, HttpStatusCode.Forbidden, "accounts with one are an admin's");
        await RefusedAsync($"{Accounts}/{curator.Id}/keys", admin, new { name = "k" }, HttpStatusCode.Forbidden, "without a role");
        await RefusedAsync($"{Accounts}/{own}/roles", admin, new { roles = new[] { "king" } }, HttpStatusCode.BadRequest, "'roles'");
        (await CallAsync("POST", $"{Accounts}/{own}/roles", admin, new { roles = new[] { Role.Curator } })).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await site.Of<AccountStore>().FindAsync(own, default)).Value!.Roles.ShouldBe([Role.Curator]);
        string self = (await (await CallAsync("GET", "/api/v1/me", admin)).Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        await RefusedAsync($"{Accounts}/{self}/roles", admin, new { roles = Array.Empty<string>() }, HttpStatusCode.Forbidden, "nobody's own");
    }

    private Task<string> KeyAsync(string name, params string[] roles) => KeyAsync(name, KeyScope.All, roles);

    private async Task<string> KeyAsync(string name, KeyScope scope, params string[] roles)
    {
        AccountStore store = site.Of<AccountStore>();
        (await store.AddAsync(name, null, null, AccountState.Active, roles, "test", default)).Done.ShouldBeTrue();
        string key = (await store.AddKeyAsync(name, "key", null, scope, "test", default)).Value.ShouldNotBeNull().Reveal();
        await site.Of<CurrentAccounts>().RefreshAsync(default);
        return key;
    }

    private async Task<HttpResponseMessage> CallAsync(string method, string path, string? key, object? body = null)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return await site.Client.SendAsync(request);
    }

    private async Task RefusedAsync(string path, string key, object? body, HttpStatusCode status, string detail, string method = "POST")
    {
        using HttpResponseMessage answer = await CallAsync(method, path, key, body);
        string text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(status, $"{path}: {text}");
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        JsonDocument.Parse(text).RootElement.GetProperty("detail").GetString()!.ShouldContain(detail);
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Api;
using OpenData.Server.Releases;

namespace OpenData.Tests.Accounts;

/// <summary>The room behind a real Kestrel.</summary>
public sealed class AccountEndpointsTests
{
    private const string File = "/files/CN-PA-OPEN-10-A/2026-01-02/r1/CN%20%E4%B8%80.xml";

    [Fact]
    public async Task An_account_sees_its_tier_and_its_terms()
    {
        await using Site site = await Site.OpenAsync();
        site.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", site.Key.Reveal());

        JsonElement me = await site.Client.GetFromJsonAsync<JsonElement>("/api/v1/me");

        me.GetProperty("name").GetString().ShouldBe("anna");
        me.GetProperty("tier").GetProperty("id").GetString().ShouldBe("registered");
        me.GetProperty("tier").GetProperty("bytesPerSecond").GetInt64().ShouldBe(3_750_000);
        me.GetProperty("tier").GetProperty("streams").GetInt32().ShouldBe(8);
        me.GetProperty("terms")[0].GetProperty("accepted").ValueKind.ShouldBe(JsonValueKind.Null);
        me.GetRawText().ShouldNotContain("secret", Case.Insensitive);
    }

    [Fact]
    public async Task Accepted_terms_hold_for_the_very_next_request()
    {
        await using Site site = await Site.OpenAsync();
        site.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", site.Key.Reveal());

        JsonElement accepted = await (await site.Client.PostAsync("/api/v1/me/terms/basic-data", null)).Content.ReadFromJsonAsync<JsonElement>();
        JsonElement me = await site.Client.GetFromJsonAsync<JsonElement>("/api/v1/me");
        using HttpResponseMessage unknown = await site.Client.PostAsync("/api/v1/me/terms/gone", null);

        accepted.GetProperty("terms")[0].GetProperty("accepted").GetInt32().ShouldBe(2);
        me.GetProperty("terms")[0].GetProperty("accepted").GetInt32().ShouldBe(2);
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await ProblemOf(unknown)).GetProperty("detail").GetString().ShouldNotBeNull().ShouldContain("basic-data");
    }

    [Fact]
    public async Task A_link_works_in_a_client_that_has_no_key_for_that_file_only()
    {
        await using Site site = await Site.OpenAsync();
        using HttpRequestMessage ask = new(HttpMethod.Post, "/api/v1/links") { Content = JsonContent.Create(new { path = File }) };
        ask.Headers.Authorization = new AuthenticationHeaderValue("Bearer", site.Key.Reveal());
        JsonElement link = await (await site.Client.SendAsync(ask)).Content.ReadFromJsonAsync<JsonElement>();
        string url = link.GetProperty("url").GetString()!;

        url.ShouldStartWith($"https://data.example{File}?kid={site.Key.Id}&exp=");
        (link.GetProperty("expires").GetDateTimeOffset() - site.Room.Time.GetUtcNow()).ShouldBe(TimeSpan.FromDays(7));
        string local = url["https://data.example".Length..];
        (await site.Client.GetStringAsync(local)).ShouldBe($"anna {site.Key.Id}");
        (await site.Client.GetStringAsync(local.Replace("%E4%B8%80", "%e4%b8%80", StringComparison.Ordinal))).ShouldBe($"anna {site.Key.Id}");
        using HttpResponseMessage other = await site.Client.GetAsync(local.Replace("/r1/", "/r2/", StringComparison.Ordinal));
        other.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await ProblemOf(other)).GetProperty("type").GetString().ShouldBe("/problems/invalid-link");
    }

    [Theory]
    [InlineData("""{"path":"/api/v1/me"}""")]
    [InlineData("""{"path":"/files/../api/v1/me"}""")]
    [InlineData("""{"path":"/files/%2e%2e/api/v1/me"}""")]
    [InlineData("""{"path":"/files/a?b"}""")]
    [InlineData("""{"path":"/files//a"}""")]
    [InlineData("""{"path":"/files/a%0Ab"}""")]
    [InlineData("""{"path":"/files/a%00b"}""")]
    [InlineData("""{"path":"https://elsewhere.example/files/a"}""")]
    [InlineData("""{}""")]
    [InlineData("""{"path":"/files/a","expires":"2026-01-09T03:04:06Z"}""")]
    [InlineData("""{"path":"/files/a","expires":"2026-01-02T03:04:05Z"}""")]
    public async Task A_link_that_cannot_be_is_refused_with_a_reason(string request)
    {
        await using Site site = await Site.OpenAsync();
        site.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", site.Key.Reveal());
        using HttpResponseMessage response = await site.Client.PostAsync("/api/v1/links", new StringContent(request, Encoding.UTF8, "application/json"));
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await ProblemOf(response)).GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Without_a_key_and_with_a_wrong_one_one_is_asked_for_it_before_the_body_is_read()
    {
        await using Site site = await Site.OpenAsync();
        foreach (string? key in (string?[])[null, ApiKey.Create().Reveal()])
        {
            using HttpRequestMessage ask = new(HttpMethod.Post, "/api/v1/links") { Content = new StringContent("no json", Encoding.UTF8, "application/json") };
            ask.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
            using HttpResponseMessage response = await site.Client.SendAsync(ask);

            response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            response.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme).ShouldBe(["Bearer", "Basic"]);
            response.Headers.CacheControl!.NoStore.ShouldBeTrue();
            (await ProblemOf(response)).GetProperty("type").GetString().ShouldBe(key is null ? "/problems/account-needed" : "/problems/invalid-key");
        }
    }

    [Fact]
    public async Task Too_many_failures_are_told_when_to_come_back()
    {
        await using Site site = await Site.OpenAsync();
        site.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "guess");
        for (int i = 0; i < 20; i++)
        {
            (await site.Client.GetAsync("/api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }
        using HttpResponseMessage response = await site.Client.GetAsync("/api/v1/me");
        response.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        response.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Curators_places_are_for_curators()
    {
        await using Site site = await Site.OpenAsync();
        site.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", site.Key.Reveal());
        (await site.Client.GetAsync("/admin-only")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        await site.Room.Store.SetRolesAsync("anna", [Role.Admin], "test", CancellationToken.None);
        await site.Accounts.RefreshAsync(CancellationToken.None);
        (await site.Client.GetStringAsync("/admin-only")).ShouldBe("anna");
    }

    [Fact]
    public async Task A_session_may_look_and_may_change_something_only_from_the_sites_own_pages()
    {
        await using Site site = await Site.OpenAsync();
        async Task<HttpStatusCode> Send(HttpMethod method, string path, string? fetchSite)
        {
            using HttpRequestMessage request = new(method, path);
            request.Headers.Add("X-Test-Session", site.Anna.Id);
            if (fetchSite is not null)
            {
                request.Headers.Add("Sec-Fetch-Site", fetchSite);
            }
            return (await site.Client.SendAsync(request)).StatusCode;
        }

        (await Send(HttpMethod.Get, "/api/v1/me", null)).ShouldBe(HttpStatusCode.OK);
        (await Send(HttpMethod.Post, "/api/v1/me/terms/basic-data", null)).ShouldBe(HttpStatusCode.Unauthorized);
        (await Send(HttpMethod.Post, "/api/v1/me/terms/basic-data", "cross-site")).ShouldBe(HttpStatusCode.Unauthorized);
        (await Send(HttpMethod.Post, "/api/v1/me/terms/basic-data", "same-origin")).ShouldBe(HttpStatusCode.OK);
        await site.Room.Store.SetStateAsync("anna", AccountState.Suspended, "test", CancellationToken.None);
        await site.Accounts.RefreshAsync(CancellationToken.None);
        (await Send(HttpMethod.Get, "/api/v1/me", null)).ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task No_secret_is_ever_logged()
    {
        await using Site site = await Site.OpenAsync();
        IssuedKey revoked = await site.Room.KeyAsync();
        await site.Room.Store.RevokeKeyAsync(revoked.Id, null, "test", CancellationToken.None);
        await site.Accounts.RefreshAsync(CancellationToken.None);
        string wrong = ApiKey.Create().Reveal();
        foreach (string key in (string[])[site.Key.Reveal(), revoked.Reveal(), wrong, wrong + "x"])
        {
            foreach (AuthenticationHeaderValue header in (AuthenticationHeaderValue[])
                [new("Bearer", key), new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"anna:{key}"))), new("Digest", key)])
            {
                using HttpRequestMessage request = new(HttpMethod.Post, "/api/v1/links") { Content = JsonContent.Create(new { path = File }) };
                request.Headers.Authorization = header;
                (await site.Client.SendAsync(request)).Dispose();
            }
        }
        await site.Room.Store.SetTierAsync("anna", "partner", "test", CancellationToken.None);
        await site.Accounts.RefreshAsync(CancellationToken.None);

        string[] secrets = [.. new[] { site.Key.Reveal(), revoked.Reveal(), wrong }.Select(key => key[^64..])];
        AccountEntry anna = site.Accounts.Current.FindAccount(site.Anna.Id)!;
        string all = string.Join('\n', site.Room.Log.Lines);
        all.ShouldContain("/api/v1/links"); // requests are logged, so the test can see
        foreach (string secret in secrets.Concat([Convert.ToHexString(anna.LinkSecret), Convert.ToBase64String(anna.LinkSecret), .. secrets.Select(Base64Middle)]))
        {
            all.ShouldNotContain(secret, Case.Insensitive);
        }
    }

    /// <summary>Part of the secret as it looks within Basic credentials.</summary>
    private static string Base64Middle(string secret) => Convert.ToBase64String(Encoding.UTF8.GetBytes("anna:odk_0123456789abcdef_" + secret))[40..80];

    private static async Task<JsonElement> ProblemOf(HttpResponseMessage response)
    {
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        JsonElement problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        problem.GetProperty("status").GetInt32().ShouldBe((int)response.StatusCode);
        return problem;
    }

    private sealed class Site : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Site(AccountsRoom room, Account anna, IssuedKey key, WebApplication app)
        {
            Room = room;
            Anna = anna;
            Key = key;
            _app = app;
            Client = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
        }

        public AccountsRoom Room { get; }

        public Account Anna { get; }

        public IssuedKey Key { get; }

        public HttpClient Client { get; }

        public CurrentAccounts Accounts => _app.Services.GetRequiredService<CurrentAccounts>();

        public static async Task<Site> OpenAsync()
        {
            AccountsRoom room = await AccountsRoom.OpenAsync();
            Account anna = await room.AccountAsync();
            IssuedKey key = await room.KeyAsync();
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Configuration["OpenData:Gateway:PublicUrl"] = "https://data.example/";
            builder.Logging.ClearProviders().AddProvider(room.Log).SetMinimumLevel(LogLevel.Trace);
            builder.Services.AddSingleton<TimeProvider>(room.Time);
            builder.Services.AddSingleton<ICurrentCatalog>(room.Catalog);
            builder.Services.AddSingleton(room.Sql);
            builder.Services.AddAccounts(builder.Configuration);
            builder.Services.AddOptions<GatewayOptions>().Bind(builder.Configuration.GetSection(GatewayOptions.Section));
            builder.Services.AddSingleton<PublicAddress>();
            builder.Services.AddSingleton<ReleaseQueries>();
            await PublishAsync(room.Sql);
            WebApplication app = builder.Build();
            // Stands for the site's cookie.
            app.Use((context, next) =>
            {
                if (context.Request.Headers["X-Test-Session"].ToString() is { Length: > 0 } id)
                {
                    context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(KeyAuthentication.AccountClaim, id)], "test"));
                }
                return next(context);
            });
            app.MapAccounts();
            app.MapLinks();
            app.MapGet("/admin-only", (HttpContext context) => context.CallerOf().Account!.Name).RequireAdmin();
            // A file, as the gateway serves it.
            app.MapGet("/files/{**path}", async (HttpContext context, CallerIdentity callers) =>
            {
                Identification who = callers.Identify(context);
                if (who.Caller is not { } caller)
                {
                    await AccountProblem.Of(who).WriteAsync(context);
                    return;
                }
                await context.Response.WriteAsync($"{caller.Account?.Name} {caller.KeyId}");
            });
            await app.StartAsync();
            return new Site(room, anna, key, app);
        }

        /// <summary>The file is public, as far as the database knows.</summary>
        private static async Task PublishAsync(SqlDatabase database)
        {
            await using System.Data.Common.DbConnection connection = await database.OpenAsync(CancellationToken.None);
            await Dapper.SqlMapper.ExecuteAsync(
                connection,
                """
                INSERT INTO releases (dataset, edition, revision, date, state, published_at, documents, entries, bytes, uncompressed, archives, delivery_digest, manifest)
                VALUES ('CN-PA-OPEN-10-A', '2026-01-02', 1, '2026-01-02', 'published', 0, 0, 0, 0, 0, 0, @digest, '{}');
                INSERT INTO release_files (dataset, edition, revision, name, bytes, sha256, media_type, archive)
                VALUES ('CN-PA-OPEN-10-A', '2026-01-02', 1, 'CN 一.xml', 0, @digest, 'application/xml', FALSE)
                """,
                new { digest = new byte[32] });
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await _app.DisposeAsync();
            await Room.DisposeAsync();
        }
    }

    [Fact]
    public void A_wrong_setting_stops_the_start_with_its_name()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["OpenData:Accounts:Poll"] = "00:00:02";
        builder.Configuration["OpenData:Accounts:Failures"] = "0";
        builder.Services.AddAccounts(builder.Configuration);
        using WebApplication app = builder.Build();
        OptionsValidationException refused = Should.Throw<OptionsValidationException>(() => app.Services.GetRequiredService<IStartupValidator>().Validate());
        refused.Failures.Count().ShouldBe(2);
        refused.Message.ShouldContain("OpenData:Accounts:Poll");
        refused.Message.ShouldContain("OpenData:Accounts:Failures");
    }
}

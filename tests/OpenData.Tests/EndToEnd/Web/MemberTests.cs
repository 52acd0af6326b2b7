using System.Net;
using System.Net.Http.Headers;
using Microsoft.Playwright;
using OpenData.Server.Accounts;
using OpenData.Server.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd.Web;

/// <summary>What a company does: registers, is confirmed, accepts the terms, makes a key, downloads with it, and watches it.</summary>
public abstract partial class MemberTests(Site site)
{
    private const string Password = "correct horse battery";

    [ContractFact]
    public async Task A_company_registers_is_confirmed_accepts_the_terms_and_downloads_with_a_key_of_its_own()
    {
        IPage page = await site.BrowseAsync("en");
        await RegisterAsync(page, "acme data", "Acme Data Ltd");
        (await page.Locator(".notice.warn").InnerTextAsync()).ShouldContain("A curator will look at your registration");
        (await page.Locator("#keys form").CountAsync()).ShouldBe(0);
        await ConfirmAsync("acme data");

        await page.GotoAsync("/account");
        await page.Locator("#terms").GetByRole(AriaRole.Link).First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Accept for my organization" }).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldBe("The terms are accepted.");
        await page.GotoAsync("/terms/foreign-data");
        await page.GetByRole(AriaRole.Button, new() { Name = "Accept for my organization" }).ClickAsync();

        // The password is asked for once more: a wrong one makes nothing and loses nothing that was typed.
        await MakeKeyAsync(page, "mirror <1>", "not the password");
        (await page.GetByRole(AriaRole.Alert).InnerTextAsync()).ShouldContain("The password is wrong");
        (await site.Of<AccountStore>().ListKeysAsync((await site.Of<AccountStore>().FindAsync("acme data", CancellationToken.None)).Value!.Id, CancellationToken.None)).ShouldBeEmpty();
        await site.PictureAsync(page, "password-again-en");
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        string key = (await page.Locator("#new-key").InnerTextAsync()).Trim();
        key.ShouldStartWith("odk_");
        await page.GetByRole(AriaRole.Link, new() { Name = "I have kept it" }).ClickAsync();
        (await page.ContentAsync()).ShouldNotContain(key);
        await site.PictureAsync(page, "account-en");
        if (Axe.Path is not null)
        {
            (await Axe.FaultsAsync(page)).ShouldBeEmpty();
        }

        Release release = await site.LatestAsync(Site.Agreement);
        string file = $"/files/{release.Id}/{release.Id.ArchiveName(1)}";
        (await StatusAsync(file, key)).ShouldBe(HttpStatusCode.OK);
        (await page.APIRequest.GetAsync(file)).Status.ShouldBe(200, "a browser that is signed in needs no key");
        // Made for downloads: it looks at the account, and changes nothing. One for datasets reaches no other, on the fast lane either.
        (await StatusAsync("/api/v1/me", key)).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync("/api/v1/webhooks", key)).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync("/api/v1/admin/runs", key)).ShouldBe(HttpStatusCode.Forbidden);
        KeyScope.TryParse("CN-*", out KeyScope china).ShouldBeNull();
        string limited = (await site.Of<AccountStore>().AddKeyAsync("acme data", "china", null, china, "test", CancellationToken.None)).Value.ShouldNotBeNull().Reveal();
        await site.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        (await StatusAsync(file, limited)).ShouldBe(HttpStatusCode.Forbidden);
        Release chinese = await site.LatestAsync(Site.Registered);
        (await StatusAsync($"/files/{chinese.Id}/{chinese.Id.ArchiveName(1)}", limited)).ShouldBe(HttpStatusCode.OK);
        await site.Of<AccountStore>().RevokeKeyAsync(limited[4..20], null, "test", CancellationToken.None);
        await site.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        await page.GotoAsync($"/datasets/{Site.Agreement}");
        (await page.Locator("#command-key").InnerTextAsync()).ShouldContain(key[..20]);

        await page.GotoAsync("/account");
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke the key mirror <1>" }).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("revoked");
        // Once entered it is good for ten minutes, in this session.
        await page.GetByText("Make a key").First.ClickAsync();
        (await page.GetByLabel("Your password once more").CountAsync()).ShouldBe(0);
        (await StatusAsync(file, key)).ShouldBe(HttpStatusCode.Unauthorized);

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        (await page.APIRequest.GetAsync(file)).Status.ShouldBe(401);
        await page.GotoAsync("/account");
        page.Url.ShouldContain("/account/sign-in?return=%2Faccount");
        await page.Context.CloseAsync();
    }

    [ContractFact]
    public async Task The_same_in_Chinese_without_scripts_and_mistakes_are_named_beside_their_fields()
    {
        IPage page = await site.BrowseAsync("zh-CN", scripts: false);
        await page.GotoAsync("/account/register");
        await page.GetByLabel("账号名").FillAsync("ab c");
        await page.GetByLabel("单位名称").FillAsync("某数据公司");
        await page.GetByLabel("联系人").FillAsync("张三");
        await page.GetByLabel("数据用途").FillAsync("建立专利检索系统的镜像数据。");
        await page.GetByLabel("口令").FillAsync("aaaaaaaaaaaa");
        await page.GetByRole(AriaRole.Button, new() { Name = "注册" }).ClickAsync();
        (await page.Locator("#password-fault").InnerTextAsync()).ShouldBe("口令过短、过于简单或包含账号名。");
        (await page.GetByLabel("单位名称").InputValueAsync()).ShouldBe("某数据公司");
        await site.PictureAsync(page, "register-faults-zh");
        await page.GetByLabel("口令").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "注册" }).ClickAsync();
        (await page.Locator(".notice.warn").InnerTextAsync()).ShouldContain("等待人工确认");
        await site.PictureAsync(page, "account-pending-zh");

        await page.GetByRole(AriaRole.Button, new() { Name = "退出" }).ClickAsync();
        await page.GotoAsync("/account/sign-in");
        await page.GetByLabel("账号名").FillAsync("ab c");
        await page.GetByLabel("口令").FillAsync("wrong wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "登录" }).ClickAsync();
        (await page.GetByRole(AriaRole.Alert).InnerTextAsync()).ShouldBe("账号名或口令不正确。");
        await page.GetByLabel("口令").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "登录" }).ClickAsync();
        page.Url.ShouldEndWith("/account");
        await page.Context.CloseAsync();
    }

    [ContractFact]
    public async Task Running_downloads_are_shown_with_their_rates_as_they_go()
    {
        IPage page = await site.BrowseAsync("en");
        await RegisterAsync(page, "watcher inc", "Watcher");
        await ConfirmAsync("watcher inc");
        string key = (await site.Of<AccountStore>().AddKeyAsync("watcher inc", "slow", null, "test", CancellationToken.None)).Value.ShouldNotBeNull().Reveal();
        await site.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        await page.GotoAsync("/account");
        (await page.Locator("#running").InnerTextAsync()).ShouldContain("Nothing is being downloaded");

        // It reads the head and no more: the rest does not fit between the two.
        Release release = await site.PublishLargeAsync();
        using HttpRequestMessage request = new(HttpMethod.Get, $"/files/{release.Id}/{release.Id.ArchiveName(1)}") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };
        using HttpResponseMessage slow = await site.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        slow.StatusCode.ShouldBe(HttpStatusCode.OK);
        await page.Locator("#running tbody tr").WaitForAsync();
        (await page.Locator("#running").InnerTextAsync()).ShouldContain(release.Id.ArchiveName(1));
        await site.PictureAsync(page, "running-en");
        slow.Dispose();
        await page.GetByText("Nothing is being downloaded").WaitForAsync();
        await page.Context.CloseAsync();
    }

    [ContractFact]
    public async Task A_form_without_its_token_of_another_session_or_after_the_sign_out_does_nothing()
    {
        IPage page = await site.BrowseAsync("en");
        await RegisterAsync(page, "forger ltd", "Forger");
        await ConfirmAsync("forger ltd");
        await page.GotoAsync("/account");
        string token = await page.Locator("header input[name=form_token]").GetAttributeAsync("value") ?? "";
        string cookies = string.Join("; ", (await page.Context.CookiesAsync()).Select(cookie => $"{cookie.Name}={cookie.Value}"));
        (string, string)[] form = [("old", Password), ("new", "another good password")];

        (await site.PostAsync("/account/password", "", [("form_token", token), .. form])).ShouldBe(HttpStatusCode.BadRequest);
        (await site.PostAsync("/account/password", cookies, form)).ShouldBe(HttpStatusCode.BadRequest);
        (await site.PostAsync("/account/password", cookies, [("form_token", token[..^2] + "xx"), .. form])).ShouldBe(HttpStatusCode.BadRequest);
        (await site.PostAsync("/account/password", cookies, [("form_token", token), .. form], ("Sec-Fetch-Site", "cross-site"))).ShouldBe(HttpStatusCode.BadRequest);
        (await site.PostAsync("/account/password", cookies, [("form_token", token), .. form], ("Origin", "https://evil.example"))).ShouldBe(HttpStatusCode.BadRequest);
        (await site.PostAsync("/account/sign-out", cookies, [("form_token", token)])).ShouldBe(HttpStatusCode.SeeOther);
        // The very request that would have worked a moment ago.
        (await site.PostAsync("/account/password", cookies, [("form_token", token), .. form])).ShouldBe(HttpStatusCode.BadRequest);
        SignInOutcome still = await site.Of<SignIn>().TryAsync("forger ltd", Password, IPAddress.Parse("203.0.113.7"), null, CancellationToken.None);
        still.Account.ShouldNotBeNull("nothing changed the password");
        await page.Context.CloseAsync();
    }

    [ContractFact]
    public async Task Hostile_forms_are_refused_calmly()
    {
        IPage page = await site.BrowseAsync("en");
        await page.GotoAsync("/account/register");
        string token = await page.Locator("input[name=form_token]").First.GetAttributeAsync("value") ?? "";
        string cookies = string.Join("; ", (await page.Context.CookiesAsync()).Select(cookie => $"{cookie.Name}={cookie.Value}"));
        (string, string)[][] forms =
        [
            [],
            [("name", "<script>alert(1)</script>"), ("organization", "\"><img src=x onerror=alert(1)>"), ("purpose", "'; DROP TABLE accounts; --"), ("password", "x")],
            [("name", new string('n', 5000)), ("organization", "\u202eevil"), ("contact", "a\0b"), ("purpose", new string('p', 5000)), ("password", new string('w', 7000))],
            [("name", "a\r\nSet-Cookie: x=y"), ("email", "a@b\r\nBcc: c@d"), ("country", "C<N"), ("password", Password)],
        ];
        foreach ((string, string)[] form in forms)
        {
            (HttpStatusCode status, string html) = await site.SendAsync("/account/register", cookies, [("form_token", token), .. form]);
            ((int)status).ShouldBeInRange(400, 422);
            html.ShouldNotContain("<script>alert");
            html.ShouldNotContain("<img src=x");
        }
        (await site.PostAsync("/account/register", cookies, [("form_token", token), ("purpose", new string('x', 100_000))])).ShouldBe(HttpStatusCode.BadRequest);
        using (HttpRequestMessage json = new(HttpMethod.Post, "/account/sign-in") { Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json") })
        {
            (await site.Client.SendAsync(json)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        }
        // Cookies of the right length that are none of ours: nobody is signed in, and no form is ours.
        foreach (string garbage in (string[])[new string('/', 43), new string('A', 43), new string('é', 43), "x"])
        {
            string bad = $"__Host-session={Uri.EscapeDataString(garbage)}; __Host-browser={Uri.EscapeDataString(new string('/', 22) + "." + garbage)}; __Host-form={Uri.EscapeDataString(garbage)}";
            (await site.PostAsync("/account/sign-in", bad, [("form_token", token), ("name", "acme data"), ("password", "x")])).ShouldBe(HttpStatusCode.BadRequest);
            using HttpRequestMessage look = new(HttpMethod.Get, "/account/sign-in") { Headers = { { "Cookie", bad } } };
            (await site.Client.SendAsync(look)).StatusCode.ShouldBe(HttpStatusCode.OK);
        }
        // A sign-in leads to this site only.
        await page.GotoAsync("/account/sign-in?return=//evil.example/");
        (await page.Locator("main input[name=return]").GetAttributeAsync("value")).ShouldBe("/account");
        await page.Context.CloseAsync();
    }

    [ContractFact]
    public async Task Who_guesses_has_to_wait_and_the_owner_has_not()
    {
        IPage owner = await site.BrowseAsync("en");
        await RegisterAsync(owner, "guessed gmbh", "Guessed");
        await owner.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await SignInAsync(owner, "guessed gmbh", Password);
        await owner.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        SignIn signIn = site.Of<SignIn>();
        for (int i = 0; i < 10; i++)
        {
            (await signIn.TryAsync("guessed gmbh", $"guess number {i}", IPAddress.Parse($"198.51.100.{i}"), null, CancellationToken.None)).Wait.ShouldBe(TimeSpan.Zero);
        }
        (await signIn.TryAsync("guessed gmbh", Password, IPAddress.Parse("198.51.100.99"), null, CancellationToken.None)).Wait.ShouldBeGreaterThan(TimeSpan.FromMinutes(1));

        await SignInAsync(owner, "guessed gmbh", Password);
        owner.Url.ShouldEndWith("/account");
        await owner.Context.CloseAsync();
    }

    private static async Task RegisterAsync(IPage page, string name, string organization)
    {
        await page.GotoAsync("/account/register");
        await page.GetByLabel("Account name").FillAsync(name);
        await page.GetByLabel("Organization").FillAsync(organization);
        await page.GetByLabel("Contact person").FillAsync("A. Person");
        await page.GetByLabel("What will you use").FillAsync("A mirror of the weekly grants for our search service.");
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Register" }).ClickAsync();
        await page.ArriveAsync("/account");
    }

    private static async Task SignInAsync(IPage page, string name, string password)
    {
        await page.GotoAsync("/account/sign-in");
        await page.GetByLabel("Account name").FillAsync(name);
        await page.GetByLabel("Password").FillAsync(password);
        await page.Locator("main").GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    private static async Task MakeKeyAsync(IPage page, string name, string password)
    {
        await page.GotoAsync("/account");
        await page.GetByText("Make a key").First.ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        await page.GetByLabel("Your password once more").FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a key" }).ClickAsync();
    }

    private async Task ConfirmAsync(string name)
    {
        (await site.Of<AccountStore>().SetStateAsync(name, AccountState.Active, "test", CancellationToken.None)).Done.ShouldBeTrue();
        await site.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
    }

    private async Task<HttpStatusCode> StatusAsync(string path, string key)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };
        using HttpResponseMessage answer = await site.Client.SendAsync(request);
        return answer.StatusCode;
    }
}

/// <summary>On SQLite.</summary>
public sealed class MembersOnSqliteTests(SiteOnSqlite site) : MemberTests(site), IClassFixture<SiteOnSqlite>;

/// <summary>On PostgreSQL.</summary>
[NeedsPostgres]
public sealed class MembersOnPostgresTests(SiteOnPostgres site) : MemberTests(site), IClassFixture<SiteOnPostgres>;

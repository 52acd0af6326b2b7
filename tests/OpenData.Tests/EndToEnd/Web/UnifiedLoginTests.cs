using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using OpenData.Server.Accounts;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd.Web;

/// <summary>The organization's unified login, with a real provider.</summary>
public sealed class UnifiedLoginTests(SiteWithOidc site) : IClassFixture<SiteWithOidc>
{
    private const string Start = "/account/login/unified";

    [OidcFact]
    public async Task Somebody_registers_at_the_unified_login_signs_in_with_it_and_makes_a_key_without_any_password()
    {
        IPage page = await site.BrowseAsync("zh-CN", scripts: false);
        await page.GotoAsync("/account/register");
        await page.GetByRole(AriaRole.Link, new() { Name = "使用机关统一登录注册" }).ClickAsync();
        await AtProviderAsync(page, "zhang");
        await page.ArriveAsync(Start + "/register");
        (await page.Locator("#email").InputValueAsync()).ShouldBe("zhang@office.example");
        (await page.Locator("#password").CountAsync()).ShouldBe(0);
        await CheckAsync(page, "unified-register-zh", axe: false);
        await page.Locator("#organization").FillAsync("<script>alert(1)</script>'; DROP TABLE accounts; --");
        await page.Locator("#purpose").FillAsync("建立专利检索系统的镜像数据。");
        await page.Locator("#country").FillAsync("CN");
        await page.Locator("main form button").ClickAsync();
        await page.ArriveAsync("/account");
        Account account = (await site.Of<AccountStore>().FindAsync("zhang", CancellationToken.None)).Value.ShouldNotBeNull();
        account.State.ShouldBe(AccountState.Pending);
        account.Organization.ShouldBe("<script>alert(1)</script>'; DROP TABLE accounts; --");
        await page.Context.CloseAsync();

        await site.Of<AccountStore>().SetStateAsync("zhang", AccountState.Active, "test", CancellationToken.None);
        await site.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        IPage again = await site.BrowseAsync("en");
        await again.GotoAsync("/account/sign-in?return=/account");
        await CheckAsync(again, "unified-sign-in-en");
        await again.GetByRole(AriaRole.Link, new() { Name = "Sign in with Office login" }).ClickAsync();
        (await again.Locator("#prompt").InnerTextAsync()).ShouldBeEmpty();
        await AtProviderAsync(again, "zhang");
        await again.ArriveAsync("/account");
        (await again.Locator("h1").InnerTextAsync()).ShouldBe("zhang");
        (await again.Locator("#old").CountAsync()).ShouldBe(0, "there is no password to change");

        // What is grave asks for a new sign-in in another tab; nothing typed is lost.
        await again.GetByText("Make a key").First.ClickAsync();
        await again.Locator("#key").FillAsync("my <laptop>");
        await again.Locator("form[action='/account/keys'] button").ClickAsync();
        await CheckAsync(again, "unified-again-en");
        await again.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        (await again.Locator("h1").InnerTextAsync()).ShouldBe("Please sign in once more", "nothing is done without it");
        IPage other = await again.Context.RunAndWaitForPageAsync(() => again.GetByRole(AriaRole.Link, new() { Name = "Sign in again at Office login" }).ClickAsync());
        (await other.Locator("#prompt").InnerTextAsync()).ShouldBe("login");
        await AtProviderAsync(other, "zhang");
        await other.ArriveAsync(Start + "/confirmed");
        await CheckAsync(other, "unified-confirmed-en");
        await other.CloseAsync();
        await again.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await again.GetByText("odk_").First.WaitForAsync();
        await again.Context.CloseAsync();

        // One who turns back is told so.
        IPage third = await site.BrowseAsync("en");
        await third.GotoAsync(Start);
        await third.GetByRole(AriaRole.Button, new() { Name = "Turn back" }).ClickAsync();
        await third.ArriveAsync("/fault/denied");
        (await third.Locator("h1").InnerTextAsync()).ShouldBe("You were not signed in");
        await CheckAsync(third, "unified-denied-en");
        await third.Context.CloseAsync();
    }

    [OidcFact]
    public async Task An_account_with_a_password_is_linked_after_the_password_and_a_person_belongs_to_one_account_only()
    {
        foreach (string name in (string[])["first linked", "second linked"])
        {
            await site.Of<AccountStore>().AddAsync(name, null, null, AccountState.Active, [], "test", CancellationToken.None);
            await site.Of<AccountStore>().SetPasswordAsync(name, await site.Of<Passwords>().HashAsync("correct horse battery", CancellationToken.None), "test", CancellationToken.None);
        }
        await site.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        foreach ((string name, string end) in new (string, string)[] { ("first linked", "/account?notice=linked"), ("second linked", "/fault/taken") })
        {
            IPage page = await site.BrowseAsync("en");
            await page.GotoAsync("/account/sign-in");
            await page.Locator("#name").FillAsync(name);
            await page.Locator("#password").FillAsync("correct horse battery");
            await page.Locator("main form button").ClickAsync();
            await page.Locator("#unified button").ClickAsync();
            await page.Locator("#again").FillAsync("correct horse battery");
            await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
            await AtProviderAsync(page, "linker");
            await page.ArriveAsync(end);
            await page.Context.CloseAsync();
        }

        // Unlinked again, with the password; where there is none, it is the only way in and stays.
        IPage again = await site.BrowseAsync("zh-CN", scripts: false);
        await again.GotoAsync("/account/sign-in");
        await again.Locator("#name").FillAsync("first linked");
        await again.Locator("#password").FillAsync("correct horse battery");
        await again.Locator("main form button").ClickAsync();
        await again.Locator("#unified button").ClickAsync();
        await again.Locator("#again").FillAsync("correct horse battery");
        await again.Locator("main form button").ClickAsync();
        (await again.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("已解除关联");
        OpenData.Server.Accounts.Oidc.OidcIdentity linker = new(site.Provider.Url, "id-of-linker", null, null, null);
        (await site.Of<AccountStore>().FindByIdentityAsync(linker, CancellationToken.None)).ShouldBeNull();
        await again.Context.CloseAsync();
        Account bare = (await site.Of<AccountStore>().AddAsync("no password", null, null, AccountState.Active, [], "test", CancellationToken.None)).Value.ShouldNotBeNull();
        (await site.Of<AccountStore>().LinkIdentityAsync(bare.Id, linker, "test", CancellationToken.None)).Done.ShouldBeTrue();
        (await site.Of<AccountStore>().UnlinkIdentityAsync(bare.Id, "test", CancellationToken.None)).Fault.ShouldNotBeNull().Text.ShouldContain("set a password first");
        (await site.Of<AccountStore>().FindByIdentityAsync(linker, CancellationToken.None)).ShouldNotBeNull();
    }

    [OidcFact]
    public async Task An_answer_counts_once_in_the_browser_that_asked_and_with_its_own_state_only()
    {
        (string cookie, string back) = await ComeBackAsync("wang");
        (await EndAsync(back, null)).ShouldBe("expired", "a foreign browser has no cookie");
        (string foreign, string foreignBack) = await ComeBackAsync("mallory");
        (await EndAsync(foreignBack, cookie)).ShouldBe("expired", "nobody is signed in as somebody else by a link");
        (await EndAsync(back, foreign)).ShouldBe("expired");
        (await EndAsync(Regex.Replace(back, "state=[^&]+", "state=", RegexOptions.None, TimeSpan.FromSeconds(1)), cookie)).ShouldBe("expired");
        string[] parts = cookie.Split('.');
        (await EndAsync(back, string.Join('.', [.. parts[..^1], "L2VsbmV3aGVyZQ"]))).ShouldBe("expired", "the state covers where one goes");
        (await EndAsync(back, string.Join('.', [parts[0], "1", .. parts[2..]]))).ShouldBe("expired", "and when it began");
        (await EndAsync(back, cookie)).ShouldBe("register");
        (await EndAsync(back, cookie)).ShouldBe("refused", "the code is used up");
        foreach (string hostile in (string[])["", "x", "....", new('a', 5000), "<script>", "%00", "AAAA.9999999999999999.0..", string.Join('.', [parts[0], parts[1], "7", .. parts[3..]])])
        {
            (await EndAsync(back, hostile)).ShouldBe("expired");
        }
    }

    [OidcFact]
    public async Task What_the_provider_says_is_believed_only_where_it_is_signed_fresh_and_meant_for_us()
    {
        foreach (string liar in (string[])["wrong-nonce", "wrong-audience", "wrong-issuer", "wrong-key", "too-old"])
        {
            (string cookie, string back) = await ComeBackAsync(liar);
            (await EndAsync(back, cookie)).ShouldBe("refused", liar);
        }
        (string kept, string answered) = await ComeBackAsync("li");
        (await EndAsync(Regex.Replace(answered, "code=[^&]+", "code=another", RegexOptions.None, TimeSpan.FromSeconds(1)), kept)).ShouldBe("refused");
        (await EndAsync(answered + "&iss=https%3A%2F%2Felsewhere.example", kept)).ShouldBe("refused");
        (await EndAsync(answered, kept)).ShouldBe("register");
    }

    [OidcFact]
    public async Task Signing_in_again_needs_a_new_sign_in_of_the_same_person()
    {
        Account account = (await site.Of<AccountStore>().AddAsync("chen again", null, null, AccountState.Active, [], "test", CancellationToken.None)).Value.ShouldNotBeNull();
        foreach (string person in (string[])["chen", "not-asked-again"])
        {
            await site.Of<AccountStore>().LinkIdentityAsync(account.Id, new(site.Provider.Url, $"id-of-{person}", null, null, null), "test", CancellationToken.None);
        }
        await site.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        string session = await site.Of<Sessions>().BeginAsync(account.Id, IPAddress.Loopback, CancellationToken.None);
        foreach ((string person, string end) in new (string, string)[] { ("somebody", "notyou"), ("not-asked-again", "notyou"), ("chen", "confirmed") })
        {
            (string cookie, string back) = await ComeBackAsync(person, "?again=1", session);
            (await EndAsync(back, cookie, session)).ShouldBe(end, person);
            ((await site.Of<Sessions>().FindAsync(session, CancellationToken.None))!.ConfirmedAt is not null).ShouldBe(end == "confirmed");
        }
        (string late, string answer) = await ComeBackAsync("chen", "?again=1", session);
        (await EndAsync(answer, late)).ShouldBe("expired", "who signed out meanwhile confirms nothing");
    }

    [OidcFact]
    public async Task A_suspended_account_is_not_let_in_and_a_form_without_a_token_does_nothing()
    {
        Account account = (await site.Of<AccountStore>().AddAsync("stopped one", null, null, AccountState.Suspended, [], "test", CancellationToken.None)).Value.ShouldNotBeNull();
        await site.Of<AccountStore>().LinkIdentityAsync(account.Id, new(site.Provider.Url, "id-of-stopped", null, null, null), "test", CancellationToken.None);
        (string cookie, string back) = await ComeBackAsync("stopped");
        (await EndAsync(back, cookie)).ShouldBe("suspended");

        foreach (string form in (string[])["register", "link"])
        {
            using HttpRequestMessage post = new(HttpMethod.Post, $"{Start}/{form}") { Content = new FormUrlEncodedContent([new("name", "forged one")]) };
            post.Headers.Add("Cookie", "__Host-unified=" + cookie);
            using HttpResponseMessage refused = await site.Client.SendAsync(post);
            refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        }
    }

    /// <summary>Goes to the provider as a browser would, signs in there, and tells the cookie and where it is sent back to.</summary>
    private async Task<(string Cookie, string Back)> ComeBackAsync(string person, string query = "", string? session = null)
    {
        using HttpRequestMessage start = new(HttpMethod.Get, Start + query);
        if (session is not null)
        {
            start.Headers.Add("Cookie", "__Host-session=" + session);
        }
        using HttpResponseMessage sent = await site.Client.SendAsync(start);
        sent.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        string set = sent.Headers.GetValues("Set-Cookie").Single(one => one.StartsWith("__Host-unified=", StringComparison.Ordinal));
        set.ShouldContain("max-age=600");
        set.ShouldContain("secure");
        set.ShouldContain("httponly");
        using FormUrlEncodedContent who = new([new("user", person), new("act", "yes")]);
        using HttpResponseMessage back = await site.Client.PostAsync(sent.Headers.Location, who);
        back.StatusCode.ShouldBe(HttpStatusCode.Found, await back.Content.ReadAsStringAsync());
        return (set.Split(';')[0]["__Host-unified=".Length..], back.Headers.Location!.ToString());
    }

    /// <summary>Comes back with a cookie; the last word of the address that it ends at.</summary>
    private async Task<string> EndAsync(string back, string? cookie, string? session = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, back);
        request.Headers.TryAddWithoutValidation("Cookie", $"__Host-unified={cookie}; __Host-session={session}");
        using HttpResponseMessage answer = await site.Client.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return answer.Headers.GetValues("Refresh").Single().Split('/')[^1];
    }

    private static async Task AtProviderAsync(IPage page, string person)
    {
        await page.GetByLabel("Who are you?").FillAsync(person);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    private async Task CheckAsync(IPage page, string picture, bool axe = true)
    {
        await site.PictureAsync(page, picture);
        if (axe && Axe.Path is not null)
        {
            (await Axe.FaultsAsync(page)).ShouldBeEmpty();
        }
    }
}

/// <summary>A provider that is not there.</summary>
public sealed class UnifiedLoginAwayTests(SiteWithOidcAway site) : IClassFixture<SiteWithOidcAway>
{
    [OidcFact]
    public async Task Where_the_provider_does_not_answer_one_is_told_what_to_do()
    {
        using HttpResponseMessage sent = await site.Client.GetAsync("/account/login/unified");
        sent.Headers.Location!.ToString().ShouldBe("/account/login/unified/fault/away");
        using HttpRequestMessage page = new(HttpMethod.Get, sent.Headers.Location);
        page.Headers.Add("Accept-Language", "zh-CN");
        using HttpResponseMessage told = await site.Client.SendAsync(page);
        told.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        (await told.Content.ReadAsStringAsync()).ShouldContain("登录服务暂无应答");
    }
}

/// <summary>The site with a unified login.</summary>
public class SiteWithOidc() : Site(DatabaseKind.Sqlite)
{
    private OidcServer? _provider;

    /// <summary>The provider.</summary>
    internal OidcServer Provider => _provider!;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _provider?.Dispose();
    }

    protected override async Task<IReadOnlyList<string>> SettingsAsync()
    {
        if (new OidcFactAttribute().Skip is not null)
        {
            return [];
        }
        _provider = await OidcServer.StartAsync();
        return _provider.Settings;
    }
}

/// <summary>The site with a unified login that nobody serves.</summary>
public sealed class SiteWithOidcAway() : Site(DatabaseKind.Sqlite)
{
    protected override Task<IReadOnlyList<string>> SettingsAsync() =>
        Task.FromResult<IReadOnlyList<string>>(["OpenData:Accounts:Oidc:Authority=http://127.0.0.1:1", "OpenData:Accounts:Oidc:ClientId=opendata"]);
}

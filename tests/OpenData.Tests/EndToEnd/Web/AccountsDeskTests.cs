using System.Net;
using Microsoft.Playwright;
using OpenData.Server.Accounts;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd.Web;

/// <summary>What account officers do: they let in who waits or say why not, and look after accounts.</summary>
public abstract class AccountsDeskTests(Site site)
{
    private const string Password = "correct horse battery";

    [ContractFact]
    public async Task An_officer_refuses_with_a_reason_the_applicant_mends_it_and_is_let_in()
    {
        await AddAsync("officer one", Role.AccountOfficer);
        IPage applicant = await site.BrowseAsync("zh-CN", scripts: false);
        await applicant.GotoAsync("/account/register");
        await applicant.GetByLabel("账号名").FillAsync("applicant");
        await applicant.GetByLabel("单位名称").FillAsync("某数据公司");
        await applicant.GetByLabel("联系人").FillAsync("张三");
        await applicant.GetByLabel("数据用途").FillAsync("<b>研究</b>，十个字以上的用途说明。");
        await applicant.GetByLabel("口令").FillAsync(Password);
        await applicant.GetByRole(AriaRole.Button, new() { Name = "注册" }).ClickAsync();

        IPage officer = await SignInAsync("officer one", "en");
        await officer.GotoAsync("/admin/accounts");
        ILocator waiting = officer.Locator("#waiting article").Filter(new() { HasText = "applicant" });
        (await waiting.InnerTextAsync()).ShouldContain("<b>研究</b>，十个字以上的用途说明。");
        await CheckAsync(officer, "desk-accounts-en");
        await waiting.GetByText("Do not let in …").ClickAsync();
        await waiting.GetByLabel("Reason").FillAsync("Please name the product.\nAnd your <department>.");
        await waiting.GetByRole(AriaRole.Button, new() { Name = "Do not let applicant in" }).ClickAsync();
        (await officer.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("told your reason");
        (await officer.Locator("#waiting article").Filter(new() { HasText = "applicant" }).CountAsync()).ShouldBe(0);

        await applicant.GotoAsync("/account");
        (await applicant.Locator("#refusal").InnerTextAsync()).ShouldContain("And your <department>.");
        await site.PictureAsync(applicant, "account-refused-zh");
        await applicant.GetByLabel("数据用途").FillAsync("短");
        await applicant.GetByRole(AriaRole.Button, new() { Name = "再次申请" }).ClickAsync();
        (await applicant.Locator("#purpose-fault").CountAsync()).ShouldBe(1);
        await applicant.GetByLabel("数据用途").FillAsync("产品为专利检索系统，由信息部使用。");
        await applicant.GetByRole(AriaRole.Button, new() { Name = "再次申请" }).ClickAsync();
        (await applicant.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("已提交");

        await officer.GotoAsync("/admin/accounts");
        await waiting.GetByLabel("Tier").SelectOptionAsync("partner");
        await waiting.GetByRole(AriaRole.Button, new() { Name = "Let applicant in" }).ClickAsync();
        await applicant.ReloadAsync();
        (await applicant.Locator(".thing").InnerTextAsync()).ShouldContain("100");
        (await applicant.Locator("#apply").CountAsync()).ShouldBe(0);
        await officer.Context.CloseAsync();
        await applicant.Context.CloseAsync();
    }

    [ContractFact]
    public async Task An_officer_finds_an_account_sets_its_tier_suspends_it_and_reads_what_became_of_it()
    {
        await AddAsync("officer two", Role.AccountOfficer);
        Account company = await AddAsync("company two");
        IssuedKey key = (await site.Of<AccountStore>().AddKeyAsync(company.Id, "mirror", null, "test", CancellationToken.None)).Value.ShouldNotBeNull();
        await site.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        IPage member = await SignInAsync("company two", "en");
        IPage page = await SignInAsync("officer two", "zh-CN");
        await page.GotoAsync("/admin/accounts");
        await page.GetByLabel("名称、单位、联系人、邮箱或密钥").FillAsync("odk_" + key.Id);
        await page.GetByRole(AriaRole.Button, new() { Name = "查找" }).ClickAsync();
        await page.Locator("#all tbody a").ClickAsync();
        page.Url.ShouldEndWith("/admin/accounts/" + company.Id);
        (await page.Locator("#sign-ins tbody tr").CountAsync()).ShouldBe(1);
        (await page.Locator("#roles").CountAsync()).ShouldBe(0, "roles are an admin's to give");

        await page.Locator("#tier").SelectOptionAsync("partner");
        await page.GetByRole(AriaRole.Button, new() { Name = "设定等级" }).ClickAsync();
        (await page.Locator("#audit tbody tr").First.InnerTextAsync()).ShouldContain("officer two");
        await page.GetByRole(AriaRole.Button, new() { Name = "作废密钥 mirror" }).Or(page.Locator("#keys button")).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("密钥已作废");
        await page.GetByRole(AriaRole.Button, new() { Name = "结束全部登录" }).ClickAsync();
        await member.GotoAsync("/account");
        member.Url.ShouldContain("/account/sign-in");
        await page.Locator("#decide summary").ClickAsync();
        await page.GetByLabel("理由").FillAsync("数据外传");
        await page.Locator("#decide details button").ClickAsync();
        (await page.Locator("#audit").InnerTextAsync()).ShouldContain("suspended: 数据外传");
        await CheckAsync(page, "desk-account-zh");
        await page.GetByRole(AriaRole.Button, new() { Name = "恢复使用" }).ClickAsync();
        (await site.Of<AccountStore>().FindAsync(company.Id, CancellationToken.None)).Value!.State.ShouldBe(AccountState.Active);
        await page.Context.CloseAsync();
        await member.Context.CloseAsync();
    }

    [ContractFact]
    public async Task An_admin_gives_roles_with_the_password_and_an_auditor_looks_and_changes_nothing()
    {
        await AddAsync("admin three", Role.Admin);
        Account auditor = await AddAsync("auditor three");
        IPage admin = await SignInAsync("admin three", "en");
        await admin.GotoAsync("/admin/accounts/" + auditor.Id);
        await admin.GetByLabel("Auditor").CheckAsync();
        await admin.GetByRole(AriaRole.Button, new() { Name = "Give these roles" }).ClickAsync();
        await admin.GetByLabel("Password").FillAsync(Password);
        await admin.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        (await admin.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("roles are given");

        IPage page = await SignInAsync("auditor three", "en");
        await page.GotoAsync("/admin/accounts");
        await page.GotoAsync("/admin/accounts/" + auditor.Id);
        (await page.Locator("#decide").CountAsync()).ShouldBe(0);
        (string cookies, string token) = await FormOfAsync(page);
        foreach (string act in (string[])["approve", "refuse", "tier", "suspend", "activate", "grants", "ungrant", "revoke", "sign-out", "roles"])
        {
            (await SendAsync($"/admin/accounts/{auditor.Id}/{act}", cookies, [("form_token", token), ("tier", "partner"), ("reason", "because"), ("role", "admin")])).ShouldBe(HttpStatusCode.Forbidden, act);
        }
        // Nor does a member without a role see anything, nor somebody who is not signed in.
        await AddAsync("member three");
        IPage member = await SignInAsync("member three", "en");
        (await member.GotoAsync("/admin/accounts"))!.Status.ShouldBe(403);
        await member.Context.ClearCookiesAsync();
        await member.GotoAsync("/admin/accounts/" + auditor.Id);
        member.Url.ShouldContain("/account/sign-in?return=%2Fadmin%2Faccounts");
        await member.Context.CloseAsync();
        await page.Context.CloseAsync();
        await admin.Context.CloseAsync();
    }

    [ContractFact]
    public async Task An_officer_cannot_touch_an_account_with_a_role_or_their_own_and_hostile_forms_change_nothing()
    {
        Account officer = await AddAsync("officer four", Role.AccountOfficer);
        Account admin = await AddAsync("admin four", Role.Admin);
        Account company = await AddAsync("company four");
        IPage page = await SignInAsync("officer four", "en");
        await page.GotoAsync("/admin/accounts");
        (string cookies, string token) = await FormOfAsync(page);
        foreach (string id in (string[])[officer.Id, admin.Id])
        {
            (await SendAsync($"/admin/accounts/{id}/suspend", cookies, [("form_token", token), ("reason", "because")])).ShouldBe(HttpStatusCode.Forbidden);
            (await SendAsync($"/admin/accounts/{id}/tier", cookies, [("form_token", token), ("tier", "partner")])).ShouldBe(HttpStatusCode.Forbidden);
        }
        (await SendAsync($"/admin/accounts/{company.Id}/roles", cookies, [("form_token", token), ("role", "admin"), ("again", Password)])).ShouldBe(HttpStatusCode.Forbidden);

        string target = $"/admin/accounts/{company.Id}";
        (await SendAsync(target + "/suspend", cookies, [("reason", "because")])).ShouldBe(HttpStatusCode.BadRequest, "no token");
        (await SendAsync(target + "/suspend", "", [("form_token", token), ("reason", "because")])).ShouldBe(HttpStatusCode.SeeOther, "nobody is signed in");
        (await SendAsync(target + "/suspend", cookies, [("form_token", token), ("reason", "because")], ("Sec-Fetch-Site", "cross-site"))).ShouldBe(HttpStatusCode.BadRequest);
        foreach (string hostile in (string[])["", "  ", new string('x', 5000), "a\u0007b", "\0\0"])
        {
            (await SendAsync(target + "/suspend", cookies, [("form_token", token), ("reason", hostile)])).ShouldBeOneOf(HttpStatusCode.UnprocessableEntity, HttpStatusCode.BadRequest);
        }
        foreach (string hostile in (string[])["", "platinum", "anonymous'; DROP TABLE accounts; --", "<script>"])
        {
            (await SendAsync(target + "/tier", cookies, [("form_token", token), ("tier", hostile)])).ShouldBe(HttpStatusCode.UnprocessableEntity);
            (await SendAsync(target + "/grants", cookies, [("form_token", token), ("dataset", hostile)])).ShouldBe(HttpStatusCode.UnprocessableEntity);
            (await SendAsync(target + "/revoke", cookies, [("form_token", token), ("key", hostile)])).ShouldBe(HttpStatusCode.UnprocessableEntity);
        }
        (await SendAsync("/admin/accounts/nobody/suspend", cookies, [("form_token", token), ("reason", "because")])).ShouldBe(HttpStatusCode.NotFound);
        foreach (string path in (string[])["?q=%3Cscript%3Ealert(1)%3C/script%3E&state=9&tier=%27&after=%00", "?q=" + new string('y', 3000), "/%27%20OR%201=1"])
        {
            using HttpRequestMessage request = new(HttpMethod.Get, "/admin/accounts" + path) { Headers = { { "Cookie", cookies }, { "Accept", "text/html" } } };
            using HttpResponseMessage answer = await site.Client.SendAsync(request);
            ((int)answer.StatusCode).ShouldBeLessThan(500);
            (await answer.Content.ReadAsStringAsync()).ShouldNotContain("<script>alert");
        }
        Account after = (await site.Of<AccountStore>().FindAsync(company.Id, CancellationToken.None)).Value.ShouldNotBeNull();
        (after.State, after.Tier, after.HasDesk).ShouldBe((AccountState.Active, "registered", false));
        await page.Context.CloseAsync();
    }

    private async Task<Account> AddAsync(string name, params string[] roles)
    {
        AccountStore store = site.Of<AccountStore>();
        Account account = (await store.AddAsync(name, null, null, AccountState.Active, roles, "test", CancellationToken.None)).Value.ShouldNotBeNull();
        await store.SetPasswordAsync(account.Id, await site.Of<Passwords>().HashAsync(Password, CancellationToken.None), "test", CancellationToken.None);
        await site.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        return account;
    }

    private async Task<IPage> SignInAsync(string name, string language)
    {
        IPage page = await site.BrowseAsync(language);
        await page.GotoAsync("/account/sign-in");
        await page.Locator("#name").FillAsync(name);
        await page.Locator("#password").FillAsync(Password);
        await page.Locator("main form button").ClickAsync();
        await page.Locator("header form button").WaitForAsync(new() { Timeout = 60_000 }); // signed in: there is a way out
        return page;
    }

    private async Task CheckAsync(IPage page, string picture)
    {
        await site.PictureAsync(page, picture);
        if (Axe.Path is not null)
        {
            (await Axe.FaultsAsync(page)).ShouldBeEmpty();
        }
    }

    private static async Task<(string Cookies, string Token)> FormOfAsync(IPage page) => (
        string.Join("; ", (await page.Context.CookiesAsync()).Select(cookie => $"{cookie.Name}={cookie.Value}")),
        await page.Locator("header input[name=form_token]").GetAttributeAsync("value") ?? "");

    private async Task<HttpStatusCode> SendAsync(string path, string cookies, (string Name, string Value)[] form, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))) };
        request.Headers.TryAddWithoutValidation("Cookie", cookies);
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        using HttpResponseMessage answer = await site.Client.SendAsync(request);
        return answer.StatusCode;
    }
}

/// <summary>On SQLite.</summary>
public sealed class AccountsDeskOnSqliteTests(SiteOnSqlite site) : AccountsDeskTests(site), IClassFixture<SiteOnSqlite>;

/// <summary>On PostgreSQL.</summary>
[NeedsPostgres]
public sealed class AccountsDeskOnPostgresTests(SiteOnPostgres site) : AccountsDeskTests(site), IClassFixture<SiteOnPostgres>;

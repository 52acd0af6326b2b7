using System.Net;
using Microsoft.Playwright;
using OpenData.Server.Accounts;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd.Web;

/// <summary>What account officers do: they let in who waits or say why not, and look after accounts.</summary>
public abstract class AccountsDeskTests(Site site)
{

    [ContractFact]
    public async Task An_officer_refuses_with_a_reason_the_applicant_mends_it_and_is_let_in()
    {
        await site.AddAsync("officer one", Role.AccountOfficer);
        IPage applicant = await site.BrowseAsync("zh-CN", scripts: false);
        await applicant.GotoAsync("/account/register");
        await applicant.GetByLabel("账号名").FillAsync("applicant");
        await applicant.GetByLabel("单位名称").FillAsync("某数据公司");
        await applicant.GetByLabel("联系人").FillAsync("张三");
        await applicant.GetByLabel("数据用途").FillAsync("<b>研究</b>，十个字以上的用途说明。");
        await applicant.GetByLabel("口令").FillAsync(SitePeople.Password);
        await applicant.GetByRole(AriaRole.Button, new() { Name = "注册" }).ClickAsync();

        IPage officer = await site.SignInAsync("officer one", "en");
        await officer.GotoAsync("/admin/accounts");
        ILocator waiting = officer.Locator("#waiting article").Filter(new() { HasText = "applicant" });
        (await waiting.InnerTextAsync()).ShouldContain("<b>研究</b>，十个字以上的用途说明。");
        await site.CheckAsync(officer, "desk-accounts-en");
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
        await applicant.Locator("#purpose-fault").HasAsync(1);
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
        await site.AddAsync("officer two", Role.AccountOfficer);
        Account company = await site.AddAsync("company two");
        IssuedKey key = (await site.Of<AccountStore>().AddKeyAsync(company.Id, "mirror", null, "test", CancellationToken.None)).Value.ShouldNotBeNull();
        await site.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        IPage member = await site.SignInAsync("company two", "en");
        IPage page = await site.SignInAsync("officer two", "zh-CN");
        await page.GotoAsync("/admin/accounts");
        await page.GetByLabel("名称、单位、联系人、邮箱或密钥").FillAsync("odk_" + key.Id);
        await page.GetByRole(AriaRole.Button, new() { Name = "查找" }).ClickAsync();
        await page.Locator("#all tbody a").ClickAsync();
        await page.ArriveAsync("/admin/accounts/" + company.Id);
        await page.Locator("#sign-ins tbody tr").HasAsync(1);
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
        await site.CheckAsync(page, "desk-account-zh");
        await page.GetByRole(AriaRole.Button, new() { Name = "恢复使用" }).ClickAsync();
        (await site.Of<AccountStore>().FindAsync(company.Id, CancellationToken.None)).Value!.State.ShouldBe(AccountState.Active);
        await page.Context.CloseAsync();
        await member.Context.CloseAsync();
    }

    [ContractFact]
    public async Task An_admin_gives_roles_with_the_password_and_an_auditor_looks_and_changes_nothing()
    {
        await site.AddAsync("admin three", Role.Admin);
        Account auditor = await site.AddAsync("auditor three");
        IPage admin = await site.SignInAsync("admin three", "en");
        await admin.GotoAsync("/admin/accounts/" + auditor.Id);
        await admin.GetByLabel("Auditor").CheckAsync();
        await admin.GetByRole(AriaRole.Button, new() { Name = "Give these roles" }).ClickAsync();
        await admin.GetByLabel("Password").FillAsync(SitePeople.Password);
        await admin.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        (await admin.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("roles are given");

        IPage page = await site.SignInAsync("auditor three", "en");
        await page.GotoAsync("/admin/accounts");
        await page.GotoAsync("/admin/accounts/" + auditor.Id);
        (await page.Locator("#decide").CountAsync()).ShouldBe(0);
        (string cookies, string token) = await SitePeople.FormOfAsync(page);
        foreach (string act in (string[])["approve", "refuse", "tier", "suspend", "activate", "grants", "ungrant", "revoke", "sign-out", "roles"])
        {
            (await site.PostAsync($"/admin/accounts/{auditor.Id}/{act}", cookies, [("form_token", token), ("tier", "partner"), ("reason", "because"), ("role", "admin")])).ShouldBe(HttpStatusCode.Forbidden, act);
        }
        // Nor does a member without a role see anything, nor somebody who is not signed in.
        await site.AddAsync("member three");
        IPage member = await site.SignInAsync("member three", "en");
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
        Account officer = await site.AddAsync("officer four", Role.AccountOfficer);
        Account admin = await site.AddAsync("admin four", Role.Admin);
        Account company = await site.AddAsync("company four");
        IPage page = await site.SignInAsync("officer four", "en");
        await page.GotoAsync("/admin/accounts");
        (string cookies, string token) = await SitePeople.FormOfAsync(page);
        foreach (string id in (string[])[officer.Id, admin.Id])
        {
            (await site.PostAsync($"/admin/accounts/{id}/suspend", cookies, [("form_token", token), ("reason", "because")])).ShouldBe(HttpStatusCode.Forbidden);
            (await site.PostAsync($"/admin/accounts/{id}/tier", cookies, [("form_token", token), ("tier", "partner")])).ShouldBe(HttpStatusCode.Forbidden);
        }
        (await site.PostAsync($"/admin/accounts/{company.Id}/roles", cookies, [("form_token", token), ("role", "admin"), ("again", SitePeople.Password)])).ShouldBe(HttpStatusCode.Forbidden);

        string target = $"/admin/accounts/{company.Id}";
        (await site.PostAsync(target + "/suspend", cookies, [("reason", "because")])).ShouldBe(HttpStatusCode.BadRequest, "no token");
        (await site.PostAsync(target + "/suspend", "", [("form_token", token), ("reason", "because")])).ShouldBe(HttpStatusCode.SeeOther, "nobody is signed in");
        (await site.PostAsync(target + "/suspend", cookies, [("form_token", token), ("reason", "because")], ("Sec-Fetch-Site", "cross-site"))).ShouldBe(HttpStatusCode.BadRequest);
        foreach (string hostile in (string[])["", "  ", new string('x', 5000), "a\u0007b", "\0\0"])
        {
            (await site.PostAsync(target + "/suspend", cookies, [("form_token", token), ("reason", hostile)])).ShouldBeOneOf(HttpStatusCode.UnprocessableEntity, HttpStatusCode.BadRequest);
        }
        foreach (string hostile in (string[])["", "platinum", "anonymous'; DROP TABLE accounts; --", "<script>"])
        {
            (await site.PostAsync(target + "/tier", cookies, [("form_token", token), ("tier", hostile)])).ShouldBe(HttpStatusCode.UnprocessableEntity);
            (await site.PostAsync(target + "/grants", cookies, [("form_token", token), ("dataset", hostile)])).ShouldBe(HttpStatusCode.UnprocessableEntity);
            (await site.PostAsync(target + "/revoke", cookies, [("form_token", token), ("key", hostile)])).ShouldBe(HttpStatusCode.UnprocessableEntity);
        }
        (await site.PostAsync("/admin/accounts/nobody/suspend", cookies, [("form_token", token), ("reason", "because")])).ShouldBe(HttpStatusCode.NotFound);
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
}

/// <summary>On SQLite.</summary>
public sealed class AccountsDeskOnSqliteTests(SiteOnSqlite site) : AccountsDeskTests(site), IClassFixture<SiteOnSqlite>;

/// <summary>On PostgreSQL.</summary>
[NeedsPostgres]
public sealed class AccountsDeskOnPostgresTests(SiteOnPostgres site) : AccountsDeskTests(site), IClassFixture<SiteOnPostgres>;

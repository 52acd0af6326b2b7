using System.Net;
using Microsoft.Playwright;
using OpenData.Server.Accounts;
using OpenData.Server.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd.Web;

/// <summary>A reader reports a problem, the office answers, everybody reads it; and what is hostile stays text.</summary>
public abstract partial class FeedbackTests(Site site)
{
    private const string Hostile = "<script>alert(1)</script> \"><img src=x onerror=alert(1)>";

    [ContractFact]
    public async Task A_reader_reports_a_problem_from_a_release_and_the_office_answers_it()
    {
        Release release = await site.LatestAsync(Site.Registered);
        IPage page = await site.BrowseAsync("en");
        await page.GotoAsync($"/datasets/{release.Id}");
        await page.GetByRole(AriaRole.Link, new() { Name = "Report a problem" }).First.ClickAsync();
        (await page.Locator(".notice").InnerTextAsync()).ShouldContain("Please sign in first");
        await site.PictureAsync(page, "feedback-sign-in-en");

        await SignedIn.AsAsync(site, page, "reader-en");
        await page.GotoAsync($"/datasets/{release.Id}");
        await page.GetByRole(AriaRole.Link, new() { Name = "Report a problem" }).First.ClickAsync();
        (await page.GetByLabel("Edition").InputValueAsync()).ShouldBe(release.Edition);
        await page.GetByLabel("Subject").FillAsync("Page 3 " + Hostile);
        await page.GetByLabel("Description").FillAsync("It is " + Hostile + "\nand a second line.");
        await page.GetByLabel("How to reach you").FillAsync("private@example.org");
        await site.PictureAsync(page, "feedback-form-en");
        if (Axe.Path is not null)
        {
            (await Axe.FaultsAsync(page)).ShouldBeEmpty();
        }
        await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("Thank you");
        string number = page.Url.Split('/')[^1].Split('?')[0];

        // Everybody reads it as text; nobody else reads who wrote it.
        string html = await site.Client.GetStringAsync($"/feedback/{number}");
        html.ShouldContain("&lt;script&gt;alert(1)");
        html.ShouldNotContain("<script>alert");
        html.ShouldNotContain("<img src=x");
        html.ShouldNotContain("private@example.org");
        html.ShouldNotContain("reader-en");
        (await site.Client.GetAsync("/admin/feedback")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await page.GotoAsync($"/admin/feedback/{number}"))!.Status.ShouldBe(403);

        IPage office = await site.BrowseAsync("en");
        await SignedIn.AsAsync(site, office, "curator-en", Role.Curator);
        await office.GotoAsync("/admin/feedback");
        await site.PictureAsync(office, "feedback-queue-en");
        await office.Locator($"a[href='/admin/feedback/{number}']").ClickAsync();
        await office.GetByText("private@example.org").First.WaitForAsync();
        await office.Locator("#state").SelectOptionAsync("resolved");
        await office.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        (await office.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("needs an answer");
        await office.GetByLabel("Answer").FillAsync("Revision r2 has it. " + Hostile);
        await office.Locator("#state").SelectOptionAsync("resolved");
        await office.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        (await office.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldBe("Saved.");
        await site.PictureAsync(office, "feedback-desk-en");
        if (Axe.Path is not null)
        {
            (await Axe.FaultsAsync(office)).ShouldBeEmpty();
        }
        await page.GotoAsync($"/feedback/{number}");
        (await page.Locator("#answers").InnerTextAsync()).ShouldContain("Revision r2 has it. <script>");
        await site.PictureAsync(page, "feedback-answered-en");
        (await site.Client.GetStringAsync($"/feedback?state=resolved&dataset={Site.Registered}&kind=problem")).ShouldContain($"/feedback/{number}\"");
        (await site.Client.GetStringAsync("/feedback?state=declined")).ShouldNotContain($"/feedback/{number}\"");

        // Hidden: gone for others; its writer is told why. Then shown again, and taken back.
        await office.GetByLabel("Reason").FillAsync("A person is named.");
        await office.GetByRole(AriaRole.Button, new() { Name = "Do not show it" }).ClickAsync();
        (await site.Client.GetAsync($"/feedback/{number}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await page.ReloadAsync();
        (await page.Locator(".notice.warn").InnerTextAsync()).ShouldContain("A person is named.");
        await office.GetByRole(AriaRole.Button, new() { Name = "Show it again" }).ClickAsync();
        (await site.Client.GetAsync($"/feedback/{number}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await page.GetByRole(AriaRole.Button, new() { Name = "Take it back" }).ClickAsync();
        (await page.Locator(".notice.warn").InnerTextAsync()).ShouldContain("You took this entry back");
        (await site.Client.GetAsync($"/feedback/{number}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await page.GotoAsync("/feedback?mine=1");
        (await page.Locator("table").InnerTextAsync()).ShouldContain("taken back");
        await page.Context.CloseAsync();
        await office.Context.CloseAsync();
    }

    [ContractFact]
    public async Task The_same_in_Chinese_without_scripts_on_a_phone_an_auditor_looks_and_hostile_forms_do_nothing()
    {
        IPage page = await site.BrowseAsync("zh-CN", dark: true, width: 390, scripts: false);
        await SignedIn.AsAsync(site, page, "reader-zh");
        await page.GotoAsync("/feedback/new?kind=request");
        await page.GetByLabel("主题").FillAsync("短");
        await page.GetByLabel("说明").FillAsync(new string('需', 4000)); // nine bytes each on the way
        await page.GetByRole(AriaRole.Button, new() { Name = "提交" }).ClickAsync();
        (await page.Locator("#subject-fault").InnerTextAsync()).ShouldContain("5 至 120");
        await site.PictureAsync(page, "feedback-faults-zh");
        await page.GetByLabel("主题").FillAsync("希望提供1985年以前的数据");
        await page.GetByRole(AriaRole.Button, new() { Name = "提交" }).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("感谢您的反馈");
        string number = page.Url.Split('/')[^1].Split('?')[0];
        await page.GotoAsync("/feedback");
        await site.PictureAsync(page, "feedback-list-zh");

        IPage auditor = await site.BrowseAsync("zh-CN");
        await SignedIn.AsAsync(site, auditor, "auditor-zh", Role.Auditor);
        await auditor.GotoAsync($"/admin/feedback/{number}");
        (await auditor.Locator("#answer-form, #hide").CountAsync()).ShouldBe(0);
        await site.PictureAsync(auditor, "feedback-auditor-zh");
        string token = await auditor.Locator("header input[name=form_token]").GetAttributeAsync("value") ?? "";
        string cookies = string.Join("; ", (await auditor.Context.CookiesAsync()).Select(cookie => $"{cookie.Name}={cookie.Value}"));
        (string, string)[] answer = [("form_token", token), ("version", "1"), ("state", "answered"), ("answer", "I may not say this.")];
        (await site.PostAsync($"/admin/feedback/{number}/answer", cookies, answer)).ShouldBe(HttpStatusCode.Forbidden);
        (await site.PostAsync($"/admin/feedback/{number}/hide", cookies, [("form_token", token), ("version", "1"), ("reason", "because")])).ShouldBe(HttpStatusCode.Forbidden);
        (await site.PostAsync($"/feedback/{number}/withdraw", cookies, [("form_token", token)])).ShouldBe(HttpStatusCode.NotFound, "it is another's");

        (string, string)[] good = [("kind", "request"), ("subject", "A good subject"), ("body", "A body that is long enough.")];
        (await site.PostAsync("/feedback/new", cookies, good)).ShouldBe(HttpStatusCode.BadRequest, "no token");
        (await site.PostAsync("/feedback/new", cookies, [("form_token", token[..^2] + "xx"), .. good])).ShouldBe(HttpStatusCode.BadRequest, "a wrong one");
        (await site.PostAsync("/feedback/new", "", [("form_token", token), .. good])).ShouldBe(HttpStatusCode.BadRequest, "another browser's");
        foreach ((string, string)[] form in ((string, string)[][])
        [
            [],
            [("kind", "problem"), ("dataset", "'; DROP TABLE feedback; --"), ("subject", "A good subject"), ("body", "A body that is long enough.")],
            [("kind", "request"), ("subject", new string('x', 5000)), ("body", new string('y', 20_000))],
            [("kind", "request"), ("subject", "line\r\nSet-Cookie: x=y"), ("body", "a\0b"), ("edition", "../..")],
        ])
        {
            (await site.PostAsync("/feedback/new", cookies, [("form_token", token), .. form])).ShouldBeOneOf(HttpStatusCode.UnprocessableEntity, HttpStatusCode.BadRequest);
        }
        foreach (string path in (string[])["/feedback/0", "/feedback/-1", "/feedback/99999999999999999999", "/feedback/1'--", "/feedback?before=x&kind=%3Cscript%3E&dataset=%00", "/feedback/new?kind=%22%3E&dataset=%3Cscript%3Ealert(1)&document=%FF" + new string('d', 3000)])
        {
            using HttpResponseMessage calm = await site.Client.GetAsync(path);
            ((int)calm.StatusCode).ShouldBeLessThan(500, path);
            (await calm.Content.ReadAsStringAsync()).ShouldNotContain("<script>alert", Case.Insensitive, path);
        }
        await page.Context.CloseAsync();
        await auditor.Context.CloseAsync();
    }
}

/// <summary>Puts somebody's session into a browser, as a sign-in would.</summary>
internal static class SignedIn
{
    public static async Task<Account> AsAsync(Site site, IPage page, string name, params string[] roles)
    {
        Account account = (await site.Of<AccountStore>().AddAsync(name, name + " Ltd", null, AccountState.Active, roles, "test", CancellationToken.None)).Value.ShouldNotBeNull();
        await AsAsync(site, page, account);
        return account;
    }

    public static async Task AsAsync(Site site, IPage page, Account account)
    {
        await site.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        string session = await site.Of<Sessions>().BeginAsync(account.Id, IPAddress.Loopback, CancellationToken.None);
        await page.Context.AddCookiesAsync([new Microsoft.Playwright.Cookie { Name = "__Host-session", Value = session, Url = site.Url.Replace("http://", "https://", StringComparison.Ordinal), Secure = true, HttpOnly = true, SameSite = SameSiteAttribute.Lax }]);
    }
}

/// <summary>On SQLite.</summary>
public sealed class FeedbackOnSqliteTests(SiteOnSqlite site) : FeedbackTests(site), IClassFixture<SiteOnSqlite>;

/// <summary>On PostgreSQL.</summary>
[NeedsPostgres]
public sealed class FeedbackOnPostgresTests(SiteOnPostgres site) : FeedbackTests(site), IClassFixture<SiteOnPostgres>;

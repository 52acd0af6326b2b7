using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using OpenData.Server.Accounts;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd.Web;

/// <summary>Where mail is sent: addresses are confirmed, applicants are told, and a forgotten password is set anew.</summary>
public sealed class MailTests(SiteWithMail site) : IClassFixture<SiteWithMail>
{
    private const string Password = "correct horse battery";

    [SmtpFact]
    public async Task An_applicant_confirms_the_address_is_told_the_answer_and_sets_a_forgotten_password()
    {
        SmtpServer mails = site.Mails;
        IPage page = await site.BrowseAsync("zh-CN");
        await page.GotoAsync("/account/register");
        await page.Locator("#name").FillAsync("mailed");
        await page.Locator("#organization").FillAsync("某数据公司");
        await page.Locator("#contact").FillAsync("张三");
        await page.Locator("#email").FillAsync("zhang@company.example");
        await page.Locator("#purpose").FillAsync("建立专利检索系统的镜像数据。");
        await page.Locator("#password").FillAsync(Password);
        await CheckAsync(page, "register-mail-zh");
        await page.Locator("main form button").ClickAsync();

        (string headers, string text) = await mails.MailAsync(0);
        headers.ShouldContain("X-Recipients: zhang@company.example");
        headers.ShouldContain("Auto-Submitted: auto-generated");
        text.ShouldContain("有人使用此邮箱注册了账号“mailed”");
        string link = LinkIn(text);
        await page.GotoAsync(link);
        (await ProfileAsync("mailed")).EmailConfirmedAt.ShouldBeNull("opening a link does nothing: mail programs do that by themselves");
        await CheckAsync(page, "confirm-zh");
        await page.GetByRole(AriaRole.Button, new() { Name = "确认" }).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("电子邮箱已确认");
        (await ProfileAsync("mailed")).EmailConfirmedAt.ShouldNotBeNull();
        await page.GotoAsync(link);
        await page.GetByRole(AriaRole.Button, new() { Name = "确认" }).ClickAsync();
        (await page.Locator("h1").InnerTextAsync()).ShouldBe("链接已失效");

        await AnswerAsync("mailed", "refuse", "请补充产品名称。");
        (await mails.MailAsync(1)).Text.ShouldContain("请补充产品名称。");
        await AnswerAsync("mailed", "approve", null);
        (await mails.MailAsync(2)).Text.ShouldContain("已通过审核");

        // Forgotten: by the address, in any case of letters, on another computer.
        IPage other = await site.BrowseAsync("en");
        await other.GotoAsync("/account/sign-in");
        await other.GetByRole(AriaRole.Link, new() { Name = "Forgot your password?" }).ClickAsync();
        await other.GetByLabel("Account name or e-mail address").FillAsync("Zhang@Company.example");
        await CheckAsync(other, "forgot-en");
        await other.GetByRole(AriaRole.Button, new() { Name = "Send the link" }).ClickAsync();
        (await other.Locator("h1").InnerTextAsync()).ShouldBe("Look into your mail");
        string reset = LinkIn((await mails.MailAsync(3)).Text);
        await other.GotoAsync(reset);
        await other.GetByLabel("New password").FillAsync("mailed mailed");
        await other.GetByRole(AriaRole.Button, new() { Name = "Change password" }).ClickAsync();
        await other.Locator("#new-fault").HasAsync(1); // a weak one uses up nothing
        await CheckAsync(other, "reset-en");
        await other.GetByLabel("New password").FillAsync("another good password");
        await other.GetByRole(AriaRole.Button, new() { Name = "Change password" }).ClickAsync();
        (await other.Locator("h1").InnerTextAsync()).ShouldBe("Sign in");
        await other.GotoAsync(reset);
        (await other.Locator("h1").InnerTextAsync()).ShouldBe("This link does not work any more");
        (await site.Of<SignIn>().TryAsync("mailed", "another good password", IPAddress.Parse("203.0.113.1"), null, CancellationToken.None)).Account.ShouldNotBeNull();
        (await site.Of<SignIn>().TryAsync("mailed", Password, IPAddress.Parse("203.0.113.1"), null, CancellationToken.None)).Account.ShouldBeNull();
        await page.GotoAsync("/account");
        page.Url.ShouldContain("/account/sign-in", Case.Sensitive, "all sessions are ended");

        // Nobody learns who has an account, nor floods one with mail; and what is no token is told so calmly.
        for (int i = 0; i < 6; i++)
        {
            await other.GotoAsync("/account/forgot");
            await other.GetByLabel("Account name or e-mail address").FillAsync(i == 0 ? "nobody@nowhere.example" : "mailed");
            await other.GetByRole(AriaRole.Button, new() { Name = "Send the link" }).ClickAsync();
            (await other.Locator("h1").InnerTextAsync()).ShouldBe(i < 4 ? "Look into your mail" : "Too many attempts");
        }
        foreach (string token in (string[])["x", new string('A', 43), "..%2F..", "%3Cscript%3E"])
        {
            (await other.GotoAsync($"/account/reset/{token}"))!.Status.ShouldBeOneOf(410, 404, 400);
        }
        await other.Context.CloseAsync();
        await page.Context.CloseAsync();
    }

    private async Task AnswerAsync(string name, string act, string? reason)
    {
        AccountStore store = site.Of<AccountStore>();
        if ((await store.FindAsync("officer", CancellationToken.None)).Value is null)
        {
            await store.AddAsync("officer", null, null, AccountState.Active, [Role.AccountOfficer], "test", CancellationToken.None);
            await store.SetPasswordAsync("officer", await site.Of<Passwords>().HashAsync(Password, CancellationToken.None), "test", CancellationToken.None);
            await site.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        }
        IPage page = await site.BrowseAsync("en");
        await page.GotoAsync("/account/sign-in?return=/admin/accounts/" + (await store.FindAsync(name, CancellationToken.None)).Value!.Id);
        await page.Locator("#name").FillAsync("officer");
        await page.Locator("#password").FillAsync(Password);
        await page.Locator("main form button").ClickAsync();
        if (reason is not null)
        {
            await page.GetByText("Do not let in …").ClickAsync();
            await page.GetByLabel("Reason").FillAsync(reason);
        }
        await page.Locator($"form[action$='/{act}'] button").ClickAsync();
        await page.GetByRole(AriaRole.Status).WaitForAsync();
        await page.Context.CloseAsync();
    }

    private async Task<Profile> ProfileAsync(string name) =>
        (await site.Of<AccountStore>().ProfileAsync((await site.Of<AccountStore>().FindAsync(name, CancellationToken.None)).Value!.Id, CancellationToken.None)).ShouldNotBeNull();

    private async Task CheckAsync(IPage page, string picture)
    {
        await site.PictureAsync(page, picture);
        if (Axe.Path is not null)
        {
            (await Axe.FaultsAsync(page)).ShouldBeEmpty();
        }
    }

    private static string LinkIn(string text) => Regex.Match(text, @"http://\S+", RegexOptions.None, TimeSpan.FromSeconds(1)).Value;
}

/// <summary>The site with a mail server.</summary>
public sealed class SiteWithMail() : Site(DatabaseKind.Sqlite)
{
    private SmtpServer? _mails;

    /// <summary>What was sent.</summary>
    internal SmtpServer Mails => _mails!;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        if (_mails is not null)
        {
            await _mails.DisposeAsync();
        }
    }

    protected override async Task<IReadOnlyList<string>> SettingsAsync()
    {
        if (new SmtpFactAttribute().Skip is not null)
        {
            return [];
        }
        _mails = await SmtpServer.StartAsync();
        return _mails.Settings();
    }
}

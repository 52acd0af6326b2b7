using System.Net;
using Microsoft.Playwright;
using OpenData.Server.Accounts;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd.Web;

/// <summary>What people do at a site, and what others send there in their name.</summary>
internal static class SitePeople
{
    /// <summary>Of every account that <see cref="AddAsync"/> makes.</summary>
    public const string Password = "correct horse battery";

    /// <summary>An active account with these roles.</summary>
    public static async Task<Account> AddAsync(this Site site, string name, params string[] roles)
    {
        AccountStore store = site.Of<AccountStore>();
        Account account = (await store.AddAsync(name, null, null, AccountState.Active, roles, "test", CancellationToken.None)).Value.ShouldNotBeNull();
        await store.SetPasswordAsync(account.Id, await site.Of<Passwords>().HashAsync(Password, CancellationToken.None), "test", CancellationToken.None);
        await site.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        return account;
    }

    /// <summary>A new window in which somebody has signed in.</summary>
    public static async Task<IPage> SignInAsync(this Site site, string name, string language, bool scripts = true)
    {
        IPage page = await site.BrowseAsync(language, scripts: scripts);
        await page.GotoAsync("/account/sign-in");
        await page.Locator("#name").FillAsync(name);
        await page.Locator("#password").FillAsync(Password);
        await page.Locator("main form button").ClickAsync();
        await page.Locator("header form button").WaitForAsync(new() { Timeout = 60_000 }); // signed in: there is a way out
        return page;
    }

    /// <summary>
    /// Waits until the window shows the page at an address to its last line. It looks where the window is: waiting for the event of arriving there misses one that comes
    /// while the wait begins, and of a page that sends on at once a browser may never tell that it is loaded.
    /// </summary>
    /// <param name="page">The window.</param>
    /// <param name="end">How the address ends.</param>
    public static async Task ArriveAsync(this IPage page, string end)
    {
        await Eventually.TrueAsync(() => Task.FromResult(page.Url.EndsWith(end, StringComparison.Ordinal)), $"the window, which was at {page.Url}, is at …{end}", TimeSpan.FromSeconds(60));
        await page.Locator("footer.site").WaitForAsync();
    }

    /// <summary>Waits until the page has so many of something: a click is over when the page that it leads to begins, not when all of it is there.</summary>
    public static Task HasAsync(this ILocator what, int count) => Assertions.Expect(what).ToHaveCountAsync(count, new() { Timeout = 60_000 });

    /// <summary>Keeps a picture of a page and asks axe, which needs the page's scripts to be on, for its faults.</summary>
    public static async Task CheckAsync(this Site site, IPage page, string picture, bool scripts = true)
    {
        await site.PictureAsync(page, picture);
        if (Axe.Path is not null && scripts)
        {
            (await Axe.FaultsAsync(page)).ShouldBeEmpty(picture);
        }
    }

    /// <summary>What a form of the page needs to be sent by a program: the browser's cookies and its token.</summary>
    public static async Task<(string Cookies, string Token)> FormOfAsync(IPage page) => (
        string.Join("; ", (await page.Context.CookiesAsync()).Select(cookie => $"{cookie.Name}={cookie.Value}")),
        await page.Locator("header input[name=form_token]").GetAttributeAsync("value") ?? "");

    /// <summary>Sends a form as a program does, with whatever it likes.</summary>
    public static async Task<HttpStatusCode> PostAsync(this Site site, string path, string cookies, (string Name, string Value)[] form, params (string Name, string Value)[] headers) =>
        (await site.SendAsync(path, cookies, form, headers)).Status;

    /// <inheritdoc cref="PostAsync"/>
    public static async Task<(HttpStatusCode Status, string Html)> SendAsync(
        this Site site, string path, string cookies, (string Name, string Value)[] form, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))) };
        request.Headers.TryAddWithoutValidation("Cookie", cookies);
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        using HttpResponseMessage answer = await site.Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}

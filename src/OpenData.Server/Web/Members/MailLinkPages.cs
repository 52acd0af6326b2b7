using System.Net;
using OpenData.Server.Accounts;
using OpenData.Server.Mail;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Members;

/// <summary>
/// <c>/account/confirm/…</c>, <c>/account/forgot</c> and <c>/account/reset/…</c>: where the links in our mails lead. Opening a link does nothing yet, since mail
/// programs open links by themselves; a button does.
/// </summary>
internal static class MailLinkPages
{
    /// <summary>Maps the pages into the group of the account.</summary>
    public static void Map(IEndpointRouteBuilder account)
    {
        account.MapGet("/confirm/{token}", (string token, HttpContext http) => SitePage.OfForm<MailLinkPage>(http, new MailLinkForm(MailLinkStep.Confirm)));
        account.MapPost("/confirm/{token}", ConfirmAsync).RequireOwnForm();
        account.MapGet("/forgot", (HttpContext http, Outbox outbox) => outbox.IsOn ? SitePage.OfForm<MailLinkPage>(http, new MailLinkForm(MailLinkStep.Forgot)) : TypedResults.NotFound());
        account.MapPost("/forgot", ForgotAsync).RequireOwnForm();
        account.MapGet("/reset/{token}", ShowResetAsync);
        account.MapPost("/reset/{token}", ResetAsync).RequireOwnForm();
    }

    private static async Task<IResult> ConfirmAsync(string token, HttpContext http, AccountStore store, CurrentAccounts accounts, CancellationToken stop)
    {
        AccountResult<Account> done = await store.ConfirmEmailAsync(token, stop);
        await accounts.RefreshAsync(stop);
        return done.Done
            ? http.Member() is null ? SitePage.OfForm<MailLinkPage>(http, new MailLinkForm(MailLinkStep.Confirmed)) : SeeOther.To("/account?notice=email-confirmed")
            : Over(http);
    }

    private static async Task<IResult> ForgotAsync(HttpContext http, Outbox outbox, AccountMail mail, ForgottenLimit limit, CancellationToken stop)
    {
        if (!outbox.IsOn)
        {
            return TypedResults.NotFound();
        }
        string who = http.Request.FormText("who").Trim();
        if (who.Length is 0 or > Registration.LongestEmail)
        {
            return SitePage.OfForm<MailLinkPage>(http, new MailLinkForm(MailLinkStep.Forgot), StatusCodes.Status422UnprocessableEntity);
        }
        if (limit.IsReached(http.Connection.RemoteIpAddress ?? IPAddress.Loopback, who))
        {
            return SitePage.Of<ErrorPage>(http, new ErrorModel(429), StatusCodes.Status429TooManyRequests);
        }
        await mail.ForgottenAsync(http, who, stop);
        return SitePage.OfForm<MailLinkPage>(http, new MailLinkForm(MailLinkStep.Sent)); // the same for whoever is known and whoever is not
    }

    private static async Task<IResult> ShowResetAsync(string token, HttpContext http, AccountStore store, CancellationToken stop) =>
        await store.PasswordTokenOwnerAsync(token, stop) is { } owner
            ? SitePage.OfForm<MailLinkPage>(http, new MailLinkForm(MailLinkStep.Reset, owner.Name))
            : Over(http);

    private static async Task<IResult> ResetAsync(string token, HttpContext http, AccountStore store, Passwords passwords, CurrentAccounts accounts, CancellationToken stop)
    {
        if (await store.PasswordTokenOwnerAsync(token, stop) is not { } owner)
        {
            return Over(http);
        }
        string password = http.Request.FormText("new");
        if (!Passwords.IsGood(password, owner.Name))
        {
            return SitePage.OfForm<MailLinkPage>(http, new MailLinkForm(MailLinkStep.Reset, owner.Name, IsWeak: true), StatusCodes.Status422UnprocessableEntity);
        }
        AccountResult<Account> done = await store.ResetPasswordAsync(token, await passwords.HashAsync(password, stop), stop);
        await accounts.RefreshAsync(stop);
        return done.Done ? SeeOther.To("/account/sign-in") : Over(http);
    }

    private static IResult Over(HttpContext http) => SitePage.OfForm<MailLinkPage>(http, new MailLinkForm(MailLinkStep.Over), StatusCodes.Status410Gone);
}

/// <param name="Step">What the page is about.</param>
/// <param name="Name">The account's name, where it is known.</param>
/// <param name="IsWeak">Whether the password that was typed is none.</param>
public sealed record MailLinkForm(MailLinkStep Step, string Name = "", bool IsWeak = false);

/// <summary>Steps of mailed links.</summary>
public enum MailLinkStep
{
    /// <summary>A button confirms the address.</summary>
    Confirm,

    /// <summary>It is confirmed.</summary>
    Confirmed,

    /// <summary>Who forgot the password?</summary>
    Forgot,

    /// <summary>If there is such an account, a mail is on its way.</summary>
    Sent,

    /// <summary>Another password.</summary>
    Reset,

    /// <summary>The link does not work any more.</summary>
    Over,
}

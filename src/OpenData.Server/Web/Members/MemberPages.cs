using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;
using OpenData.Server.Accounts;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Reading;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Members;

/// <summary><c>/account/…</c>: registering, signing in and out, and an account's own page with its keys, terms and usage.</summary>
internal static class MemberPages
{
    private const string Home = "/account";

    public static void Map(IEndpointRouteBuilder pages)
    {
        RouteGroupBuilder account = pages.MapGroup(Home);
        account.MapGet("/register", (HttpContext http, IOptions<AccountsOptions> options) => SitePage.OfForm<RegisterPage>(http, new RegisterForm(options.Value.Registration)));
        account.MapPost("/register", RegisterAsync).RequireOwnForm();
        account.MapGet("/sign-in", (HttpContext http) => SitePage.OfForm<SignInPage>(http, new SignInForm(Return: SeeOther.Local(http.Request.Query["return"]))));
        account.MapPost("/sign-in", SignInAsync).RequireOwnForm();
        account.MapPost("/sign-out", SignOutAsync).RequireOwnForm();
        account.MapGet("", ShowAsync);
        MailLinkPages.Map(account);
        ProofPages.Map(account);
        UnifiedLoginPages.Map(account);
        account.MapPost("/apply", ApplyAgainAsync).RequireOwnForm();
        account.MapPost("/keys", MakeKeyAsync).RequireFreshPassword();
        account.MapPost("/keys/{id}/revoke", RevokeKeyAsync).RequireOwnForm();
        account.MapPost("/terms/{id}", AcceptTermsAsync).RequireOwnForm();
        account.MapPost("/password", ChangePasswordAsync).RequireOwnForm();
        account.MapGet("/live", LiveDownloads.SendAsync);
    }

    private static async Task<IResult> RegisterAsync(
        HttpContext http,
        AccountStore store,
        CurrentAccounts accounts,
        Passwords passwords,
        Sessions sessions,
        RegistrationLimit limit,
        AccountMail mail,
        IOptions<AccountsOptions> options,
        CancellationToken stop)
    {
        HttpRequest request = http.Request;
        Registration told = ToldIn(http, request.FormText("name").Trim());
        string password = request.FormText("password");
        IResult Again(params string[] faults) => SitePage.OfForm<RegisterPage>(
            http,
            new RegisterForm(options.Value.Registration, told.Name, told.Organization, told.Contact, told.Email ?? "", told.Country ?? "", told.Purpose, faults),
            StatusCodes.Status422UnprocessableEntity);

        if (!options.Value.Registration)
        {
            return Again();
        }
        string[] faults = [.. told.Faults(), .. Passwords.IsGood(password, told.Name) ? Array.Empty<string>() : ["Password"]];
        if (faults.Length > 0)
        {
            return Again(faults);
        }
        if (limit.IsReached(Address(http)))
        {
            return TooMany(http);
        }
        AccountResult<Account> made = await store.RegisterAsync(told, await passwords.HashAsync(password, stop), stop);
        if (!made.Done)
        {
            return Again(made.Fault.Kind is AccountFaultKind.Taken ? "Taken" : "Name");
        }
        await accounts.RefreshAsync(stop);
        await mail.ConfirmAsync(http, made.Value, stop);
        await BeginAsync(http, sessions, made.Value, null, stop);
        return SeeOther.To(Home);
    }

    internal static Registration ToldIn(HttpContext http, string name)
    {
        HttpRequest request = http.Request;
        string email = request.FormText("email").Trim();
        string country = request.FormText("country").Trim().ToUpperInvariant();
        return new Registration(
            name,
            request.FormText("organization").Trim(),
            request.FormText("contact").Trim(),
            request.FormText("purpose").Trim(),
            email.Length == 0 ? null : email,
            country.Length == 0 ? null : country,
            http.Reader().Language.Code());
    }

    private static async Task<IResult> ApplyAgainAsync(HttpContext http, AccountStore store, CurrentAccounts accounts, MemberDesk desk, AccountMail mail, CancellationToken stop)
    {
        if (http.Member() is not { Account: { State: AccountState.Pending } account })
        {
            return SeeOther.SignIn(http);
        }
        Registration told = ToldIn(http, account.Name);
        string[] faults = [.. told.Faults().Where(field => field is not nameof(Registration.Name))];
        if (faults.Length > 0)
        {
            AccountView view = await desk.ViewAsync(http, account, "Members.Mend", stop);
            return SitePage.Of<AccountPage>(http, view with { Faults = faults }, StatusCodes.Status422UnprocessableEntity);
        }
        AccountResult<Account> done = await store.ApplyAgainAsync(account.Id, told, stop);
        await accounts.RefreshAsync(stop);
        if (done.Done)
        {
            await mail.ConfirmAsync(http, account, stop);
        }
        return SeeOther.To(done.Done ? Home + "?notice=applied" : Home); // not done: it was let in meanwhile
    }

    private static async Task<IResult> SignInAsync(HttpContext http, SignIn signIn, CurrentAccounts accounts, Sessions sessions, CancellationToken stop)
    {
        HttpRequest request = http.Request;
        Reader reader = http.Reader();
        string name = request.FormText("name").Trim();
        string back = SeeOther.Local(request.FormText("return"));
        SignInOutcome outcome = await signIn.TryAsync(name, request.FormText("password"), Address(http), request.Cookies[MemberSession.MarkCookie], stop);
        if (outcome.Account is not { } account)
        {
            if (outcome.Wait > TimeSpan.Zero)
            {
                http.Response.Headers.RetryAfter = ((long)Math.Ceiling(outcome.Wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            }
            string fault = outcome.Wait > TimeSpan.Zero ? reader.Text("SignIn.Wait", Math.Ceiling(outcome.Wait.TotalMinutes)) : reader["SignIn.Wrong"];
            return SitePage.OfForm<SignInPage>(
                http, new SignInForm(name, back, fault), outcome.Wait > TimeSpan.Zero ? StatusCodes.Status429TooManyRequests : StatusCodes.Status422UnprocessableEntity);
        }
        await accounts.RefreshAsync(stop);
        await sessions.EndAsync(request.Cookies[MemberSession.Cookie], stop); // a session is never taken over by another person
        await BeginAsync(http, sessions, account, signIn, stop);
        return SeeOther.To(back);
    }

    private static async Task<IResult> SignOutAsync(HttpContext http, Sessions sessions, CancellationToken stop)
    {
        await sessions.EndAsync(http.Request.Cookies[MemberSession.Cookie], stop);
        http.Response.Cookies.Delete(MemberSession.Cookie, Cookies.ForVisits());
        http.Response.Cookies.Delete(FormTokens.Cookie, Cookies.ForUs);
        return SeeOther.To("/");
    }

    private static async Task<IResult> ShowAsync(HttpContext http, MemberDesk desk, CancellationToken stop) => http.Member() is { } member
        ? SitePage.Of<AccountPage>(http, await desk.ViewAsync(http, member.Account, NoticeOf(http.Request), stop))
        : SeeOther.SignIn(http);

    private static async Task<IResult> MakeKeyAsync(HttpContext http, AccountStore store, CurrentAccounts accounts, MemberDesk desk, TimeProvider time, CancellationToken stop)
    {
        if (http.Member() is not { Account: { State: AccountState.Active } account })
        {
            return SeeOther.SignIn(http);
        }
        HttpRequest request = http.Request;
        string name = request.FormText("key").Trim();
        DateTimeOffset? expires = request.FormText("life") switch { "90" => time.GetUtcNow().AddDays(90), "" => null, _ => time.GetUtcNow().AddDays(365) };
        string? fault = KeyScope.TryParse($"{request.FormText("purpose")} {request.FormText("datasets")}", out KeyScope limits);
        if (fault is not null)
        {
            return await RefusedAsync(http, desk, account, "Members.KeyScopeRefused", stop);
        }
        AccountResult<IssuedKey> made = await store.AddKeyAsync(account.Id, name, expires, limits, $"account:{account.Id}", stop);
        if (!made.Done)
        {
            return await RefusedAsync(http, desk, account, limits.Datasets.Count > 0 && name.Length is > 0 and <= 100 ? "Members.KeyScopeRefused" : "Notice.KeyRefused", stop);
        }
        await accounts.RefreshAsync(stop);
        return SitePage.Of<NewKeyPage>(http, new NewKeyView(name, made.Value.Reveal()));
    }

    private static async Task<IResult> RevokeKeyAsync(string id, HttpContext http, AccountStore store, CurrentAccounts accounts, CancellationToken stop)
    {
        if (http.Member() is not { } member)
        {
            return SeeOther.SignIn(http);
        }
        AccountResult<Account> revoked = await store.RevokeKeyAsync(id, member.Account.Id, $"account:{member.Account.Id}", stop);
        await accounts.RefreshAsync(stop);
        return revoked.Done ? SeeOther.To(Home + "?notice=key-revoked#keys") : TypedResults.NotFound();
    }

    private static async Task<IResult> AcceptTermsAsync(string id, HttpContext http, AccountStore store, CurrentAccounts accounts, CancellationToken stop)
    {
        if (http.Member() is not { } member)
        {
            return SeeOther.SignIn(http);
        }
        AccountResult<Account> accepted = await store.AcceptTermsAsync(member.Account.Id, id, $"account:{member.Account.Id}", stop);
        await accounts.RefreshAsync(stop);
        return accepted.Done ? SeeOther.To(Home + "?notice=terms-accepted") : TypedResults.NotFound();
    }

    private static async Task<IResult> ChangePasswordAsync(
        HttpContext http, SignIn signIn, AccountStore store, CurrentAccounts accounts, Passwords passwords, Sessions sessions, MemberDesk desk, CancellationToken stop)
    {
        if (http.Member() is not { Account: { } account })
        {
            return SeeOther.SignIn(http);
        }
        SignInOutcome again = await signIn.AgainAsync(account, http.Request.FormText("old"), Address(http), stop);
        string password = http.Request.FormText("new");
        if (again.Account is null || !Passwords.IsGood(password, account.Name))
        {
            return await RefusedAsync(http, desk, account, again.Wait > TimeSpan.Zero ? "Notice.Wait" : again.Account is null ? "Notice.WrongPassword" : "Notice.WeakPassword", stop);
        }
        await store.SetPasswordAsync(account.Id, await passwords.HashAsync(password, stop), $"account:{account.Id}", stop);
        await accounts.RefreshAsync(stop);
        await BeginAsync(http, sessions, account, signIn, stop); // all others are ended
        return SeeOther.To(Home + "?notice=password-changed");
    }

    internal static async Task BeginAsync(HttpContext http, Sessions sessions, Account account, SignIn? signIn, CancellationToken stop)
    {
        http.Response.Cookies.Append(MemberSession.Cookie, await sessions.BeginAsync(account.Id, Address(http), stop), Cookies.ForVisits());
        if (signIn?.NewMark(account.Id) is { } mark)
        {
            http.Response.Cookies.Append(MemberSession.MarkCookie, mark, Cookies.ForVisits(TimeSpan.FromDays(365)));
        }
    }

    private static async Task<IResult> RefusedAsync(HttpContext http, MemberDesk desk, Account account, string notice, CancellationToken stop) =>
        SitePage.Of<AccountPage>(http, await desk.ViewAsync(http, account, notice, stop), StatusCodes.Status422UnprocessableEntity);

    internal static IResult TooMany(HttpContext http) => SitePage.Of<ErrorPage>(http, new ErrorModel(429), StatusCodes.Status429TooManyRequests);

    private static string? NoticeOf(HttpRequest request) => request.Query["notice"].ToString() switch
    {
        "email-confirmed" => "Members.EmailConfirmedDone",
        "applied" => "Members.AppliedDone",
        "proof-added" => "Members.ProofAddedDone",
        "proof-removed" => "Members.ProofRemovedDone",
        "key-revoked" => "Notice.KeyRevokedDone",
        "terms-accepted" => "Notice.TermsAcceptedDone",
        "linked" => "Members.Unified.LinkedDone",
        "unlinked" => "Members.Unified.UnlinkedDone",
        "password-changed" => "Notice.PasswordChangedDone",
        _ => null,
    };

    private static IPAddress Address(HttpContext http) => http.Connection.RemoteIpAddress ?? IPAddress.Loopback;
}

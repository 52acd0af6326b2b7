using System.Net;
using Microsoft.Extensions.Options;
using OpenData.Server.Accounts;
using OpenData.Server.Accounts.Oidc;
using OpenData.Server.Gateway;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Members;

/// <summary><c>/account/login/unified/…</c>: to the organization's unified login and back. Not there where none is set.</summary>
internal static class UnifiedLoginPages
{
    /// <summary>The cookie of who is on the way.</summary>
    public const string Cookie = "__Host-unified";

    private const string Path = "/login/unified", Home = "/account" + Path;

    private static readonly TimeSpan s_toRegister = TimeSpan.FromHours(1);

    /// <summary>Maps the pages into the group of the account.</summary>
    public static void Map(IEndpointRouteBuilder account)
    {
        RouteGroupBuilder unified = account.MapGroup(Path);
        unified.MapGet("", BeginAsync);
        unified.MapPost("/link", LinkAsync).RequireFreshPassword();
        unified.MapPost("/unlink", UnlinkAsync).RequireFreshPassword();
        unified.MapGet("/return", ReturnAsync);
        unified.MapGet("/register", ShowRegisterAsync);
        unified.MapPost("/register", RegisterAsync).RequireOwnForm();
        unified.MapGet("/confirmed", (HttpContext http, OidcProvider provider) =>
            provider.IsOn ? SitePage.OfForm<UnifiedLoginPage>(http, new UnifiedLoginView(null)) : TypedResults.NotFound());
        unified.MapGet("/fault/{fault}", (string fault, HttpContext http, OidcProvider provider) =>
            provider.IsOn && Enum.TryParse(fault, ignoreCase: true, out OidcFault what) && Enum.IsDefined(what)
                ? SitePage.OfForm<UnifiedLoginPage>(http, new UnifiedLoginView(what), what is OidcFault.Away ? StatusCodes.Status502BadGateway : StatusCodes.Status400BadRequest)
                : TypedResults.NotFound());
    }

    private static async Task<IResult> BeginAsync(HttpContext http, OidcProvider provider, PublicAddress address, TimeProvider time, CancellationToken stop)
    {
        if (!provider.IsOn)
        {
            return TypedResults.NotFound();
        }
        bool again = http.Request.Query["again"] == "1";
        if (again && http.Member() is null)
        {
            return SeeOther.SignIn(http);
        }
        string back = SeeOther.Local(http.Request.Query["return"]);
        LoginAttempt attempt = again
            ? LoginAttempt.Begin(LoginAim.Again, Home + "/confirmed", http.Member()!.Account.Id, time.GetUtcNow())
            : LoginAttempt.Begin(LoginAim.SignIn, back, null, time.GetUtcNow());
        return await SendAsync(http, provider, address, attempt, stop) is { } there ? SeeOther.To(there) : SeeOther.To(Home + "/fault/away");
    }

    private static async Task<IResult> LinkAsync(HttpContext http, OidcProvider provider, PublicAddress address, TimeProvider time, CancellationToken stop)
    {
        if (!provider.IsOn || http.Member() is not { } member)
        {
            return TypedResults.NotFound();
        }
        LoginAttempt attempt = LoginAttempt.Begin(LoginAim.Link, "/account?notice=linked", member.Account.Id, time.GetUtcNow());
        return new OnwardPage(await SendAsync(http, provider, address, attempt, stop) ?? Home + "/fault/away");
    }

    private static async Task<IResult> UnlinkAsync(HttpContext http, AccountStore store, CurrentAccounts accounts, MemberDesk desk, CancellationToken stop)
    {
        if (http.Member() is not { Account: { } account })
        {
            return TypedResults.NotFound();
        }
        AccountResult<Account> unlinked = await store.UnlinkIdentityAsync(account.Id, $"account:{account.Id}", stop);
        if (!unlinked.Done)
        {
            return SitePage.Of<AccountPage>(http, await desk.ViewAsync(http, account, "Members.Unified.OnlyWay", stop), StatusCodes.Status422UnprocessableEntity);
        }
        await accounts.RefreshAsync(stop);
        return SeeOther.To("/account?notice=unlinked");
    }

    private static async Task<string?> SendAsync(HttpContext http, OidcProvider provider, PublicAddress address, LoginAttempt attempt, CancellationToken stop)
    {
        http.Response.Headers.CacheControl = "no-store";
        string? there = await provider.AddressAsync(attempt, ReturnOf(http, address), stop);
        if (there is not null)
        {
            http.Response.Cookies.Append(Cookie, attempt.ToCookie(), Cookies.ForVisits(LoginAttempt.Life));
        }
        return there;
    }

    private static async Task<IResult> ReturnAsync(
        HttpContext http, OidcProvider provider, PublicAddress address, AccountStore store, CurrentAccounts accounts, Sessions sessions, SignIn signIn, TimeProvider time, CancellationToken stop)
    {
        if (!provider.IsOn)
        {
            return TypedResults.NotFound();
        }
        IQueryCollection query = http.Request.Query;
        if (LoginAttempt.FromCookie(http.Request.Cookies[Cookie]) is not { } attempt || !attempt.IsAnsweredBy(query["state"], time.GetUtcNow()))
        {
            return Fault(OidcFault.Expired); // the cookie stays: this may be a stranger's link while somebody is on the way
        }
        http.Response.Cookies.Delete(Cookie, Cookies.ForVisits());
        if (query["error"].Count > 0)
        {
            return Fault(query["error"] == "temporarily_unavailable" || query["error"] == "server_error" ? OidcFault.Away : OidcFault.Denied);
        }
        if (query["code"] is not [{ Length: > 0 and <= 4096 } code] || !provider.IsIssuer(query["iss"]))
        {
            return Fault(OidcFault.Refused);
        }
        OidcOutcome outcome = await provider.ExchangeAsync(code, attempt, ReturnOf(http, address), stop);
        if (outcome.Identity is not { } identity)
        {
            return Fault(outcome.Fault);
        }
        Account? owner = await store.FindByIdentityAsync(identity, stop);
        if (!await store.UseLoginAsync(attempt, identity, waits: owner is null && attempt.Aim is LoginAim.SignIn, stop))
        {
            return Fault(OidcFault.Expired);
        }
        if (attempt.Aim is not LoginAim.SignIn)
        {
            return await OfMemberAsync(http, store, accounts, sessions, attempt, identity, owner, stop);
        }
        if (owner is null)
        {
            http.Response.Cookies.Append(Cookie, attempt.ToCookie(), Cookies.ForVisits(s_toRegister));
            return new OnwardPage(Home + "/register");
        }
        if (owner.State is AccountState.Suspended)
        {
            return Fault(OidcFault.Suspended);
        }
        await accounts.RefreshAsync(stop);
        await sessions.EndAsync(http.Request.Cookies[MemberSession.Cookie], stop); // a session is never taken over by another person
        await MemberPages.BeginAsync(http, sessions, owner, signIn, stop);
        return new OnwardPage(SeeOther.Local(attempt.Return));
    }

    /// <summary>Somebody who is signed in came back: the same person again, or to link.</summary>
    private static async Task<IResult> OfMemberAsync(
        HttpContext http, AccountStore store, CurrentAccounts accounts, Sessions sessions, LoginAttempt attempt, OidcIdentity identity, Account? owner, CancellationToken stop)
    {
        if (http.Member() is not { } member || member.Account.Id != attempt.AccountId)
        {
            return Fault(OidcFault.Expired);
        }
        if (attempt.Aim is LoginAim.Again)
        {
            if (owner?.Id != member.Account.Id)
            {
                return Fault(OidcFault.NotYou);
            }
            await sessions.ConfirmAsync(member.SessionKey, stop);
        }
        else
        {
            AccountResult<Account> linked = await store.LinkIdentityAsync(member.Account.Id, identity, $"account:{member.Account.Id}", stop);
            if (!linked.Done)
            {
                return Fault(OidcFault.Taken);
            }
            await accounts.RefreshAsync(stop);
        }
        return new OnwardPage(SeeOther.Local(attempt.Return));
    }

    private static async Task<IResult> ShowRegisterAsync(HttpContext http, OidcProvider provider, AccountStore store, IOptions<AccountsOptions> options, CancellationToken stop)
    {
        if (!provider.IsOn)
        {
            return TypedResults.NotFound();
        }
        return LoginAttempt.FromCookie(http.Request.Cookies[Cookie]) is { } attempt && await store.WaitingLoginAsync(attempt, stop) is { } identity
            ? SitePage.OfForm<UnifiedRegisterPage>(http, new RegisterForm(options.Value.Registration, NameFor(identity), Contact: identity.Name ?? "", Email: identity.Email ?? ""))
            : SeeOther.To(Home + "/fault/expired");
    }

    private static async Task<IResult> RegisterAsync(
        HttpContext http,
        OidcProvider provider,
        AccountStore store,
        CurrentAccounts accounts,
        Sessions sessions,
        SignIn signIn,
        RegistrationLimit limit,
        AccountMail mail,
        IOptions<AccountsOptions> options,
        CancellationToken stop)
    {
        if (!provider.IsOn)
        {
            return TypedResults.NotFound();
        }
        if (LoginAttempt.FromCookie(http.Request.Cookies[Cookie]) is not { } attempt || await store.WaitingLoginAsync(attempt, stop) is null)
        {
            return SeeOther.To(Home + "/fault/expired");
        }
        Registration told = MemberPages.ToldIn(http, http.Request.FormText("name").Trim());
        IResult Again(params string[] faults) => SitePage.OfForm<UnifiedRegisterPage>(
            http,
            new RegisterForm(options.Value.Registration, told.Name, told.Organization, told.Contact, told.Email ?? "", told.Country ?? "", told.Purpose, faults),
            StatusCodes.Status422UnprocessableEntity);

        if (!options.Value.Registration)
        {
            return Again();
        }
        string[] faults = [.. told.Faults()];
        if (faults.Length > 0)
        {
            return Again(faults);
        }
        if (limit.IsReached(http.Connection.RemoteIpAddress ?? IPAddress.Loopback))
        {
            return MemberPages.TooMany(http);
        }
        AccountResult<Account> made = await store.RegisterAsync(told, attempt, stop);
        if (!made.Done)
        {
            return made.Fault.Kind is AccountFaultKind.NotFound ? SeeOther.To(Home + "/fault/expired") : Again(made.Fault.Kind is AccountFaultKind.Taken ? "Taken" : "Name");
        }
        http.Response.Cookies.Delete(Cookie, Cookies.ForVisits());
        await accounts.RefreshAsync(stop);
        await mail.ConfirmAsync(http, made.Value, stop);
        await sessions.EndAsync(http.Request.Cookies[MemberSession.Cookie], stop);
        await MemberPages.BeginAsync(http, sessions, made.Value, signIn, stop);
        return SeeOther.To("/account");
    }

    private static string NameFor(OidcIdentity identity) => identity.Email?.Split('@')[0] is { Length: >= 3 } name ? name : identity.Name ?? "";

    private static IResult Fault(OidcFault fault) => new OnwardPage($"{Home}/fault/{fault.ToString().ToLowerInvariant()}");

    private static string ReturnOf(HttpContext http, PublicAddress address) => address.Root(http.Request) + Home + "/return";
}

/// <param name="Fault">What went wrong; null where somebody showed that it is they.</param>
public sealed record UnifiedLoginView(OidcFault? Fault);

using System.Security.Claims;
using OpenData.Server.Accounts;

namespace OpenData.Server.Web.Members;

/// <summary>Somebody who is signed in to the site.</summary>
/// <param name="Account">Their account, as it is now.</param>
/// <param name="SessionKey">What only this session has; never shown.</param>
/// <param name="ConfirmedAt">When they last entered their password again in this session, or null.</param>
public sealed record Member(Account Account, string SessionKey, DateTimeOffset? ConfirmedAt = null);

/// <summary>Finds out whether somebody is signed in.</summary>
public static class MemberSession
{
    /// <summary>The cookie of a session.</summary>
    public const string Cookie = "__Host-session";

    /// <summary>The cookie that remembers that this browser signed in to an account before; see <see cref="SignIn"/>.</summary>
    public const string MarkCookie = "__Host-browser";

    /// <summary>Who is signed in, or null.</summary>
    public static Member? Member(this HttpContext http) => http.Features.Get<Member>();

    /// <summary>
    /// Identifies the session of a request before anything else is asked. An active account's session counts for files and for the API, too
    /// (<see cref="KeyAuthentication"/>); one that still waits may only look at its own pages.
    /// </summary>
    internal static async Task IdentifyAsync(HttpContext http, RequestDelegate next)
    {
        string? kept = http.Request.Cookies[Cookie];
        if (kept is not null
            && await http.RequestServices.GetRequiredService<Sessions>().FindAsync(kept, http.RequestAborted) is { AccountId: var id } session
            && http.RequestServices.GetRequiredService<CurrentAccounts>().Current.TryGetAccount(id, out Account? account)
            && account.State is not AccountState.Suspended)
        {
            http.Features.Set(new Member(account, kept, session.ConfirmedAt));
            if (account.State is AccountState.Active)
            {
                http.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(KeyAuthentication.AccountClaim, id)], "session"));
            }
        }
        await next(http);
    }
}

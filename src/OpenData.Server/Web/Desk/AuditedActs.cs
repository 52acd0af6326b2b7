using OpenData.Server.Accounts;
using OpenData.Server.Audit;
using OpenData.Server.Web.Members;

namespace OpenData.Server.Web.Desk;

/// <summary>Says who acts in a request of the desk, by a page or over the API.</summary>
public static class AuditedActs
{
    /// <summary>The line that an act of this request leaves in the trail; its parameters are those of <see cref="AuditAct"/>.</summary>
    /// <exception cref="InvalidOperationException">Nobody is known here: the endpoint is without a guard.</exception>
    public static AuditAct Act(this HttpContext http, string action, string subject, string? reason = null, string? before = null, string? after = null)
    {
        Account account = http.Features.Get<Caller>()?.Account ?? http.Member()?.Account ?? throw new InvalidOperationException("This endpoint is without a guard: use RequireRole or RequireApiRole.");
        return new AuditAct($"account:{account.Id}", action, subject, http.Connection.RemoteIpAddress?.ToString(), reason, before, after);
    }
}

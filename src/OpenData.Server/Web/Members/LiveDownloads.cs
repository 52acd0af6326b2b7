using System.Net;
using OpenData.Server.Accounts;
using OpenData.Server.Web.Components;

namespace OpenData.Server.Web.Members;

/// <summary><c>/account/live</c>: the part of the account's page about running downloads, as a server-sent event whenever it changes.</summary>
internal static class LiveDownloads
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    public static Task SendAsync(HttpContext http, MemberDesk desk)
    {
        if (http.Member() is not { Account.State: AccountState.Active } member)
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent; // tells a browser not to come back (HTML, 9.2)
            return Task.CompletedTask;
        }
        IPAddress address = http.Connection.RemoteIpAddress ?? IPAddress.Loopback;
        return LivePart<RunningPart>.SendAsync(http, _ => Task.FromResult<object?>(desk.RunningOf(member.Account.Id, address)), s_interval);
    }
}

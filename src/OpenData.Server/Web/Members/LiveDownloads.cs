using System.Net;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Components.Web;
using OpenData.Server.Accounts;
using OpenData.Server.Web.Components;

namespace OpenData.Server.Web.Members;

/// <summary><c>/account/live</c>: the part of the account's page about running downloads, as a server-sent event whenever it changes.</summary>
internal static class LiveDownloads
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <summary>After so long the browser connects again, and its session is asked for again.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);

    private static readonly JavaScriptEncoder s_encoder = JavaScriptEncoder.Create(UnicodeRanges.All);

    public static async Task SendAsync(HttpContext http, MemberDesk desk, IServiceProvider services, ILoggerFactory logs, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        if (http.Member() is not { Account.State: AccountState.Active } member)
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent; // tells a browser not to come back (HTML, 9.2)
            return;
        }
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        await using HtmlRenderer renderer = new(services, logs);
        using PeriodicTimer timer = new(s_interval, time);
        IPAddress address = http.Connection.RemoteIpAddress ?? IPAddress.Loopback;
        long began = time.GetTimestamp();
        string before = "";
        try
        {
            while (time.GetElapsedTime(began) < s_longest && desk.RunningOf(member.Account.Id, address) is { } running)
            {
                string part = await PageParts.RenderAsync<RunningPart>(renderer, http, running);
                string line = part == before ? ":\n\n" : $"event: part\ndata: \"{s_encoder.Encode(part)}\"\n\n";
                before = part;
                await http.Response.WriteAsync(line, end.Token);
                await http.Response.Body.FlushAsync(end.Token);
                await timer.WaitForNextTickAsync(end.Token);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The reader left, or the node stops.
        }
    }
}

using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace OpenData.Server.Web.Components;

/// <summary>Sends a part of a page again whenever it changes, as server-sent events (<c>data-live</c> in <c>site.js</c>).</summary>
/// <typeparam name="TPart">The component of the part, with a parameter <c>Model</c>.</typeparam>
internal static class LivePart<TPart>
    where TPart : IComponent
{
    /// <summary>After so long the browser connects again, and who it is is asked for again.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);

    private static readonly JavaScriptEncoder s_encoder = JavaScriptEncoder.Create(UnicodeRanges.All);

    /// <summary>Sends until the reader leaves, the node stops, or there is nothing to be shown any more.</summary>
    /// <param name="http">The request.</param>
    /// <param name="model">What the part shows now; null to end.</param>
    /// <param name="interval">Time between two looks.</param>
    public static async Task SendAsync(HttpContext http, Func<CancellationToken, Task<object?>> model, TimeSpan interval)
    {
        IServiceProvider services = http.RequestServices;
        TimeProvider time = services.GetRequiredService<TimeProvider>();
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        await using HtmlRenderer renderer = new(services, services.GetRequiredService<ILoggerFactory>());
        using PeriodicTimer timer = new(interval, time);
        long began = time.GetTimestamp();
        string before = "";
        try
        {
            while (time.GetElapsedTime(began) < s_longest && await model(end.Token) is { } shown)
            {
                string part = await PageParts.RenderAsync<TPart>(renderer, http, shown);
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

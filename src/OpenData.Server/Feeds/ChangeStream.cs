using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using OpenData.Format;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>
/// The change feed as server-sent events (HTML Living Standard, 9.2): <c>id</c> is the serial, <c>event</c> the type, <c>data</c> the change as
/// JSON. Whoever was away reconnects with <c>Last-Event-ID</c> and misses nothing.
/// </summary>
public sealed class ChangeStream(ChangeFeed feed, ChangeWatch watch, IHostApplicationLifetime lifetime)
{
    /// <summary>The media type.</summary>
    public const string MediaType = "text/event-stream";

    /// <summary>A comment is sent so often where nothing else is: proxies end connections that are silent for a minute.</summary>
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(15);

    private const int PageSize = 500;

    /// <summary>Sends changes after a serial until the reader goes or the process stops.</summary>
    public async Task SendAsync(HttpContext http, long after, CancellationToken stop)
    {
        http.Response.ContentType = MediaType;
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would hold events back
        PipeWriter body = http.Response.BodyWriter;
        try
        {
            bool there = await WriteAsync(body, "retry: 2000\n\n", stop);
            while (there && !lifetime.ApplicationStopping.IsCancellationRequested)
            {
                IReadOnlyList<Change> changes = watch.Tail.After(after, PageSize) ?? await feed.AfterAsync(after, PageSize, stop);
                if (changes.Count > 0)
                {
                    there = await WriteAsync(body, string.Concat(changes.Select(Event)), stop);
                    after = changes[^1].Serial;
                }
                else if (!await watch.WaitAsync(after, s_heartbeat, stop))
                {
                    there = await WriteAsync(body, ":\n\n", stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The reader has gone.
        }
    }

    private static string Event(Change change) => string.Create(
        CultureInfo.InvariantCulture, $"id: {change.Serial}\nevent: {JsonNamingPolicy.KebabCaseLower.ConvertName(change.Type.ToString())}\ndata: {JsonSerializer.Serialize(change, FeedJson.Format.Change)}\n\n");

    /// <returns>False where the reader has gone.</returns>
    private static async Task<bool> WriteAsync(PipeWriter body, string text, CancellationToken stop)
    {
        Encoding.UTF8.GetBytes(text, body);
        FlushResult result = await body.FlushAsync(stop);
        return !result.IsCompleted;
    }
}

using Microsoft.OpenApi;
using OpenData.Format;
using OpenData.Server.Gateway.Api;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary><c>/api/v1/changes</c>: what a mirror follows, page by page, by waiting, or as a stream.</summary>
internal static class ChangesApi
{
    /// <summary>The longest wait of a long poll, in seconds.</summary>
    public const int MaxWait = 60;

    /// <summary>Where it is.</summary>
    public const string Path = "/api/v1/changes";

    public static void MapChanges(this IEndpointRouteBuilder endpoints)
    {
        RouteGroupBuilder changes = endpoints.MapGroup(Path).WithHead();
        changes.MapGet("", ListAsync)
            .WithSummary("Changes after a serial, in the order of their commits. A full page never changes and may be kept for ever")
            .WithQuery("after", JsonSchemaType.Integer, "The last serial that the reader has; 0 to begin.", "int64")
            .WithQuery("wait", JsonSchemaType.Integer, $"Seconds to wait for a change where there is none yet, up to {MaxWait}.")
            .WithLimit()
            .Produces<FeedPage>();
        changes.MapGet("/head", HeadAsync).WithSummary("The newest serial, signed").Produces<FeedHead>();
        changes.MapGet("/stream", StreamAsync)
            .WithSummary("Changes as they come (server-sent events): the id of an event is its serial, and a reader that reconnects goes on after its Last-Event-ID")
            .WithQuery("after", JsonSchemaType.Integer, "The last serial that the reader has; left out, only what comes from now on.", "int64")
            .Produces<Change>(StatusCodes.Status200OK, ChangeStream.MediaType);
    }

    private static async Task<IResult> ListAsync(HttpContext http, ChangePages pages, CancellationToken stop)
    {
        QueryValues query = new(http.Request);
        long after = query.Number("after", 0, 0, long.MaxValue);
        long wait = query.Number("wait", 0, 0, MaxWait);
        int limit = query.Limit();
        if (query.Problem is { } problem)
        {
            return problem;
        }
        ChangePage page = await pages.FirstAsync(http.Request.PathBase + Path, after, limit, mayWait: wait > 0, stop);
        return (page.Count == 0 && wait > 0 ? await pages.NextAsync(page, TimeSpan.FromSeconds(wait), stop) : page).Document;
    }

    private static async Task<IResult> HeadAsync(SignedHead head, CancellationToken stop) => await head.DocumentAsync(stop);

    private static async Task<IResult> StreamAsync(HttpContext http, ChangeStream stream, ChangeWatch watch, CancellationToken stop)
    {
        QueryValues query = new(http.Request);
        long after = query.Number("after", watch.Head, 0, long.MaxValue);
        // What the browser remembers is newer than the address that it was given at first.
        string? last = http.Request.Headers["Last-Event-ID"];
        if (!string.IsNullOrEmpty(last))
        {
            after = long.TryParse(last, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long serial)
                ? serial
                : query.Wrong<long>("Last-Event-ID", last, "the serial of a change");
        }
        if (query.Problem is { } problem)
        {
            return problem;
        }
        if (HttpMethods.IsHead(http.Request.Method))
        {
            http.Response.ContentType = ChangeStream.MediaType;
            return TypedResults.Empty;
        }
        await stream.SendAsync(http, after, stop);
        return TypedResults.Empty;
    }
}

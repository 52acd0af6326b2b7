using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;
using OpenData.Format;
using OpenData.Server.Feeds;
using OpenData.Server.Gateway.Http;
using OpenData.Server.Releases;

namespace OpenData.Server.Gateway.Api;

/// <summary><c>/api/v1/changes</c>: what a mirror follows.</summary>
internal static class ChangesApi
{
    /// <summary>The longest wait of a long poll, in seconds.</summary>
    public const int MaxWait = 60;

    /// <summary>How long a signed head proves that it is the newest.</summary>
    private static readonly TimeSpan s_headLife = TimeSpan.FromHours(24);

    public static void MapChanges(this IEndpointRouteBuilder api)
    {
        api.MapGet("/changes", ListAsync)
            .WithSummary("Changes after a serial, in the order of their commits")
            .WithQuery("after", JsonSchemaType.Integer, "The last serial that the reader has; 0 to begin.", "int64")
            .WithQuery("wait", JsonSchemaType.Integer, $"Seconds to wait for a change where there is none yet, up to {MaxWait}.")
            .WithLimit();
        api.MapGet("/changes/head", HeadAsync).WithSummary("The newest serial, signed");
    }

    private static async Task<Results<Ok<FeedPage>, Problems>> ListAsync(HttpContext http, ChangeFeed feed, ChangeWatch watch, CancellationToken stop)
    {
        QueryValues query = new(http.Request);
        long after = query.Number("after", 0, 0, long.MaxValue);
        long wait = query.Number("wait", 0, 0, MaxWait);
        int limit = query.Limit();
        if (query.Problem is { } problem)
        {
            return problem;
        }
        IReadOnlyList<Change> changes = await feed.AfterAsync(after, limit, stop);
        if (changes.Count == 0 && wait > 0 && await watch.WaitAsync(after, TimeSpan.FromSeconds(wait), stop))
        {
            changes = await feed.AfterAsync(after, limit, stop);
        }
        // The head is read after the page: it may be newer, never older.
        long head = await feed.HeadAsync(stop);
        bool more = changes.Count > 0 && changes[^1].Serial < head;
        http.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Ok(new FeedPage(head, changes, more ? query.Following(changes[^1].Serial.ToString(CultureInfo.InvariantCulture)) : null));
    }

    private static async Task<Ok<FeedHead>> HeadAsync(HttpContext http, ChangeFeed feed, SigningKeys keys, TimeProvider time, CancellationToken stop)
    {
        long serial = await feed.HeadAsync(stop);
        DateTimeOffset at = HttpDate.WholeSeconds(time.GetUtcNow());
        DateTimeOffset expires = at + s_headLife;
        SigningKey key = await keys.CurrentAsync(stop);
        http.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Ok(new FeedHead(serial, at, expires, key.Sign(FeedHead.SignedText(serial, at, expires))) { SigningKey = key.Id });
    }
}

using System.Data.Common;
using Dapper;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Database;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Server.Gateway.Api;

/// <summary><c>/api/v1/me/bandwidth</c> and <c>/api/v1/me/usage</c>: what an account takes now, and what it took.</summary>
internal static class MeApi
{
    public static void MapOwnUsage(this IEndpointRouteBuilder api)
    {
        api.MapGet("/me/bandwidth", Bandwidth).RequireAccount().WithSummary("Allowed and achieved rate of the running downloads, on the node that answers");
        api.MapGet("/me/usage", UsageAsync).RequireAccount()
            .WithSummary("Downloads and bytes by day and dataset, the newest day first")
            .WithQuery("from", JsonSchemaType.String, "Not before this day (UTC).", "date")
            .WithQuery("to", JsonSchemaType.String, "Not after this day (UTC).", "date")
            .WithQuery("after", JsonSchemaType.String, "The last item of the page before: DAY/CODE.")
            .WithLimit();
    }

    private static Ok<BandwidthSummary> Bandwidth(HttpContext http, RunningDownloads running)
    {
        Caller caller = http.CallerOf();
        PipeSnapshot pipe = running.PipeOf(caller).Snapshot();
        ILookup<StreamIdentity, StreamSnapshot> streams = pipe.Streams.ToLookup(stream => stream.Identity);
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new BandwidthSummary(
            caller.Tier.Id,
            pipe.Allowed.BytesPerSecond,
            pipe.Achieved.BytesPerSecond,
            pipe.MaxStreams,
            [
                .. running.Of(caller.Key).OrderBy(download => download.Since).Select(download =>
                {
                    StreamSnapshot? stream = streams[download.Stream.Identity].FirstOrDefault();
                    return new RunningSummary(
                        PublicAddress.Folder(download.Release) + download.File,
                        download.Since,
                        download.Stream.Sent,
                        stream?.Allowed.BytesPerSecond ?? 0,
                        stream?.Achieved.BytesPerSecond ?? 0);
                }),
            ]));
    }

    private static async Task<Results<Ok<Page<UsageSummary>>, Problems>> UsageAsync(HttpContext http, SqlDatabase database, CancellationToken stop)
    {
        QueryValues query = new(http.Request);
        DateOnly? from = query.Day("from");
        DateOnly? to = query.Day("to");
        string? after = query.Text("after");
        int limit = query.Limit();
        (string? afterDay, string? afterDataset) = after?.Split('/') is [{ Length: 10 } day, { } dataset] ? (day, dataset)
            : (after is null ? null : query.Wrong<string>("after", after, "a day and a code such as 2024-01-02/CN-PA-TXTS-10-A; take it from 'next'"), null);
        if (query.Problem is { } problem)
        {
            return problem;
        }
        string where = string.Concat(
            from is null ? "" : " AND day >= @from",
            to is null ? "" : " AND day <= @to",
            after is null ? "" : " AND (day < @afterDay OR (day = @afterDay AND dataset > @afterDataset))");
        await using DbConnection connection = await database.OpenAsync(stop);
        IEnumerable<UsageSummary> oneMore = await connection.QueryAsync<UsageSummary>(
            $"""
            SELECT day, dataset, COUNT(*) AS downloads, CAST(SUM(sent) AS BIGINT) AS bytes
            FROM downloads WHERE account_id = @Id{where}
            GROUP BY day, dataset ORDER BY day DESC, dataset LIMIT @oneMoreThanLimit
            """,
            new { http.CallerOf().Account!.Id, from, to, afterDay, afterDataset, oneMoreThanLimit = limit + 1 });
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(query.Page([.. oneMore], limit, item => $"{item.Day:yyyy-MM-dd}/{item.Dataset}"));
    }
}

/// <summary>An account's bandwidth at a moment, on one node.</summary>
/// <param name="Tier">Its tier.</param>
/// <param name="Allowed">Bytes a second that all its downloads together may take on this node.</param>
/// <param name="Achieved">What they took in the last seconds.</param>
/// <param name="Streams">Downloads at a time.</param>
/// <param name="Downloads">Those that run.</param>
internal sealed record BandwidthSummary(string Tier, long Allowed, long Achieved, int Streams, IReadOnlyList<RunningSummary> Downloads);

/// <param name="Path">What is downloaded.</param>
/// <param name="Since">Since when.</param>
/// <param name="Sent">Bytes so far.</param>
/// <param name="Allowed">Its share of the account's rate, bytes a second.</param>
/// <param name="Achieved">What it took in the last seconds, bytes a second.</param>
internal sealed record RunningSummary(string Path, DateTimeOffset Since, long Sent, long Allowed, long Achieved);

/// <summary>What an account took of a dataset on a day.</summary>
internal sealed record UsageSummary
{
    /// <summary>The day, UTC.</summary>
    public DateOnly Day { get; init; }

    /// <summary>The dataset's code.</summary>
    public string Dataset { get; init; } = "";

    /// <summary>How many downloads.</summary>
    public long Downloads { get; init; }

    /// <summary>Bytes that were sent.</summary>
    public long Bytes { get; init; }
}

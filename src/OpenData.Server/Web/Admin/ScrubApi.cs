using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using OpenData.Format;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Api;
using OpenData.Server.Releases.Scrubbing;
using OpenData.Server.Storage;

namespace OpenData.Server.Web.Admin;

/// <summary><c>/api/v1/admin/scrub</c>: what is known of the stored files.</summary>
internal static class ScrubApi
{
    public static void MapScrub(this IEndpointRouteBuilder admin) => admin.MapGet("/scrub", ListAsync)
        .WithSummary("Stored files: when all of each was last read, and what was found; with sums over all of them")
        .WithQuery("dataset", JsonSchemaType.String, "Only of this dataset.")
        .WithQuery("result", JsonSchemaType.String, "unread, good, suspect, damaged or missing.")
        .WithQuery("after", JsonSchemaType.String, "The last file of the page before: CODE/EDITION/rN/NAME.")
        .WithLimit();

    private static async Task<Results<Ok<ScrubReport>, Problems>> ListAsync(
        HttpRequest request, ScrubLedger ledger, SecondStore second, IOptions<ScrubOptions> options, TimeProvider time, CancellationToken stop)
    {
        QueryValues query = new(request);
        string? dataset = query.Text("dataset");
        string? word = query.Word("result", "unread", "good", "suspect", "damaged", "missing");
        string? after = query.Text("after", longest: 400);
        (ReleaseId Release, string Name)? last = null;
        if (after is not null)
        {
            int slash = after.LastIndexOf('/');
            last = slash > 0 && ReleaseId.TryParse(after[..slash], out ReleaseId release)
                ? (release, after[(slash + 1)..])
                : query.Wrong<(ReleaseId, string)?>("after", after, "CODE/EDITION/rN/NAME; take it from 'next'");
        }
        int limit = query.Limit();
        if (query.Problem is { } problem)
        {
            return problem;
        }
        ScrubResult? result = word is null ? null : Enum.Parse<ScrubResult>(word, ignoreCase: true);
        Page<ScrubSummary> page = query.Page(
            [.. (await ledger.PageAsync(dataset, result, last, limit + 1, stop)).Select(ScrubSummary.Of)], limit, file => $"{file.Release}/{file.Name}");
        ScrubTotals totals = await ledger.TotalsAsync(dataset, stop);
        ByteRate rate = ScrubPace.Of(await ledger.AgesAsync(stop), time.GetUtcNow(), options.Value.Interval, options.Value.Least, options.Value.Most);
        return TypedResults.Ok(new ScrubReport(
            totals.Files, totals.Bytes, totals.Bad, totals.Suspect, totals.Oldest, options.Value.Interval.TotalSeconds, rate.BytesPerSecond,
            second.IsConfigured ? second.Place : null, page.Items, page.Next));
    }
}

/// <summary>What is known of the stored files.</summary>
/// <param name="Files">How many are served.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Bad">How many of them are damaged or missing, and not served until they are repaired.</param>
/// <param name="Suspect">How many a gateway met something wrong in, and are read next.</param>
/// <param name="OldestSeenAt">When the one that was not read for longest was read, in UTC.</param>
/// <param name="IntervalSeconds">Within which time each is read.</param>
/// <param name="BytesPerSecond">The rate at which that is done.</param>
/// <param name="SecondStore">Where repairs come from, if anywhere.</param>
/// <param name="Items">The files of this page.</param>
/// <param name="Next">The address of the next page.</param>
public sealed record ScrubReport(
    long Files,
    long Bytes,
    long Bad,
    long Suspect,
    DateTimeOffset? OldestSeenAt,
    double IntervalSeconds,
    long BytesPerSecond,
    string? SecondStore,
    IReadOnlyList<ScrubSummary> Items,
    string? Next);

/// <summary>A stored file as the API lists it.</summary>
/// <param name="Release">CODE/EDITION/rN.</param>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Result"><c>unread</c> since it was published, <c>good</c>, <c>suspect</c>, <c>damaged</c> or <c>missing</c>.</param>
/// <param name="Reason">What is wrong.</param>
/// <param name="SeenAt">When the last pass that read all of it began, in UTC.</param>
/// <param name="Position">How far the pass under way is, in bytes; 0 where none is.</param>
/// <param name="BadBlocks">Blocks of 1 MiB that differ.</param>
/// <param name="FirstBad">Where the first of them begins.</param>
public sealed record ScrubSummary(
    string Release, string Name, long Bytes, string Result, string? Reason, DateTimeOffset SeenAt, long Position, long BadBlocks, long? FirstBad)
{
    /// <summary>Of a file.</summary>
    internal static ScrubSummary Of(ScrubbedFile file) => new(
        file.Release.ToString(), file.Name, file.Bytes, file.Result.ToString().ToLowerInvariant(), file.Reason, file.SeenAt, file.Position, file.BadBlocks, file.FirstBad);
}

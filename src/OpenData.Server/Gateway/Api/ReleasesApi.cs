using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;

namespace OpenData.Server.Gateway.Api;

/// <summary><c>/api/v1/datasets/CODE/releases</c>: what was published when, and what is in it.</summary>
internal static class ReleasesApi
{
    public static void MapReleases(this IEndpointRouteBuilder api)
    {
        api.MapGet("/datasets/{code}/releases", ListAsync)
            .WithSummary("Releases of a dataset, the newest first, in every state")
            .WithQuery("from", JsonSchemaType.String, "Not before this day.", "date")
            .WithQuery("to", JsonSchemaType.String, "Not after this day.", "date")
            .WithQuery("publishedSince", JsonSchemaType.String, "Published on this day (UTC) or later, whatever day they are of.", "date")
            .WithQuery("after", JsonSchemaType.String, "The last release of the page before: DATE/EDITION/rN.")
            .WithLimit()
            .Produces<Page<ReleaseSummary>>();
        api.MapGet("/datasets/{code}/releases/{edition}", NewestAsync).WithSummary("The newest revision of an edition");
        api.MapGet("/datasets/{code}/releases/{edition}/{revision}", ManifestAsync).WithSummary("The manifest of a release").Produces<Manifest>();
    }

    private static async Task<IResult> ListAsync(
        string code, HttpRequest request, ICurrentCatalog catalog, ReleaseQueries releases, CancellationToken stop)
    {
        QueryValues query = new(request);
        DateOnly? from = query.Day("from");
        DateOnly? to = query.Day("to");
        DateTimeOffset? since = query.Day("publishedSince") is { } day ? new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero) : null;
        ReleaseCursor? after = query.Text("after") is not { } text ? null
            : ReleaseCursor.TryParse(text, out ReleaseCursor cursor) ? cursor
            : query.Wrong<ReleaseCursor?>("after", text, "the place of a release such as 2024-01-02/20240102/r1; take it from 'next'");
        int limit = query.Limit();
        if (from > to)
        {
            query.Wrong<DateOnly?>("to", request.Query["to"], "a day that is not before 'from'");
        }
        if (query.Problem is { } problem)
        {
            return problem;
        }
        if (!catalog.Current.Datasets.ContainsKey(code))
        {
            return DatasetsApi.UnknownDataset;
        }
        IReadOnlyList<Release> oneMore = await releases.PageAsync(code, from, to, since, after, limit + 1, currentOnly: false, stop);
        Page<Release> page = query.Page(oneMore, limit, release => ReleaseCursor.Of(release).ToString());
        Page<ReleaseSummary> summaries = new([.. page.Items.Select(release => release.ToSummary())], page.Next);
        return TaggedDocument.OfJson(summaries, FormatJson.Default.PageReleaseSummary, TaggedDocument.AskAgain);
    }

    private static async Task<Results<Ok<ReleaseSummary>, Problems>> NewestAsync(string code, string edition, ReleaseQueries releases, CancellationToken stop)
    {
        IReadOnlyList<Release> revisions = await releases.RevisionsAsync(code, edition, stop);
        if (revisions.Count == 0)
        {
            return Problems.NotFound("There is no release of this edition. All of a dataset are listed at /api/v1/datasets/CODE/releases.");
        }
        return revisions.FirstOrDefault(release => release.State is ReleaseState.Published or ReleaseState.Archived) is { } current
            ? TypedResults.Ok(current.ToSummary())
            : Problems.Withdrawn(revisions[0].Id, revisions[0].WithdrawnAt, revisions[0].Reason);
    }

    /// <summary>The very text of the stored manifest, so that its digest is the one in SHA256SUMS.</summary>
    private static async Task<Results<ContentHttpResult, Problems>> ManifestAsync(string code, string edition, string revision, ReleaseQueries releases, CancellationToken stop)
    {
        Release? release = ReleaseId.TryParseRevision(revision, out int number) ? await releases.FindAsync(new ReleaseId(code, edition, number), stop) : null;
        if (release is null)
        {
            return Problems.NotFound("There is no such release. All of a dataset are listed at /api/v1/datasets/CODE/releases.");
        }
        if (release.State is ReleaseState.Withdrawn)
        {
            return Problems.Withdrawn(release.Id, release.WithdrawnAt, release.Reason);
        }
        return TypedResults.Text(await releases.ManifestTextAsync(release.Id, stop), "application/json", System.Text.Encoding.UTF8);
    }
}

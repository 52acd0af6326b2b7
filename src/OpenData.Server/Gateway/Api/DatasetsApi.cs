using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;

namespace OpenData.Server.Gateway.Api;

/// <summary><c>/api/v1/datasets</c>: the complete, machine-readable list of what can be had.</summary>
internal static class DatasetsApi
{
    public static void MapDatasets(this IEndpointRouteBuilder api)
    {
        api.MapGet("/datasets", ListAsync)
            .WithSummary("Datasets by code, filtered")
            .WithQuery("q", JsonSchemaType.String, "Words that must be in the code, the names or the descriptions.")
            .WithQuery("jurisdiction", JsonSchemaType.String, "Office code (WIPO ST.3), such as CN.")
            .WithQuery("category", JsonSchemaType.String, "patent or ic-layout.")
            .WithQuery("content", JsonSchemaType.String, "Kind of content, such as full-text.")
            .WithQuery("access", JsonSchemaType.String, "open, registered, agreement or restricted.")
            .WithQuery("after", JsonSchemaType.String, "The last code of the page before.")
            .WithLimit();
        api.MapGet("/datasets/{code}", FindAsync).WithSummary("One dataset, with its newest release");
    }

    private static async Task<Results<Ok<Page<DatasetSummary>>, Problems>> ListAsync(HttpRequest request, ICurrentCatalog catalog, ReleaseQueries releases, CancellationToken stop)
    {
        QueryValues query = new(request);
        string? q = query.Text("q");
        string? jurisdiction = query.Text("jurisdiction");
        string? category = query.Text("category");
        string? content = query.Text("content");
        string? access = query.Word("access", DatasetSummaries.AccessWords);
        string? after = query.Text("after");
        int limit = query.Limit();
        if (query.Problem is { } problem)
        {
            return problem;
        }
        List<Dataset> oneMore =
        [
            .. catalog.Current.Datasets.Values
                .Where(dataset => DatasetSummaries.Matches(dataset, q)
                    && Is(dataset.Jurisdiction, jurisdiction) && Is(dataset.Category, category) && Is(dataset.Content, content)
                    && Is(DatasetSummaries.AccessWord(dataset.Access), access)
                    && (after is null || string.CompareOrdinal(dataset.Code, after) > 0))
                .OrderBy(dataset => dataset.Code, StringComparer.Ordinal)
                .Take(limit + 1),
        ];
        IReadOnlyDictionary<string, DatasetHead> heads = await releases.LatestOfAllAsync(stop);
        return TypedResults.Ok(query.Page([.. oneMore.Select(dataset => DatasetSummaries.Of(dataset, heads.GetValueOrDefault(dataset.Code)))], limit, dataset => dataset.Code));
    }

    private static async Task<Results<Ok<DatasetSummary>, Problems>> FindAsync(string code, ICurrentCatalog catalog, ReleaseQueries releases, CancellationToken stop)
    {
        if (!catalog.Current.Datasets.TryGetValue(code, out Dataset? dataset))
        {
            return UnknownDataset;
        }
        IReadOnlyDictionary<string, DatasetHead> heads = await releases.LatestOfAllAsync(stop);
        return TypedResults.Ok(DatasetSummaries.Of(dataset, heads.GetValueOrDefault(code)));
    }

    public static Problems UnknownDataset => Problems.NotFound("There is no dataset of this code. All are listed at /api/v1/datasets.");

    private static bool Is(string value, string? wanted) => wanted is null || string.Equals(value, wanted, StringComparison.OrdinalIgnoreCase);
}

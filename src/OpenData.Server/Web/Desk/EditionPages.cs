using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;
using OpenData.Server.Web.Components;

namespace OpenData.Server.Web.Desk;

/// <summary><c>/admin/editions</c>: every edition that was ever taken up with where it stands, and those that are late.</summary>
internal static class EditionPages
{
    private const int PageSize = 100;

    public static void Map(IEndpointRouteBuilder pages) => pages.MapGet("", ListAsync);

    private static async Task<IResult> ListAsync(HttpContext http, EditionStates editions, LateEditions late, ICurrentCatalog catalog, CancellationToken stop)
    {
        HttpRequest request = http.Request;
        string? dataset = request.Text("dataset");
        string? state = request.Word("state", EditionsView.States);
        (string, string)? after = request.Text("after")?.Split('/') is [var code, var last] ? (code, last) : null;
        string[] codes = [.. catalog.Current.Datasets.Keys.Order(StringComparer.Ordinal)];
        if (state == "late")
        {
            return SitePage.Of<EditionsPage>(http, new EditionsView(dataset, state, [], await late.ListAsync(dataset, stop), null, codes));
        }
        EditionState? asked = state is null ? null : Enum.Parse<EditionState>(state, ignoreCase: true);
        IReadOnlyList<Edition> page = await editions.PageAsync(dataset, asked, after, PageSize + 1, stop);
        return SitePage.Of<EditionsPage>(http, new EditionsView(
            dataset,
            state,
            [.. page.Take(PageSize)],
            [],
            page.Count > PageSize ? request.With(("after", $"{page[PageSize - 1].Dataset}/{page[PageSize - 1].Id}")) : null,
            codes));
    }
}

/// <summary>A page of the editions.</summary>
/// <param name="Dataset">Of this dataset, or of all.</param>
/// <param name="State">In this state, or in any.</param>
/// <param name="Editions">Those of this page, in order of dataset and id.</param>
/// <param name="Late">Those that are late, where these were asked for.</param>
/// <param name="Next">The address of the next page, or null.</param>
/// <param name="Datasets">All codes, for the filter.</param>
public sealed record EditionsView(
    string? Dataset, string? State, IReadOnlyList<Edition> Editions, IReadOnlyList<LateEdition> Late, string? Next, IReadOnlyList<string> Datasets)
{
    /// <summary>States that can be asked for.</summary>
    public static IReadOnlyList<string> States { get; } = ["running", "held", "failed", "late", "published", "rejected", "withdrawn"];
}

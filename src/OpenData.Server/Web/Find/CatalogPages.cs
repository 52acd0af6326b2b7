using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Web.Components;

namespace OpenData.Server.Web.Find;

/// <summary><c>/</c>: the catalog.</summary>
internal static class CatalogPages
{
    public static void Map(IEndpointRouteBuilder pages) => pages.MapGet("/", ShowAsync);

    private static async Task<IResult> ShowAsync(HttpContext http, ICurrentCatalog catalog, ReleaseQueries releases, CurrentSearch search, CancellationToken stop)
    {
        IReadOnlyDictionary<string, DatasetHead> heads = await releases.LatestOfAllAsync(stop);
        return SitePage.Of<CatalogPage>(http, CatalogView.Of(catalog.Current, heads, CatalogFilter.Of(http.Request), search.Current));
    }
}

using Microsoft.Extensions.Options;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Api;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>
/// Descriptions for other catalogs: <c>/catalog.jsonld</c> and <c>/catalog/CODE.jsonld</c> (DCAT 3), <c>/catalog/CODE/dataset.jsonld</c> (schema.org), and
/// beside each release <c>datapackage.json</c> (Data Package 2) and <c>croissant.json</c> (Croissant 1.0). They are made when asked for and not among the
/// files of a release: what a catalog says may change, a release does not.
/// </summary>
internal static class CatalogEndpoints
{
    private const int SeriesPage = 30;

    public static void MapCatalogs(this IEndpointRouteBuilder endpoints)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        endpoints.MapMethods("/catalog.jsonld", methods, CatalogAsync).ExcludeFromDescription();
        endpoints.MapMethods("/catalog/{code}.jsonld", methods, SeriesAsync).ExcludeFromDescription();
        endpoints.MapMethods("/catalog/{code}/dataset.jsonld", methods, SchemaOrgAsync).ExcludeFromDescription();
        endpoints.MapMethods("/files/{dataset}/{edition}/{revision}/" + DataPackage.FileName, methods, DataPackageAsync).ExcludeFromDescription();
        endpoints.MapMethods("/files/{dataset}/{edition}/{revision}/croissant.json", methods, CroissantAsync).ExcludeFromDescription();
    }

    private static async Task<IResult> CatalogAsync(HttpRequest request, ReleaseMetadataReader reader, PublicAddress address, IOptions<FeedsOptions> options, CancellationToken stop) =>
        new TaggedDocument(Dcat.Catalog(options.Value.Publisher, address.Root(request), await reader.NewestOfAllAsync(request, stop)), Dcat.MediaType, TaggedDocument.Minutes);

    private static async Task<IResult> SeriesAsync(string code, HttpRequest request, ReleaseMetadataReader reader, ICurrentCatalog catalog, PublicAddress address, CancellationToken stop)
    {
        QueryValues query = new(request);
        ReleaseCursor? after = query.Text("after") is not { } text ? null
            : ReleaseCursor.TryParse(text, out ReleaseCursor cursor) ? cursor
            : query.Wrong<ReleaseCursor?>("after", text, "the place of a release; take it from 'hydra:next'");
        if (query.Problem is { } problem)
        {
            return problem;
        }
        if (!catalog.Current.Datasets.TryGetValue(code, out Dataset? dataset))
        {
            return DatasetsApi.UnknownDataset;
        }
        string self = $"{address.Root(request)}/catalog/{code}.jsonld";
        IReadOnlyList<ReleaseMetadata> page = await reader.PageAsync(request, dataset, after, SeriesPage, stop);
        string? next = page.Count < SeriesPage ? null : $"{self}?after={Uri.EscapeDataString(ReleaseCursor.Of(page[^1].Release!).ToString())}";
        ReleaseMetadata newest = await reader.NewestAsync(request, dataset, stop);
        return new TaggedDocument(Dcat.Series(self + request.QueryString, newest, page, next), Dcat.MediaType, TaggedDocument.Minutes);
    }

    private static async Task<IResult> SchemaOrgAsync(string code, HttpRequest request, ReleaseMetadataReader reader, ICurrentCatalog catalog, CancellationToken stop) =>
        catalog.Current.Datasets.TryGetValue(code, out Dataset? dataset)
            ? new TaggedDocument(SchemaOrg.Document(await reader.NewestAsync(request, dataset, stop)), SchemaOrg.MediaType, TaggedDocument.Minutes)
            : DatasetsApi.UnknownDataset;

    private static Task<IResult> DataPackageAsync(HttpRequest request, ReleaseMetadataReader reader, CancellationToken stop) =>
        OfReleaseAsync(request, reader, DataPackage.Document, "application/json", stop);

    private static Task<IResult> CroissantAsync(HttpRequest request, ReleaseMetadataReader reader, CancellationToken stop) =>
        OfReleaseAsync(request, reader, Croissant.Document, "application/ld+json; profile=\"http://mlcommons.org/croissant/1.0\"", stop);

    private static async Task<IResult> OfReleaseAsync(
        HttpRequest request, ReleaseMetadataReader reader, Func<ReleaseMetadata, IReadOnlyList<ReadOnlyMemory<byte>>> write, string contentType, CancellationToken stop)
    {
        if (FileFinder.ReleaseOf(request) is not { } id || await reader.OfAsync(request, id, stop) is not { } metadata)
        {
            return Problems.NotFound("There is no such release.");
        }
        return metadata.Release!.State is ReleaseState.Withdrawn
            ? Problems.Withdrawn(id, metadata.Release.WithdrawnAt, metadata.Release.Reason)
            : new TaggedDocument(write(metadata), contentType, TaggedDocument.Minutes);
    }
}

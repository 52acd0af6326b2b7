using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>Gathers what catalog formats say. The site's dataset pages use it, too: <c>SchemaOrg.Document(await reader.NewestAsync(request, dataset, stop))</c>.</summary>
public sealed class ReleaseMetadataReader(ReleaseQueries releases, ReleaseListings listings, ICurrentCatalog catalog, PublicAddress address, IOptions<FeedsOptions> options)
{
    /// <summary>Of a release and its dataset; the release may be in any state.</summary>
    public async Task<ReleaseMetadata?> OfAsync(HttpRequest request, ReleaseId id, CancellationToken stop) =>
        await releases.FindAsync(id, stop) is { } release && catalog.Current.Datasets.TryGetValue(id.Dataset, out Dataset? dataset)
            ? Of(request, dataset, release, release.State is ReleaseState.Withdrawn ? [] : await releases.FilesAsync(id, stop))
            : null;

    /// <summary>Of a dataset with its newest release, where it has one.</summary>
    public async Task<ReleaseMetadata> NewestAsync(HttpRequest request, Dataset dataset, CancellationToken stop) =>
        await releases.LatestAsync(dataset.Code, stop) is { } release
            ? Of(request, dataset, release, await releases.FilesAsync(release.Id, stop))
            : Of(request, dataset, null, []);

    /// <summary>Of all datasets by code, each with its newest release, where it has one.</summary>
    public async Task<IReadOnlyList<ReleaseMetadata>> NewestOfAllAsync(HttpRequest request, CancellationToken stop)
    {
        IReadOnlyDictionary<string, DatasetHead> heads = await releases.LatestOfAllAsync(stop);
        ILookup<ReleaseId, ReleaseFile> files = (await listings.FilesOfNewestAsync(stop)).ToLookup(file => file.Release);
        return
        [
            .. catalog.Current.Datasets.Values.OrderBy(dataset => dataset.Code, StringComparer.Ordinal).Select(dataset =>
                heads.GetValueOrDefault(dataset.Code)?.Latest is { } latest ? Of(request, dataset, latest, [.. files[latest.Id]]) : Of(request, dataset, null, [])),
        ];
    }

    /// <summary>Of current releases of a dataset, the newest first.</summary>
    public async Task<IReadOnlyList<ReleaseMetadata>> PageAsync(HttpRequest request, Dataset dataset, ReleaseCursor? after, int limit, CancellationToken stop)
    {
        IReadOnlyList<Release> page = await releases.PageAsync(dataset.Code, from: null, to: null, after, limit, currentOnly: true, stop);
        if (page.Count == 0)
        {
            return [];
        }
        ILookup<ReleaseId, ReleaseFile> files = (await listings.FilesBetweenAsync(dataset.Code, ReleaseCursor.Of(page[0]), ReleaseCursor.Of(page[^1]), stop)).ToLookup(file => file.Release);
        return [.. page.Select(release => Of(request, dataset, release, [.. files[release.Id]]))];
    }

    private ReleaseMetadata Of(HttpRequest request, Dataset dataset, Release? release, IReadOnlyList<ReleaseFile> files) =>
        new(options.Value.Publisher, address.Root(request), dataset, release, files);
}

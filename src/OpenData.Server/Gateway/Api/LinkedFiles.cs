using System.Runtime.CompilerServices;
using OpenData.Format;
using OpenData.Server.Releases;

namespace OpenData.Server.Gateway.Api;

/// <summary>The files that many links are asked for, in pages: a few hundred are in memory at a time, however many there are.</summary>
internal sealed class LinkedFiles(ReleaseQueries releases, ReleaseListings listings)
{
    private const int PageSize = 100;

    /// <summary>A file, and its volume's digests where it is one and they are wanted.</summary>
    public readonly record struct Item(ReleaseFile File, ArchiveManifest? Volume);

    /// <summary>All files of a dataset's current releases between two days, the newest release first.</summary>
    public async IAsyncEnumerable<Item> OfDatasetAsync(string dataset, DateOnly? from, DateOnly? to, bool pieces, [EnumeratorCancellation] CancellationToken stop)
    {
        IReadOnlyList<Release> page;
        ReleaseCursor? after = null;
        do
        {
            page = await releases.PageAsync(dataset, from, to, after, PageSize, currentOnly: true, stop);
            if (page.Count == 0)
            {
                yield break;
            }
            after = ReleaseCursor.Of(page[^1]);
            IReadOnlyList<ReleaseFile> files = await listings.FilesBetweenAsync(dataset, ReleaseCursor.Of(page[0]), after.Value, stop);
            ILookup<ReleaseId, ReleaseFile> ofRelease = files.ToLookup(file => file.Release);
            foreach (Release release in page)
            {
                foreach (ReleaseFile file in ofRelease[release.Id])
                {
                    yield return await ItemAsync(file, pieces, stop);
                }
            }
        }
        while (page.Count == PageSize);
    }

    /// <summary>These files, in their order.</summary>
    public async IAsyncEnumerable<Item> OfAsync(IReadOnlyList<ReleaseFile> files, bool pieces, [EnumeratorCancellation] CancellationToken stop)
    {
        foreach (ReleaseFile file in files)
        {
            yield return await ItemAsync(file, pieces, stop);
        }
    }

    private async Task<Item> ItemAsync(ReleaseFile file, bool pieces, CancellationToken stop) =>
        new(file, pieces && file.Archive ? (await releases.ArchiveAsync(file.Release, file.Name, stop))?.Manifest : null);
}

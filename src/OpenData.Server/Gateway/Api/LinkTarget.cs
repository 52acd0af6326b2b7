using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Releases;
using OpenData.Server.Storage;

namespace OpenData.Server.Gateway.Api;

/// <summary>
/// Whether an address below <c>/files/</c> leads to something that can be had now: a file of a release, an entry of an archive, a document that is made beside them when it
/// is asked for, a folder, or one of these by way of <c>latest</c>. Routes are matched as the server matches them, without regard to case.
/// </summary>
/// <param name="releases">What is public.</param>
/// <param name="catalog">What may be had of it.</param>
/// <param name="caller">Who wants the link.</param>
/// <param name="finder">Looks into the index of an archive; made only for an entry.</param>
internal sealed class LinkTarget(ReleaseQueries releases, DatasetCatalog catalog, Caller caller, Func<FileFinder> finder)
{
    private const string Latest = "latest";

    // What is made beside the files of a release; a test holds that nothing is missing. Descriptions are made of an archived one, too.
    private const string ReleaseMetalink = "release" + FoundFile.MetalinkSuffix;
    private static readonly string[] s_together = [SmallFiles.Name, SmallFiles.WholeName];
    private static readonly string[] s_descriptions = ["datapackage.json", "croissant.json"];

    /// <summary>True where there is something, and where only trying would tell.</summary>
    /// <param name="path">The path, decoded, that <see cref="LinkSigner.TryPath"/> let through.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<bool> ExistsAsync(PathString path, CancellationToken stop)
    {
        string[] parts = path.Value![SignedLink.Root.Length..].TrimEnd('/').Split('/');
        bool isFolder = path.Value!.EndsWith('/');
        return parts switch
        {
            [""] => true,
            [var dataset] => catalog.Datasets.ContainsKey(dataset),
            [var dataset, var latest, .. var rest] when Is(latest, Latest) => await releases.LatestAsync(dataset, stop) is { } newest && await IsInAsync(newest.Id, rest, isFolder, stop),
            [var dataset, var edition] => (await releases.RevisionsAsync(dataset, edition, stop)).Any(release => IsServed(release.State)),
            [var dataset, var edition, var revision, .. var rest] => FileFinder.ReleaseOf(dataset, edition, revision) is { } id && await IsInAsync(id, rest, isFolder, stop),
            _ => false,
        };
    }

    private async Task<bool> IsInAsync(ReleaseId id, string[] rest, bool isFolder, CancellationToken stop)
    {
        Dataset? dataset = catalog.Datasets.GetValueOrDefault(id.Dataset);
        switch (rest)
        {
            case []:
                return IsServed(await StateAsync(id, stop));
            case [var name] when Is(name, ReleaseMetalink):
                return IsServed(await StateAsync(id, stop));
            case [var name] when name.EndsWith(FoundFile.MetalinkSuffix, StringComparison.OrdinalIgnoreCase):
                return await FileAsync(id, name[..^FoundFile.MetalinkSuffix.Length], stop) is { Archive: true };
            case [var name] when s_together.Any(together => Is(name, together)):
                return dataset is not null && IsServed(await StateAsync(id, stop));
            case [var name] when s_descriptions.Any(description => Is(name, description)):
                return dataset is not null && await StateAsync(id, stop) is not (null or ReleaseState.Withdrawn);
            default:
                return dataset is not null && !isFolder && await FileAsync(id, rest[0], stop) is { } file
                    && (rest.Length == 1 || (file.Archive && await HasAsync(new FoundFile(file, dataset, null), string.Join('/', rest[1..]), stop)));
        }
    }

    /// <summary>Nobody is told what is in an archive that they may not have; their link is made and refuses them.</summary>
    private async Task<bool> HasAsync(FoundFile archive, string entry, CancellationToken stop)
    {
        try
        {
            return !AccessDecision.Decide(archive.Dataset, catalog, caller).IsAllowed || await finder().FindEntryAsync(archive, entry, stop) is not null;
        }
        catch (Exception e) when (e is BlobStoreUnavailableException or CorruptContentException)
        {
            return true; // the index cannot be read just now
        }
    }

    private async Task<ReleaseFile?> FileAsync(ReleaseId id, string name, CancellationToken stop) =>
        await releases.FindFileAsync(id, name, stop) is { } file && IsServed(file.State) ? file : null;

    private async Task<ReleaseState?> StateAsync(ReleaseId id, CancellationToken stop) => (await releases.FindAsync(id, stop))?.State;

    private static bool IsServed(ReleaseState? state) => state is not (null or ReleaseState.Withdrawn or ReleaseState.Archived);

    private static bool Is(string part, string literal) => part.Equals(literal, StringComparison.OrdinalIgnoreCase);
}

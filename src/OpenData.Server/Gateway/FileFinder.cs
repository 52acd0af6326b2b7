using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Releases;
using OpenData.Server.Storage;

namespace OpenData.Server.Gateway;

/// <summary>Finds what an address names. Addresses are looked up, never put together to paths.</summary>
public sealed class FileFinder(ReleaseQueries releases, KnownArchives archives, ICurrentCatalog catalog, OpenContents contents, EntryIndexes indexes)
{
    private const string ArchiveSuffix = ".zip";

    /// <summary>The release that the values of a route name; null where they cannot name one.</summary>
    public static ReleaseId? ReleaseOf(HttpRequest request) =>
        ReleaseOf(request.RouteValues["dataset"] as string, request.RouteValues["edition"] as string, request.RouteValues["revision"] as string);

    /// <summary>The release that three parts of a path name; null where they cannot name one.</summary>
    public static ReleaseId? ReleaseOf(string? dataset, string? edition, string? revision) =>
        ReleaseId.IsDataset(dataset) && ReleaseId.IsEdition(edition) && ReleaseId.TryParseRevision(revision, out int number)
            ? new ReleaseId(dataset, edition, number)
            : null;

    /// <summary>Finds a file, or says why it is not to be had: 404, 410 or 503.</summary>
    public async Task<(FoundFile? Found, Problems? Problem)> FindAsync(ReleaseId release, string name, CancellationToken stop)
    {
        if (await releases.FindFileAsync(release, name, stop) is not { } file || !catalog.Current.Datasets.TryGetValue(release.Dataset, out Dataset? dataset))
        {
            return (null, Problems.NotFound($"The release {release} has no file of this name. Its files are listed at {PublicAddress.Folder(release)}."));
        }
        if (ProblemOf(file) is { } problem)
        {
            return (null, problem);
        }
        if (contents.IsQuarantined(file.Key))
        {
            return (null, Problems.Quarantined(name));
        }
        PackagedArchive? archive = file.Archive ? await archives.FindAsync(release, name, stop) : null;
        return (new FoundFile(file, dataset, archive), null);
    }

    /// <summary>What is known of the archives that are asked for.</summary>
    public KnownArchives Archives => archives;

    /// <summary>Finds all files of a release, or says why they are not to be had.</summary>
    public async Task<(IReadOnlyList<ReleaseFile> Files, Dataset? Dataset, Problems? Problem)> FindAllAsync(ReleaseId release, CancellationToken stop)
    {
        IReadOnlyList<ReleaseFile> files = await releases.FilesAsync(release, stop);
        return files.Count == 0 || !catalog.Current.Datasets.TryGetValue(release.Dataset, out Dataset? dataset)
            ? (files, null, Problems.NotFound($"There is no release {release}."))
            : ProblemOf(files[0]) is { } problem ? (files, null, problem) : (files, dataset, null);
    }

    private static Problems? ProblemOf(ReleaseFile file) => Problems.Of(file.Release, file.State, file.WithdrawnAt, file.Reason);

    /// <summary>Finds an entry of a volume in the volume's index; null where it has none of this name.</summary>
    /// <exception cref="CorruptContentException">The index is damaged in storage.</exception>
    public async Task<EntryRecord?> FindEntryAsync(FoundFile archive, string name, CancellationToken stop)
    {
        ReleaseId release = archive.File.Release;
        string indexName = archive.File.Name[..^ArchiveSuffix.Length] + ".entries.jsonl.gz";
        if (await releases.FindFileAsync(release, indexName, stop) is not { } file)
        {
            return null;
        }
        EntryIndex index = await indexes.OfAsync(new StoredContent(file.Key, file.Bytes, file.Sha256, default), stop)
            ?? throw new BlobStoreUnavailableException(file.Key.Path, "the index of a published archive is not there.");
        return index.Find(name);
    }
}

using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Packaging.Deflate;
using OpenData.Server.Storage;

namespace OpenData.Server.Releases;

/// <summary>
/// Lists what a correction changes, entry by entry, as a file beside its archives: the entries indexes of both revisions are in order of names, so they are merged
/// line by line, and a million entries need no memory.
/// </summary>
public sealed class EntryChanges(BlobStore store, ReleaseQueries releases, PublishBarrier barrier, IOptions<PackagingOptions> options)
{
    private readonly DeflateEngine _engine = DeflateEngine.Choose(options.Value.Engine);

    /// <summary>The package with the list of what it changes in the edition's current release; as it is where there is no such release.</summary>
    /// <param name="package">What was packaged; its indexes are stored.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<Package> ListAsync(Package package, CancellationToken stop)
    {
        ReleaseId release = package.Release;
        Release? current = (await releases.RevisionsAsync(release.Dataset, release.Edition, stop)).FirstOrDefault(before => before.State is ReleaseState.Published);
        if (current is null || current.Revision == release.Revision)
        {
            return package;
        }
        try
        {
            IReadOnlyList<BlobKey> before = await IndexesAsync(current.Id, stop);
            IReadOnlyList<BlobKey> after = [.. package.Archives.Select(archive => BlobKey.Of(release, EntriesNameOf(archive.Manifest.Name)))];
            (RevisionChanges changes, StoredFile file) = await WriteAsync(current.Id, before, release, after, stop);
            return package with { Files = [.. package.Files, file], Changes = changes };
        }
        catch (Exception e) when (e is BarrierFailedException or InvalidDataException)
        {
            // The correction must not wait for the repair of what it replaces.
            Finding unknown = new(Severity.Warning, "changes-unknown", null, $"What the correction changes cannot be listed, for an index of {current.Id} is damaged: {e.Message}");
            return package with
            {
                Findings = [.. package.Findings, unknown],
                FindingCounts = package.FindingCounts is { } counts ? Findings.Count(counts, unknown) : null,
            };
        }
    }

    private async Task<IReadOnlyList<BlobKey>> IndexesAsync(ReleaseId release, CancellationToken stop)
    {
        Manifest manifest = (await releases.ManifestAsync(release, stop))!;
        Dictionary<string, ReleaseFile> files = (await releases.FilesAsync(release, stop)).ToDictionary(file => file.Name, StringComparer.Ordinal);
        List<BlobKey> indexes = [];
        foreach (string name in manifest.Archives.Select(archive => EntriesNameOf(archive.Name)))
        {
            ReleaseFile file = files[name];
            await barrier.CheckFileAsync(file.Key, new StoredFile(name, file.Bytes, file.Sha256), stop);
            indexes.Add(file.Key);
        }
        return indexes;
    }

    private async Task<(RevisionChanges Changes, StoredFile File)> WriteAsync(
        ReleaseId old, IReadOnlyList<BlobKey> before, ReleaseId release, IReadOnlyList<BlobKey> after, CancellationToken stop)
    {
        long added = 0, changed = 0, removed = 0;
        using Deflater deflater = _engine.Create(_engine.DefaultLevel);
        await using JsonLinesBlob lines = await JsonLinesBlob.CreateAsync(store, BlobKey.Of(release, release.ChangesName), deflater, stop);
        await foreach (EntryChange change in EntryMerge.CompareAsync(ReadAsync(before, stop), ReadAsync(after, stop), stop))
        {
            switch (change.Change)
            {
                case EntryMerge.Added:
                    added++;
                    break;
                case EntryMerge.Changed:
                    changed++;
                    break;
                default:
                    removed++;
                    break;
            }
            Write(lines.BeginLine(), change);
            lines.EndLine();
            await lines.FlushFullAsync(stop);
        }
        StoredArchive stored = await lines.CommitAsync(stop);
        return (new RevisionChanges(old.RevisionName, added, changed, removed, release.ChangesName), new StoredFile(release.ChangesName, stored.Bytes, stored.Sha256));
    }

    private static void Write(Utf8JsonWriter json, EntryChange change)
    {
        json.WriteString("change"u8, change.Change);
        json.WriteString("name"u8, change.Name);
        json.WriteNumber("size"u8, change.Size);
        json.WriteString("sha256"u8, change.Sha256.ToString());
        if (change.Was is { } was)
        {
            json.WriteString("was"u8, was.ToString());
        }
    }

    /// <summary>The entries of a release's indexes, one volume after the other.</summary>
    /// <exception cref="InvalidDataException">An index is not there, or not one.</exception>
    private async IAsyncEnumerable<EntryRecord> ReadAsync(IReadOnlyList<BlobKey> indexes, [EnumeratorCancellation] CancellationToken stop)
    {
        foreach (BlobKey key in indexes)
        {
            await using BlobReader blob = await store.OpenAsync(key, stop) ?? throw new InvalidDataException($"'{key}' is not there.");
            await using GZipStream inflated = new(await blob.ReadAsync(0, blob.Bytes, stop), CompressionMode.Decompress);
            using StreamReader lines = new(inflated, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 64 * 1024);
            while (await lines.ReadLineAsync(stop) is { } line)
            {
                yield return JsonSerializer.Deserialize(line, FormatJson.Default.EntryRecord) ?? throw new InvalidDataException($"'{key}' has an empty line.");
            }
        }
    }

    private static string EntriesNameOf(string archive) => archive[..^".zip".Length] + ".entries.jsonl.gz";
}

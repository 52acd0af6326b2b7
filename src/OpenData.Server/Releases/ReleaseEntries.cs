using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Storage;

namespace OpenData.Server.Releases;

/// <summary>Reads what entries a release has, from the indexes beside its archives: in order of names, a line at a time.</summary>
public sealed class ReleaseEntries(BlobStore store, ReleaseQueries releases, PublishBarrier barrier)
{
    /// <summary>The entries of a published release, whatever its state, its volumes one after the other.</summary>
    /// <exception cref="BarrierFailedException">An index is not what was published.</exception>
    public async IAsyncEnumerable<(ArchiveManifest Archive, EntryRecord Entry)> OfAsync(ReleaseId release, [EnumeratorCancellation] CancellationToken stop)
    {
        Manifest manifest = await releases.ManifestAsync(release, stop) ?? throw new InvalidOperationException($"There is no release {release}.");
        Dictionary<string, ReleaseFile> files = (await releases.FilesAsync(release, stop)).ToDictionary(file => file.Name, StringComparer.Ordinal);
        foreach (ArchiveManifest archive in manifest.Archives)
        {
            ReleaseFile index = files[EntriesNameOf(archive.Name)];
            await barrier.CheckFileAsync(index.Key, new StoredFile(index.Name, index.Bytes, index.Sha256), stop);
            await foreach (EntryRecord entry in ReadAsync(index.Key, stop))
            {
                yield return (archive, entry);
            }
        }
    }

    /// <summary>The entries of a package that is stored and not public yet.</summary>
    public async IAsyncEnumerable<EntryRecord> OfAsync(Package package, [EnumeratorCancellation] CancellationToken stop)
    {
        foreach (PackagedArchive archive in package.Archives)
        {
            await foreach (EntryRecord entry in ReadAsync(BlobKey.Of(package.Release, EntriesNameOf(archive.Manifest.Name)), stop))
            {
                yield return entry;
            }
        }
    }

    private async IAsyncEnumerable<EntryRecord> ReadAsync(BlobKey key, [EnumeratorCancellation] CancellationToken stop)
    {
        await using BlobReader blob = await store.OpenAsync(key, stop) ?? throw new BarrierFailedException(key, null, "it is not there");
        await using GZipStream inflated = new(await blob.ReadAsync(0, blob.Bytes, stop), CompressionMode.Decompress);
        using StreamReader lines = new(inflated, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 64 * 1024);
        while (await lines.ReadLineAsync(stop) is { } line)
        {
            yield return JsonSerializer.Deserialize(line, FormatJson.Default.EntryRecord) ?? throw new BarrierFailedException(key, null, "it has an empty line");
        }
    }

    private static string EntriesNameOf(string archive) => archive[..^".zip".Length] + ".entries.jsonl.gz";
}

using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Sources.Http;
using OpenData.Server.Storage;

namespace OpenData.Server.Scheduling;

/// <summary>
/// The pipeline of a dataset that comes from another OpenData server: its list → signature → files, each checked → one transaction. The same archives, manifest, checksums and
/// signature are public here; what was withdrawn there is withdrawn here. It may be killed at any instruction, and the next run does it again.
/// </summary>
public sealed class ImportReleases(
    UpstreamTrust trust, UpstreamFetch fetch, BlobStore store, EditionStates editions, ReleaseImporter importer, ReleaseQueries releases, Withdrawals withdrawals, TimeProvider time)
{
    private static readonly TimeSpan s_listLife = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (long At, List<ReleaseSummary> Releases)> _listed = new(StringComparer.Ordinal);

    /// <summary>Editions of which the upstream server has a release that is not here, or has withdrawn one that is; in ordinal order.</summary>
    public async Task<IReadOnlyList<string>> DueAsync(Dataset dataset, HttpSource source, CancellationToken stop)
    {
        Dictionary<(string, int), ReleaseState> here = [];
        ReleaseCursor? after = null;
        IReadOnlyList<Release> page;
        do
        {
            page = await releases.PageAsync(dataset.Code, from: null, to: null, after, 1000, currentOnly: false, stop);
            foreach (Release release in page)
            {
                here[(release.Edition, release.Revision)] = release.State;
            }
            after = page.Count > 0 ? ReleaseCursor.Of(page[^1]) : null;
        }
        while (page.Count == 1000);
        List<ReleaseSummary> there = await source.Upstream.ReleasesAsync(dataset.Code, stop).ToListAsync(stop);
        _listed[dataset.Code] = (time.GetTimestamp(), there);
        return [.. there.Where(release => IsDue(release, here)).Select(release => release.Edition).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>Brings an edition to where it stands upstream.</summary>
    public async Task<RunOutcome> RunAsync(Dataset dataset, string edition, HttpSource source, DatasetLease lease, PackagingProgress progress, CancellationToken stop)
    {
        // A list is good for a minute, so that an import of many editions does not ask for it for each.
        if (!_listed.TryGetValue(dataset.Code, out (long At, List<ReleaseSummary> Releases) there) || time.GetElapsedTime(there.At) > s_listLife)
        {
            there = _listed[dataset.Code] = (time.GetTimestamp(), await source.Upstream.ReleasesAsync(dataset.Code, stop).ToListAsync(stop));
        }
        Dictionary<(string, int), ReleaseState> here = (await releases.RevisionsAsync(dataset.Code, edition, stop)).ToDictionary(release => (release.Edition, release.Revision), release => release.State);
        ReleaseSummary[] due = [.. there.Releases.Where(release => release.Edition == edition && IsDue(release, here)).OrderBy(release => release.Revision)];
        IReadOnlyList<string> keys = await trust.KeysAsync(source.Upstream, stop);
        ReleaseId? last = null;
        foreach (ReleaseSummary release in due)
        {
            ReleaseId id = new(dataset.Code, edition, release.Revision);
            if (IsWithdrawn(release))
            {
                await withdrawals.WithdrawAsync(id, release.Reason ?? $"It was withdrawn at {source.Upstream.Place}.", stop);
                continue;
            }
            await editions.BeginAsync(dataset.Code, edition, release.PublishedAt, stop);
            await ImportAsync(id, source.Upstream, keys, lease, progress, stop);
            last = id;
        }
        return last is null ? new RunOutcome(RunState.Unchanged, Reasons.NothingNewUpstream) : new RunOutcome(RunState.Published, null, last);
    }

    private async Task ImportAsync(ReleaseId id, Upstream upstream, IReadOnlyList<string> keys, DatasetLease lease, PackagingProgress progress, CancellationToken stop)
    {
        // 1. What it consists of, signed.
        string folder = $"files/{id.Dataset}/{Uri.EscapeDataString(id.Edition)}/{id.RevisionName}/";
        byte[] checksums = await upstream.BytesAsync(folder + Manifest.ChecksumsName, stop);
        byte[] signature = await upstream.BytesAsync(folder + Manifest.SignatureName, stop);
        if (!keys.Any(key => EcdsaSignature.Verify(key, checksums, signature)))
        {
            throw new IOException($"The checksums of {id} at {upstream.Place} are not signed by a key that is trusted.");
        }
        Dictionary<string, Sha256Digest> files = Read(checksums, id);
        byte[] text = await upstream.BytesAsync(folder + Manifest.FileName, stop);
        if (!files.Remove(Manifest.FileName, out Sha256Digest digest) || Sha256Digest.Of(text) != digest
            || JsonSerializer.Deserialize(text, FormatJson.Default.Manifest) is not { } manifest || manifest.Id() != id)
        {
            throw new IOException($"The manifest of {id} at {upstream.Place} is not the one that was signed.");
        }
        Dictionary<string, ArchiveManifest> volumes = manifest.Archives.ToDictionary(archive => archive.Name, StringComparer.Ordinal);
        progress.TotalBytes = manifest.Bytes;
        progress.TotalEntries = files.Count;

        // 2. The files, checked on their way into the store; nobody can read them yet.
        List<StoredFile> stored = [];
        List<PackagedArchive> archives = [];
        foreach ((string name, Sha256Digest sha256) in files)
        {
            volumes.TryGetValue(name, out ArchiveManifest? volume);
            StoredArchive file = await fetch.FetchAsync(upstream, id, name, sha256, volume, progress, stop);
            stored.Add(new StoredFile(name, file.Bytes, file.Sha256));
            if (volume is not null)
            {
                archives.Add(new PackagedArchive(volume, file.Blocks));
            }
            progress.AddEntry();
        }
        if (archives.Count != volumes.Count)
        {
            throw new IOException($"The manifest of {id} at {upstream.Place} names archives that its checksums do not have.");
        }
        stored.Add(await StoreAsync(id, Manifest.FileName, text, stop));
        stored.Add(await StoreAsync(id, Manifest.ChecksumsName, checksums, stop));
        stored.Add(await StoreAsync(id, Manifest.SignatureName, signature, stop));

        progress.EndStep("fetched", id.ToString());

        // 3. Barrier, then one transaction: visible, and in this server's feed.
        Package package = new(id, manifest.Packager, archives, stored, manifest.Documents, manifest.Authority, [], Sha256Digest.Of(text));
        await importer.ImportAsync(package, text, lease.CheckAsync, stop);
    }

    /// <summary>True for what is otherwise there than here.</summary>
    private static bool IsDue(ReleaseSummary release, Dictionary<(string, int), ReleaseState> here)
    {
        bool known = here.TryGetValue((release.Edition, release.Revision), out ReleaseState state);
        return ReleaseId.IsEdition(release.Edition) && release.Revision > 0 && (IsWithdrawn(release) ? known && state is not ReleaseState.Withdrawn : !known);
    }

    private static bool IsWithdrawn(ReleaseSummary release) => release.State == ReleaseState.Withdrawn.ToText();

    /// <summary>The lines of SHA256SUMS; names are those of files in the release's folder and nothing else.</summary>
    private static Dictionary<string, Sha256Digest> Read(byte[] checksums, ReleaseId id)
    {
        Dictionary<string, Sha256Digest> files = new(StringComparer.Ordinal);
        foreach (string line in Encoding.UTF8.GetString(checksums).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length < 67 || line[64..66] != "  " || !Sha256Digest.TryParse(line[..64], out Sha256Digest digest)
                || EntryName.Fault(line[66..]) is not null || line.AsSpan(66).Contains('/') || !files.TryAdd(line[66..], digest))
            {
                throw new IOException($"The checksums of {id} have the line '{line}', which cannot be.");
            }
        }
        return files;
    }

    private async Task<StoredFile> StoreAsync(ReleaseId release, string name, byte[] content, CancellationToken stop)
    {
        await using BlobWriter writer = await store.CreateAsync(BlobKey.Of(release, name), stop);
        await writer.WriteAsync(content, stop);
        await writer.CommitAsync(stop);
        return new StoredFile(name, content.Length, Sha256Digest.Of(content));
    }
}

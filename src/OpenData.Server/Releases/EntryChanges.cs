using System.Text.Json;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Packaging.Deflate;
using OpenData.Server.Storage;

namespace OpenData.Server.Releases;

/// <summary>
/// Lists what a new revision changes, entry by entry, as a file beside its archives: the entries indexes of both revisions are in order of names, so they are merged
/// line by line, and a million entries need no memory.
/// </summary>
public sealed class EntryChanges(BlobStore store, ReleaseQueries releases, ReleaseEntries entries, IOptions<PackagingOptions> options)
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
            return await ListAsync(package, current.Id, stop);
        }
        catch (BarrierFailedException e)
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

    /// <summary>The package with the list of what it changes in a certain release of the edition, whatever the state of that.</summary>
    /// <exception cref="BarrierFailedException">An index of that release is not what was published.</exception>
    public async Task<Package> ListAsync(Package package, ReleaseId old, CancellationToken stop)
    {
        ReleaseId release = package.Release;
        long added = 0, changed = 0, removed = 0;
        using Deflater deflater = _engine.Create(_engine.DefaultLevel);
        await using JsonLinesBlob lines = await JsonLinesBlob.CreateAsync(store, BlobKey.Of(release, release.ChangesName), deflater, stop);
        await foreach (EntryChange change in EntryMerge.CompareAsync(entries.OfAsync(old, stop).Select(pair => pair.Entry), entries.OfAsync(package, stop), stop))
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
        return package with
        {
            Files = [.. package.Files, new StoredFile(release.ChangesName, stored.Bytes, stored.Sha256)],
            Changes = new RevisionChanges(old.RevisionName, added, changed, removed, release.ChangesName),
        };
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
}

using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Storage;

namespace OpenData.Server.Scheduling;

/// <summary>
/// Packages an edition anew out of a release of it, without the documents that were withdrawn since: the new revision has every other entry with the very same bytes, or is
/// not published. May be killed at any instruction, like <see cref="PackageDataset"/>; the edition stays marked until the new revision is public.
/// </summary>
public sealed class RebuildRelease(
    BlobStore store,
    PackageWriter packager,
    EditionStates editions,
    EntryChanges changes,
    ReleaseEntries entries,
    WithdrawnDocuments withdrawn,
    ReleasePublisher publisher,
    ReleaseQueries releases)
{
    /// <summary>Packages and publishes it. No rule holds it: what it is made of was published before.</summary>
    /// <param name="dataset">Of which dataset.</param>
    /// <param name="from">Out of which release.</param>
    /// <param name="lease">The right to do so.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="stop">Cancels the run.</param>
    /// <exception cref="RebuildFailedException">Stored archives are not what was published; mend them first.</exception>
    public async Task<RunOutcome> RunAsync(Dataset dataset, ReleaseId from, DatasetLease lease, PackagingProgress progress, CancellationToken stop)
    {
        Release old = await releases.FindAsync(from, stop) ?? throw new InvalidOperationException($"There is no release {from}.");
        await editions.BeginRebuildAsync(from.Dataset, from.Edition, stop);
        DateTimeOffset noon = new(old.Date.ToDateTime(new TimeOnly(12, 0)), dataset.Schedule.TimeZone.GetUtcOffset(old.Date.ToDateTime(new TimeOnly(12, 0))));
        await using ReleaseDelivery delivery = new(old, noon, entries, store);
        LeftOutDocuments leftOut = await withdrawn.OfAsync(dataset.Code, stop);
        PackagePlan plan = await PackagePlan.ForAsync(delivery.ListAsync(stop), dataset.Package, leftOut, stop);
        ReleaseId release = await editions.NextReleaseAsync(from.Dataset, from.Edition, stop);
        Package package = await packager.WriteAsync(release, dataset, delivery, plan, store, progress, stop);
        package = await changes.ListAsync(package, from, stop);
        if (package.Changes is not { Added: 0, Changed: 0 } made)
        {
            throw new RebuildFailedException(from, package.Changes!);
        }
        Manifest manifest = (await releases.ManifestAsync(from, stop))!;
        package = package with { Replaces = from.Revision, Authority = Without(manifest.Authority, leftOut, manifest.Documents - package.Documents) };
        Publication publication = await publisher.PublishAsync(package, dataset, noon, lease.CheckAsync, stop);
        return new RunOutcome(RunState.Published, Reasons.EntriesLeftOut.With(made.Removed, from.ToString()), publication.Manifest.Id());
    }

    /// <summary>The comparison with the authority file, which was not kept: what was withdrawn since counts as excepted (WIPO ST.37).</summary>
    private static AuthorityResult? Without(AuthorityResult? authority, LeftOutDocuments leftOut, long documents)
    {
        if (authority is null)
        {
            return null;
        }
        string[] surplus = [.. authority.Surplus.Where(number => !leftOut.Contains(number))];
        long listed = Math.Max(0, documents - (authority.Surplus.Count - surplus.Length));
        return authority with { Listed = authority.Listed - listed, Found = authority.Found - listed, Surplus = surplus, Excepted = authority.Excepted + listed };
    }
}

/// <summary>The archives of a release hold other bytes than were published. Nothing new was published.</summary>
/// <param name="from">Which release.</param>
/// <param name="found">How what was read differs.</param>
public sealed class RebuildFailedException(ReleaseId from, RevisionChanges found)
    : IOException($"{from} cannot be packaged anew: {found.Changed + found.Added} of its stored entries are not what was published. Mend the stored archives (opendata-server scrub), or deliver the edition again.");

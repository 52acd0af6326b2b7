using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Sources;
using OpenData.Server.Sources.Http;
using OpenData.Server.Storage;

namespace OpenData.Server.Scheduling;

/// <summary>
/// The pipeline, whole: what came → plan → archives → judge → publish or hold. It may be killed at any instruction: until the last step nothing
/// is visible, and the next run does it again to the same bytes. The steps that leave something behind, in the order in which tests let it die:
/// <list type="number">
/// <item>The edition is on record as running; nothing of it is swept from here on.</item>
/// <item>The listing of the delivery is on record.</item>
/// <item>Volumes, their indexes, findings and changes are stored, each committed whole or not at all.</item>
/// <item>Barrier: all of them are read back (<see cref="ReleasePublisher"/>, from here on).</item>
/// <item>Under the locks of lease and edition, manifest, checksums and signature are stored and read back.</item>
/// <item>One commit: the release is visible and in the feed, the one before it superseded.</item>
/// </list>
/// </summary>
public sealed class PackageDataset(
    SourceFactory sources,
    BlobStore store,
    PackageWriter packager,
    EditionStates editions,
    EntryChanges changes,
    WithdrawnDocuments withdrawn,
    RebuildRelease rebuild,
    ImportReleases imports,
    ReleasePublisher publisher,
    ReleaseQueries releases,
    TimeProvider time)
{
    /// <summary>Packages an edition and publishes or holds it.</summary>
    /// <param name="dataset">Of which dataset.</param>
    /// <param name="edition">Which edition.</param>
    /// <param name="lease">The right to do so; the publishing transaction asks whether it still holds.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="stop">Cancels the run.</param>
    public async Task<RunOutcome> RunAsync(Dataset dataset, string edition, DatasetLease lease, PackagingProgress progress, CancellationToken stop)
    {
        // What another server packaged and signed is taken as it is.
        if (sources.For(dataset) is HttpSource upstream)
        {
            return await imports.RunAsync(dataset, edition, upstream, lease, progress, stop);
        }

        // 0. A document was withdrawn from it: first comes the revision without, out of what was published.
        if (await editions.RebuildFromAsync(dataset.Code, edition, stop) is { } revision)
        {
            return await rebuild.RunAsync(dataset, new ReleaseId(dataset.Code, edition, revision), lease, progress, stop);
        }

        // 1. What came, and which entry goes into which volume.
        await using Delivery delivery = await OpenAsync(dataset, edition, stop);
        await editions.BeginAsync(dataset.Code, edition, delivery.ReadyAt, stop);
        DeliveryFingerprint listed = new();
        PackagePlan plan = await PackagePlan.ForAsync(listed.WatchAsync(delivery.ListAsync(stop), stop), dataset.Package, await withdrawn.OfAsync(dataset.Code, stop), stop);
        await editions.RememberDeliveryAsync(dataset.Code, edition, listed.Text(delivery.ReadyAt), stop);
        (progress.TotalBytes, progress.TotalEntries) = (plan.Bytes, plan.Entries);
        progress.EndStep("listed", Reasons.Listed.With(plan.Entries, ByteCount.Format(plan.Bytes)));
        if (plan.IsHeld)
        {
            return await HoldAsync(dataset, edition, plan.Findings, package: null, stop);
        }

        // 2. Archives, stored volume by volume; nobody can read them yet.
        ReleaseId release = await editions.NextReleaseAsync(dataset.Code, edition, stop);
        Package package = await packager.WriteAsync(release, dataset, delivery, plan, store, progress, stop);
        progress.EndStep("packed", Reasons.Packed.With(package.Archives.Count, ByteCount.Format(package.Archives.Sum(archive => archive.Manifest.Bytes)), package.Documents));
        package = await changes.ListAsync(package, stop);

        // 3. Does it look right?
        DateOnly day = EditionDate.Of(edition, delivery.ReadyAt, dataset.Schedule.TimeZone);
        package = Completeness.With(package, Lateness.Of(dataset.Schedule, day, delivery.ReadyAt, await editions.PublishedSinceAsync(dataset.Code, stop)));
        package = Completeness.JudgeWithdrawn(package, await releases.RevisionsAsync(dataset.Code, edition, stop));
        package = Completeness.Judge(package, dataset.Hold, await BeforeAsync(dataset, day, stop));
        progress.EndStep("checked", Reasons.Checked.With(package.Findings.Count(finding => finding.Holds), package.FindingCounts?.Errors ?? 0, package.FindingCounts?.Warnings ?? 0));
        if (package.Findings.Any(finding => finding.Holds))
        {
            return await HoldAsync(dataset, edition, package.Findings, package, stop);
        }

        // 4. Barrier, then one transaction: visible, and in the feed.
        Publication publication = await publisher.PublishAsync(package, dataset, delivery.ReadyAt, lease.CheckAsync, stop);
        return publication.Outcome == PublicationOutcome.Published
            ? new RunOutcome(RunState.Published, null, publication.Manifest.Id())
            : new RunOutcome(RunState.Unchanged, Reasons.SameDelivery.With(publication.Manifest.Id().ToString()), publication.Manifest.Id());
    }

    /// <summary>Packages a published edition once more, into nothing, and says whether the archives have the same bytes. Changes nothing.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public async Task<RunOutcome> CompareAsync(Dataset dataset, string edition, PackagingProgress progress, CancellationToken stop)
    {
        Release published = (await releases.RevisionsAsync(dataset.Code, edition, stop)).FirstOrDefault(r => r.State == ReleaseState.Published)
            ?? throw new EditionNotPublishedException(dataset.Code, edition);
        Manifest manifest = (await releases.ManifestAsync(published.Id, stop))!;
        await using Delivery delivery = await OpenAsync(dataset, edition, stop);
        PackagePlan plan = await PackagePlan.ForAsync(delivery.ListAsync(stop), dataset.Package, await withdrawn.OfAsync(dataset.Code, stop), stop);
        if (plan.IsHeld)
        {
            return new RunOutcome(RunState.Failed, $"the delivery is no longer the one that was published: {plan.Findings[0].Message}", published.Id);
        }
        Package package = await packager.WriteAsync(published.Id, dataset, delivery, plan, new DiscardingBlobStore(time), progress, stop);
        return manifest.Archives.Select(a => a.Sha256).SequenceEqual(package.Archives.Select(a => a.Manifest.Sha256))
            ? new RunOutcome(RunState.Unchanged, $"the bytes of all {package.Archives.Count} archives are identical to {published.Id} ({package.Packager.Engine}, level {package.Packager.Level}).", published.Id)
            : new RunOutcome(RunState.Failed, Difference(manifest, package, published.Id), published.Id);
    }

    /// <summary>The releases that an edition is compared with: those before it, not the newest, so that history is judged by its own time.</summary>
    private Task<IReadOnlyList<Release>> BeforeAsync(Dataset dataset, DateOnly day, CancellationToken stop) =>
        releases.PageAsync(dataset.Code, from: null, to: day, after: null, Completeness.ComparedEditions + 1, currentOnly: true, stop);

    private async Task<Delivery> OpenAsync(Dataset dataset, string edition, CancellationToken stop) =>
        await sources.For(dataset).OpenAsync(edition, stop) ?? throw new EditionNotDeliveredException(dataset, edition);

    private async Task<RunOutcome> HoldAsync(Dataset dataset, string edition, IReadOnlyList<Finding> findings, Package? package, CancellationToken stop)
    {
        Words why = Words.OfHold(findings);
        await editions.HoldAsync(dataset.Code, edition, why, findings, package, stop);
        return new RunOutcome(RunState.Held, why);
    }

    private static string Difference(Manifest manifest, Package package, ReleaseId published)
    {
        if (manifest.Packager.Engine != package.Packager.Engine || manifest.Packager.Level != package.Packager.Level)
        {
            return $"the bytes differ from {published}, which was made with {manifest.Packager.Engine} at level {manifest.Packager.Level}; this was {package.Packager.Engine} at level {package.Packager.Level}. The same engine gives the same bytes.";
        }
        string? first = manifest.Archives.Zip(package.Archives).Where(pair => pair.First.Sha256 != pair.Second.Manifest.Sha256).Select(pair => pair.First.Name).FirstOrDefault();
        return $"the bytes differ from {published}, first in {first ?? "the number of archives"}: the delivery is not the one that was published.";
    }
}

/// <summary>The source has no such edition, or its ready marker is not there.</summary>
/// <param name="dataset">Of which dataset.</param>
/// <param name="edition">Which edition.</param>
public sealed class EditionNotDeliveredException(Dataset dataset, string edition)
    : IOException($"{dataset.Code}/{edition} has not arrived: there is no folder '{dataset.Source.Path}/{edition}' with the marker '{dataset.Source.Ready}' among the deliveries.");

/// <summary>There is no published release to compare with.</summary>
/// <param name="dataset">Of which dataset.</param>
/// <param name="edition">Which edition.</param>
public sealed class EditionNotPublishedException(string dataset, string edition)
    : IOException($"{dataset}/{edition} is not published: there is nothing to compare with. Package it without --again.");

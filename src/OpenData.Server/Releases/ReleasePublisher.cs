using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Dapper;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Packaging;
using OpenData.Server.Storage;

namespace OpenData.Server.Releases;

/// <summary>
/// Makes packages public:
/// <list type="number">
/// <item>Barrier: every stored file is read back and compared.</item>
/// <item>Under the edition's lock: <c>release.json</c>, <c>SHA256SUMS</c> and <c>SHA256SUMS.sig</c> are stored and read back.</item>
/// <item>In the same transaction, one commit makes the release visible, marks the one before it superseded and appends both to the feed.</item>
/// </list>
/// A process may be killed anywhere in it: before the commit nothing is visible and the next run does it again; after it the next run finds the
/// release and says so.
/// </summary>
public sealed class ReleasePublisher(
    SqlDatabase database,
    BlobStore store,
    PublishBarrier barrier,
    EditionStates editions,
    ChangeFeed feed,
    SigningKeys keys,
    ICurrentCatalog catalog,
    TimeProvider time)
{
    /// <param name="package">What is stored and waits.</param>
    /// <param name="dataset">Its dataset.</param>
    /// <param name="readyAt">When the delivery was ready: the date of an edition whose id is none.</param>
    /// <param name="guard">Asked first within the transaction; throws where this run must not publish any more (a lost lease). Null: none.</param>
    /// <param name="stop">Cancels, up to the commit.</param>
    /// <exception cref="BarrierFailedException">What is stored is not what was written. Nothing is visible.</exception>
    /// <exception cref="WithdrawnMeanwhileException">A document was withdrawn since the package was planned.</exception>
    /// <exception cref="ReleaseConflictException">Another release of this or a later revision is public.</exception>
    public async Task<Publication> PublishAsync(Package package, Dataset dataset, DateTimeOffset readyAt, Func<DbTransaction, Task>? guard, CancellationToken stop)
    {
        SigningKey key = await keys.CurrentAsync(stop);
        await barrier.PassAsync(package, stop);
        return await database.WriteAsync(
            async transaction =>
            {
                if (guard is not null)
                {
                    await guard(transaction);
                }
                await editions.LockAsync(transaction, package.Release.Dataset, package.Release.Edition, EditionState.Running);
                await WithdrawnDocuments.CheckAsync(transaction, package);
                PublishedRevision[] before = await RevisionsAsync(transaction, package.Release);
                Publication publication = Recognize(package, before)
                    ?? new Publication(await MakeVisibleAsync(transaction, package, dataset, readyAt, before, key, stop), PublicationOutcome.Published);
                await editions.SetAsync(transaction, package.Release.Dataset, package.Release.Edition, EditionState.Published, null, package.Findings, null);
                return publication;
            },
            stop);
    }

    /// <summary>What there is already that makes publishing needless; null where it is needed.</summary>
    private static Publication? Recognize(Package package, PublishedRevision[] before)
    {
        if (before.FirstOrDefault(release => release.Revision == package.Release.Revision) is { } same)
        {
            return same.DeliveryDigest == package.DeliveryDigest
                ? new Publication(same.ReadManifest(), PublicationOutcome.AlreadyPublished)
                : throw new ReleaseConflictException(package.Release, "this revision was published of another delivery");
        }
        if (before.FirstOrDefault(release => release.Revision > package.Release.Revision) is { } later)
        {
            throw new ReleaseConflictException(package.Release, string.Create(CultureInfo.InvariantCulture, $"r{later.Revision} is public"));
        }
        return before.FirstOrDefault(release => release.State == ReleaseState.Published && release.DeliveryDigest == package.DeliveryDigest) is { } current
            ? new Publication(current.ReadManifest(), PublicationOutcome.SameDelivery)
            : null;
    }

    private async Task<Manifest> MakeVisibleAsync(
        DbTransaction transaction, Package package, Dataset dataset, DateTimeOffset readyAt, PublishedRevision[] before, SigningKey key, CancellationToken stop)
    {
        ReleaseId release = package.Release;
        int? superseded = before.FirstOrDefault(revision => revision.State == ReleaseState.Published)?.Revision;
        DateOnly date = EditionDate.Of(release.Edition, readyAt, dataset.Schedule.TimeZone);
        Manifest manifest = new(
            release.Dataset,
            release.Edition,
            date,
            release.Revision,
            package.Packager,
            SqlTime.Truncate(time.GetUtcNow()),
            (superseded ?? package.Replaces) is { } number ? new ReleaseId(release.Dataset, release.Edition, number).RevisionName : null,
            await PreviousAsync(transaction, release, date),
            package.Documents,
            package.Archives.Sum(archive => archive.Manifest.Entries),
            package.Archives.Sum(archive => archive.Manifest.Bytes),
            package.Authority,
            dataset.Schema,
            TermsOf(dataset),
            package.FindingCounts ?? Count(package.Findings),
            [.. package.Archives.Select(archive => archive.Manifest)])
        {
            SigningKey = key.Id,
            // What was compared while it was packaged may have been withdrawn meanwhile: then the list stays beside the archives and is not told.
            Changes = package.Changes is { } changes && (superseded ?? package.Replaces) is { } old && changes.From == new ReleaseId(release.Dataset, release.Edition, old).RevisionName ? changes : null,
        };
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(manifest, FormatJson.Default.Manifest);

        List<StoredFile> files = [.. package.Files];
        files.Add(await StoreAsync(release, Manifest.FileName, text, stop));
        byte[] checksums = Checksums.Write(files);
        files.Add(await StoreAsync(release, Manifest.ChecksumsName, checksums, stop));
        files.Add(await StoreAsync(release, Manifest.SignatureName, key.Sign(checksums), stop));

        await ReleaseRows.InsertAsync(transaction, package, manifest, Encoding.UTF8.GetString(text), files, superseded);
        await DatasetHeads.MoveAsync(transaction, release.Dataset, before.Any(revision => revision is { State: ReleaseState.Published, IsArchived: false }) ? 0 : 1);
        NewChange published = new(ChangeType.Published, release.Dataset, release.Edition, release.Revision);
        await feed.AppendAsync(
            transaction,
            superseded is null ? [published] : [published, new NewChange(ChangeType.Superseded, release.Dataset, release.Edition, superseded, By: release.Revision, Changes: manifest.Changes)]);
        return manifest;
    }

    /// <summary>Stores a small file and reads it back.</summary>
    private async Task<StoredFile> StoreAsync(ReleaseId release, string name, byte[] content, CancellationToken stop)
    {
        BlobKey key = BlobKey.Of(release, name);
        await using (BlobWriter writer = await store.CreateAsync(key, stop))
        {
            await writer.WriteAsync(content, stop);
            await writer.CommitAsync(stop);
        }
        StoredFile file = new(name, content.Length, Sha256Digest.Of(content));
        await barrier.CheckFileAsync(key, file, stop);
        return file;
    }

    private string? TermsOf(Dataset dataset) => dataset.Terms is { } id && catalog.Current.Terms.TryGetValue(id, out Terms? terms)
        ? string.Create(CultureInfo.InvariantCulture, $"{id}/{terms.Version}")
        : dataset.Terms;

    private static FindingCounts Count(IReadOnlyList<Finding> findings) => new(
        findings.LongCount(finding => finding.Severity == Severity.Error),
        findings.LongCount(finding => finding.Severity == Severity.Warning),
        findings.LongCount(finding => finding.Severity == Severity.Note));

    /// <summary>All revisions of the edition, the newest first.</summary>
    private static async Task<PublishedRevision[]> RevisionsAsync(DbTransaction transaction, ReleaseId release) =>
    [
        .. await transaction.Connection!.QueryAsync<PublishedRevision>(
            "SELECT revision, state, archived_at IS NOT NULL AS is_archived, delivery_digest, manifest FROM releases WHERE dataset = @Dataset AND edition = @Edition ORDER BY revision DESC",
            new { release.Dataset, release.Edition },
            transaction),
    ];

    private static Task<string?> PreviousAsync(DbTransaction transaction, ReleaseId release, DateOnly date) =>
        transaction.Connection!.QueryFirstOrDefaultAsync<string>(
            """
            SELECT edition FROM releases
            WHERE dataset = @Dataset AND (date, edition) < (@date, @Edition) AND state = 'published'
            ORDER BY date DESC, edition DESC, revision DESC LIMIT 1
            """,
            new { release.Dataset, release.Edition, date },
            transaction);

    private sealed record PublishedRevision
    {
        public int Revision { get; init; }

        public ReleaseState State { get; init; }

        /// <summary>True where its files are not served; it is the edition's current release all the same.</summary>
        public bool IsArchived { get; init; }

        public Sha256Digest DeliveryDigest { get; init; }

        public string Manifest { get; init; } = "";

        public Manifest ReadManifest() => JsonSerializer.Deserialize(Manifest, FormatJson.Default.Manifest)!;
    }
}

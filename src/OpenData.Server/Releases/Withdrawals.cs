using System.Data.Common;
using Dapper;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Packaging;

namespace OpenData.Server.Releases;

/// <summary>
/// Takes releases back, or single documents. From the commit on no address serves them; a tombstone with reason and date remains, and the files stay stored. For a document
/// every revision of the edition that holds it is withdrawn at once, and the edition is marked to be packaged anew without it: whoever packages does so next, however
/// often it is killed on the way.
/// </summary>
public sealed class Withdrawals(SqlDatabase database, EditionStates editions, ChangeFeed feed, ReleaseQueries queries, ReleaseEntries entries, TimeProvider time)
{
    private const int NamedEntries = 1000;

    /// <summary>Withdraws a release, whether current or superseded. Another revision does not take its place by itself.</summary>
    /// <returns>False where there is no such release or it is withdrawn already.</returns>
    public Task<bool> WithdrawAsync(ReleaseId release, string reason, CancellationToken stop) => WithdrawAsync(release, reason, null, stop);

    /// <inheritdoc cref="WithdrawAsync(ReleaseId, string, CancellationToken)"/>
    /// <param name="release">Which.</param>
    /// <param name="reason">Why.</param>
    /// <param name="also">What else belongs to the same transaction (the line of the audit trail), or null.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<bool> WithdrawAsync(ReleaseId release, string reason, Func<DbTransaction, Task>? also, CancellationToken stop) =>
        await WithdrawAsync(release.Dataset, release.Edition, release.Revision, reason, also, stop) is not null;

    /// <summary>What withdrawing a revision, or all of an edition, would do; null where there is nothing to withdraw.</summary>
    /// <param name="dataset">The dataset's code.</param>
    /// <param name="edition">The edition's id.</param>
    /// <param name="revision">One revision, or null for all.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<WithdrawalEffect?> PreviewAsync(string dataset, string edition, int? revision, CancellationToken stop)
    {
        ReleaseId[] releases = [.. (await ServedAsync(dataset, edition, stop)).Where(release => revision is null || release.Revision == revision).Select(release => release.Id)];
        return releases.Length == 0 ? null : await EffectAsync(releases, null, [], null, stop);
    }

    /// <inheritdoc cref="WithdrawAsync(string, string, int?, string, Func{DbTransaction, Task}?, CancellationToken)"/>
    public Task<WithdrawalEffect?> WithdrawAsync(string dataset, string edition, int? revision, string reason, CancellationToken stop) =>
        WithdrawAsync(dataset, edition, revision, reason, null, stop);

    /// <summary>Withdraws a revision, or all of an edition.</summary>
    /// <inheritdoc cref="PreviewAsync(string, string, int?, CancellationToken)"/>
    /// <param name="dataset">The dataset's code.</param>
    /// <param name="edition">The edition's id.</param>
    /// <param name="revision">One revision, or null for all.</param>
    /// <param name="reason">Why.</param>
    /// <param name="also">What else belongs to the same transaction (the line of the audit trail), or null.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<WithdrawalEffect?> WithdrawAsync(string dataset, string edition, int? revision, string reason, Func<DbTransaction, Task>? also, CancellationToken stop)
    {
        ReleaseId[] withdrawn = await database.WriteAsync(
            async transaction =>
            {
                EditionRow? row = await LockAsync(transaction, dataset, edition);
                Served[] served = [.. (await ServedAsync(transaction, dataset, edition)).Where(release => revision is null || release.Revision == revision)];
                if (row is null || served.Length == 0)
                {
                    return [];
                }
                await MarkAsync(transaction, dataset, edition, served, reason, null);
                if (served.Any(release => release.IsCurrent) && row.State == "published")
                {
                    await editions.SetAsync(transaction, dataset, edition, EditionState.Withdrawn, reason, [], null);
                }
                await (also?.Invoke(transaction) ?? Task.CompletedTask);
                return served.Select(release => new ReleaseId(dataset, edition, release.Revision)).ToArray();
            },
            stop);
        return withdrawn.Length == 0 ? null : await EffectAsync(withdrawn, null, [], null, stop);
    }

    /// <summary>What withdrawing a document from an edition would do; null where no release of the edition that is served holds it.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="edition">The edition's id.</param>
    /// <param name="document">Its publication number, or the name of an entry.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<WithdrawalEffect?> PreviewDocumentAsync(Dataset dataset, string edition, string document, CancellationToken stop)
    {
        Holders found = await FindAsync(dataset, edition, document, stop);
        return found.Releases.Count == 0 ? null : await EffectAsync([.. found.Releases.Select(release => release.Id)], document, found.Entries, found.RebuildFrom, stop);
    }

    /// <inheritdoc cref="WithdrawDocumentAsync(Dataset, string, string, string, Func{DbTransaction, Task}?, CancellationToken)"/>
    public Task<WithdrawalEffect?> WithdrawDocumentAsync(Dataset dataset, string edition, string document, string reason, CancellationToken stop) =>
        WithdrawDocumentAsync(dataset, edition, document, reason, null, stop);

    /// <summary>Withdraws a document from an edition: it is never packaged again in this dataset, and the edition is marked to be packaged anew without it.</summary>
    /// <inheritdoc cref="PreviewDocumentAsync"/>
    /// <param name="dataset">The dataset.</param>
    /// <param name="edition">The edition's id.</param>
    /// <param name="document">Its publication number, or the name of an entry.</param>
    /// <param name="reason">Why.</param>
    /// <param name="also">What else belongs to the same transaction (the line of the audit trail), or null.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<WithdrawalEffect?> WithdrawDocumentAsync(Dataset dataset, string edition, string document, string reason, Func<DbTransaction, Task>? also, CancellationToken stop)
    {
        while (true)
        {
            Holders found = await FindAsync(dataset, edition, document, stop);
            if (found.Releases.Count == 0)
            {
                return null;
            }
            bool asSeen = await database.WriteAsync(
                async transaction =>
                {
                    EditionRow? row = await LockAsync(transaction, dataset.Code, edition);
                    await WithdrawnDocuments.LockAsync(transaction, dataset.Code);
                    Served[] served = await ServedAsync(transaction, dataset.Code, edition);
                    if (row is null || !served.Select(release => release.Revision).SequenceEqual(found.Looked))
                    {
                        return false; // another revision was published meanwhile: look into it as well
                    }
                    await WithdrawnDocuments.AddAsync(
                        transaction,
                        new WithdrawnDocument { Dataset = dataset.Code, Document = document, Reason = reason, Edition = edition, WithdrawnAt = time.GetUtcNow() });
                    Served[] holding = [.. served.Where(release => found.Releases.Any(holder => holder.Revision == release.Revision))];
                    await MarkAsync(transaction, dataset.Code, edition, holding, reason, document);
                    if (holding.Any(release => release.IsCurrent))
                    {
                        await SetAsideAsync(transaction, dataset.Code, edition, row, found.RebuildFrom, reason);
                    }
                    await (also?.Invoke(transaction) ?? Task.CompletedTask);
                    return true;
                },
                stop);
            if (asSeen)
            {
                return await EffectAsync([.. found.Releases.Select(release => release.Id)], document, found.Entries, found.RebuildFrom, stop);
            }
        }
    }

    /// <summary>Which releases of the edition hold the document. One whose index cannot be read is taken to hold it.</summary>
    private async Task<Holders> FindAsync(Dataset dataset, string edition, string document, CancellationToken stop)
    {
        LeftOutDocuments wanted = new([document]);
        IReadOnlyList<Release> served = await ServedAsync(dataset.Code, edition, stop);
        List<Release> holding = [];
        List<string> names = [];
        ReleaseId? rebuildFrom = null;
        foreach (Release release in served)
        {
            (long held, long other) = (0, 0);
            try
            {
                await foreach (EntryRecord entry in entries.OfAsync(release.Id, stop).Select(pair => pair.Entry))
                {
                    if (!wanted.Contains(dataset.Package.Document, entry.Name))
                    {
                        other++;
                    }
                    else if (++held == 1 || (holding.Count == 0 && names.Count < NamedEntries))
                    {
                        names.Add(entry.Name);
                    }
                }
            }
            catch (BarrierFailedException)
            {
                (held, other) = (1, 0);
            }
            if (held > 0)
            {
                holding.Add(release);
                rebuildFrom = release.State is ReleaseState.Published && other > 0 ? release.Id : rebuildFrom;
            }
        }
        return new Holders([.. served.Select(release => release.Revision)], holding, [.. names.Distinct(StringComparer.Ordinal)], rebuildFrom);
    }

    private async Task<IReadOnlyList<Release>> ServedAsync(string dataset, string edition, CancellationToken stop) =>
        [.. (await queries.RevisionsAsync(dataset, edition, stop)).Where(release => release.State is not ReleaseState.Withdrawn)];

    private async Task<WithdrawalEffect> EffectAsync(ReleaseId[] releases, string? document, IReadOnlyList<string> names, ReleaseId? rebuiltFrom, CancellationToken stop)
    {
        (long files, long bytes) = (0, 0);
        foreach (ReleaseId release in releases)
        {
            IReadOnlyList<ReleaseFile> of = await queries.FilesAsync(release, stop);
            (files, bytes) = (files + of.Count, bytes + of.Sum(file => file.Bytes));
        }
        return new WithdrawalEffect(releases, files, bytes, document, names, rebuiltFrom);
    }

    /// <summary>Marks releases as withdrawn and tells the feed.</summary>
    private async Task MarkAsync(DbTransaction transaction, string dataset, string edition, Served[] releases, string reason, string? document)
    {
        await transaction.Connection!.ExecuteAsync(
            "UPDATE releases SET state = 'withdrawn', reason = @reason, withdrawn_at = @now WHERE dataset = @dataset AND edition = @edition AND revision = @Revision",
            releases.Select(release => new { dataset, edition, reason, now = time.GetUtcNow(), release.Revision }),
            transaction);
        if (releases.Any(release => release.IsCurrent))
        {
            await DatasetHeads.MoveAsync(transaction, dataset, releases.Any(release => release.IsCurrent && !release.IsArchived) ? -1 : 0);
        }
        await feed.AppendAsync(
            transaction,
            [.. releases.OrderBy(release => release.Revision).Select(release => new NewChange(ChangeType.Withdrawn, dataset, edition, release.Revision, reason) { Document = document })]);
    }

    /// <summary>The edition has no current release now: it is packaged anew without the document, or stays withdrawn where nothing else was in it.</summary>
    private Task SetAsideAsync(DbTransaction transaction, string dataset, string edition, EditionRow row, ReleaseId? rebuildFrom, string reason) =>
        transaction.Connection!.ExecuteAsync(
            $"""
            UPDATE editions SET state = @state, reason = @reason, findings = '[]', package = NULL, rebuild_from = @from, updated_at = @now
                {(row.State == "published" ? "" : ", delivery = NULL, ready_at = NULL" /* what came later and was not published yet is taken up again after it */)}
            WHERE dataset = @dataset AND edition = @edition
            """,
            new { dataset, edition, reason = ((Words)reason).Stored, now = time.GetUtcNow(), state = rebuildFrom is null ? "withdrawn" : "running", from = rebuildFrom?.Revision },
            transaction);

    private static Task<EditionRow?> LockAsync(DbTransaction transaction, string dataset, string edition) =>
        transaction.Connection!.QuerySingleOrDefaultAsync<EditionRow>(
            "UPDATE editions SET updated_at = updated_at WHERE dataset = @dataset AND edition = @edition RETURNING state", new { dataset, edition }, transaction);

    private static async Task<Served[]> ServedAsync(DbTransaction transaction, string dataset, string edition) =>
    [
        .. await transaction.Connection!.QueryAsync<Served>(
            """
            SELECT revision, state = 'published' AS is_current, archived_at IS NOT NULL AS is_archived FROM releases
            WHERE dataset = @dataset AND edition = @edition AND state <> 'withdrawn' ORDER BY revision DESC
            """,
            new { dataset, edition },
            transaction),
    ];

    /// <param name="Looked">The revisions that were looked into, the newest first.</param>
    /// <param name="Releases">Those that hold the document.</param>
    /// <param name="Entries">Names of entries that hold it.</param>
    /// <param name="RebuildFrom">The current one, where it holds it beside others.</param>
    private sealed record Holders(IReadOnlyList<int> Looked, IReadOnlyList<Release> Releases, IReadOnlyList<string> Entries, ReleaseId? RebuildFrom);

    private sealed record EditionRow
    {
        public string State { get; init; } = "";
    }

    private sealed record Served
    {
        public int Revision { get; init; }

        public bool IsCurrent { get; init; }

        public bool IsArchived { get; init; }
    }
}

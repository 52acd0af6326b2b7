using System.Data.Common;
using Dapper;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Storage;

namespace OpenData.Server.Releases;

/// <summary>
/// Removes blobs that no release names, or only one that was archived: what killed runs, rejected editions and needless packages left behind. Only what is older than a day,
/// and nothing of an edition that is running or held. For each release:
/// <list type="number">
/// <item>List what is stored of it; nothing is done for one that has nothing old which no release names.</item>
/// <item>Take the edition's lock: from here on no run begins or publishes. Leave it alone if it is running or held.</item>
/// <item>Look again at what the database names, and at how old the blobs are now: runs may have come and gone since the list was made.</item>
/// <item>Remove, one by one. A process that is killed here leaves fewer blobs that nobody names; the next sweep removes the rest.</item>
/// </list>
/// </summary>
public sealed partial class Sweep(SqlDatabase database, BlobStore store, EditionStates editions, TimeProvider time, ILogger<Sweep> log)
{
    /// <summary>Younger blobs are left alone, whoever they belong to.</summary>
    public static TimeSpan Age { get; } = TimeSpan.FromDays(1);

    /// <summary>Goes through the whole store once.</summary>
    /// <param name="dryRun">True to remove nothing and only say what would be removed.</param>
    /// <param name="stop">Stops between two releases.</param>
    /// <returns>The blobs that were removed, or would be.</returns>
    public async Task<IReadOnlyList<BlobInfo>> RunAsync(bool dryRun, CancellationToken stop)
    {
        List<BlobInfo> removed = [];
        List<BlobInfo> folder = [];
        ReleaseId current = default;
        // Keys come in order: the blobs of one release stand together.
        await foreach (BlobInfo blob in store.ListAsync(BlobKey.Root, stop))
        {
            if (!BlobKey.TryParse(blob.Key.Path, out _, out ReleaseId release))
            {
                continue;
            }
            if (release != current)
            {
                removed.AddRange(await SweepAsync(current, folder, dryRun, stop));
                (current, folder) = (release, []);
            }
            folder.Add(blob);
        }
        removed.AddRange(await SweepAsync(current, folder, dryRun, stop));
        return removed;
    }

    private async Task<IReadOnlyList<BlobInfo>> SweepAsync(ReleaseId release, List<BlobInfo> folder, bool dryRun, CancellationToken stop)
    {
        DateTimeOffset young = time.GetUtcNow() - Age;
        folder.RemoveAll(blob => blob.ModifiedAt > young);
        if (folder.Count == 0)
        {
            return [];
        }
        await using DbConnection connection = await database.OpenAsync(stop);
        await RemoveNamedAsync(connection, null, release, folder);
        if (folder.Count == 0)
        {
            return [];
        }
        // Not committed at the end: the transaction is the lock and changes nothing.
        await using DbTransaction transaction = await database.BeginWriteAsync(connection, stop);
        // A row made here for an edition that was never taken up is never committed, and keeps a run that begins waiting all the same.
        if (await editions.LockAsync(transaction, release.Dataset, release.Edition, EditionState.Failed) is EditionState.Running or EditionState.Held)
        {
            return [];
        }
        await RemoveNamedAsync(connection, transaction, release, folder);
        await RemoveRenewedAsync(release, young, folder, stop);
        foreach (BlobInfo blob in folder)
        {
            LogSwept(blob.Key, blob.Bytes, dryRun ? "would be removed" : "removed");
            if (!dryRun)
            {
                await store.DeleteAsync(blob.Key, stop);
            }
        }
        return folder;
    }

    /// <summary>A run that ended between the listing and the lock may have written a blob once more: it is young now.</summary>
    private async Task RemoveRenewedAsync(ReleaseId release, DateTimeOffset young, List<BlobInfo> folder, CancellationToken stop)
    {
        HashSet<BlobKey> old = [];
        await foreach (BlobInfo blob in store.ListAsync(BlobKey.Prefix(release), stop))
        {
            if (blob.ModifiedAt <= young)
            {
                old.Add(blob.Key);
            }
        }
        folder.RemoveAll(blob => !old.Contains(blob.Key));
    }

    /// <summary>Takes out what a release names, unless that release was archived longer ago than <see cref="Age"/>.</summary>
    private async Task RemoveNamedAsync(DbConnection connection, DbTransaction? transaction, ReleaseId release, List<BlobInfo> folder)
    {
        HashSet<string> named = (await connection.QueryAsync<string>(
            """
            SELECT files.name FROM release_files files
            JOIN releases ON (releases.dataset, releases.edition, releases.revision) = (files.dataset, files.edition, files.revision)
            WHERE files.dataset = @Dataset AND files.edition = @Edition AND files.revision = @Revision
                AND (releases.archived_at IS NULL OR releases.archived_at > @young)
            """,
            new { release.Dataset, release.Edition, release.Revision, young = time.GetUtcNow() - Age },
            transaction)).ToHashSet(StringComparer.Ordinal);
        folder.RemoveAll(blob => named.Contains(blob.Key.Path[BlobKey.Prefix(release).Length..]));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Blob {Key} of {Bytes} bytes belongs to no release: {What}")]
    private partial void LogSwept(BlobKey key, long bytes, string what);
}

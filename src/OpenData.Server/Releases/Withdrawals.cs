using System.Data.Common;
using Dapper;
using OpenData.Format;
using OpenData.Server.Database;

namespace OpenData.Server.Releases;

/// <summary>Takes releases back. The files stay stored; a tombstone with the reason remains in their place.</summary>
public sealed class Withdrawals(SqlDatabase database, EditionStates editions, ChangeFeed feed)
{
    /// <summary>Withdraws a release, whether current or superseded. Another revision does not take its place by itself.</summary>
    /// <returns>False where there is no such release or it is withdrawn already.</returns>
    public Task<bool> WithdrawAsync(ReleaseId release, string reason, CancellationToken stop) => database.WriteAsync(
        async transaction =>
        {
            DbConnection connection = transaction.Connection!;
            string? state = await connection.QuerySingleOrDefaultAsync<string>(
                "UPDATE editions SET updated_at = updated_at WHERE dataset = @Dataset AND edition = @Edition RETURNING state",
                new { release.Dataset, release.Edition },
                transaction);
            bool? current = await connection.QuerySingleOrDefaultAsync<bool?>(
                "SELECT state = 'published' FROM releases WHERE dataset = @Dataset AND edition = @Edition AND revision = @Revision AND state <> 'withdrawn'",
                new { release.Dataset, release.Edition, release.Revision },
                transaction);
            if (current is null)
            {
                return false;
            }
            await connection.ExecuteAsync(
                "UPDATE releases SET state = 'withdrawn', reason = @reason WHERE dataset = @Dataset AND edition = @Edition AND revision = @Revision",
                new { release.Dataset, release.Edition, release.Revision, reason },
                transaction);
            if (current.Value)
            {
                await DatasetHeads.MoveAsync(transaction, release.Dataset, -1);
                if (state == "published")
                {
                    await editions.SetAsync(transaction, release.Dataset, release.Edition, EditionState.Withdrawn, reason, [], null);
                }
            }
            await feed.AppendAsync(transaction, [new NewChange(ChangeType.Withdrawn, release.Dataset, release.Edition, release.Revision, reason)]);
            return true;
        },
        stop);
}

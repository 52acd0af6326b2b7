using System.Data.Common;
using Dapper;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Database;

namespace OpenData.Server.Gateway;

/// <summary>
/// A key or link that has expired still serves to go on with what was begun, so that the end of its time never costs bytes that were already fetched:
/// whoever began a file before the expiry may go on with this file by the same key (or a link of that key), for <see cref="SignedLink.MaxLife"/> after the
/// expiry, until it was delivered. That is until twice its bytes were sent: what broken connections lost must be had again. Revoking the key, suspending
/// the account or withdrawing the release ends it at once. The journal is the witness, on whichever node the file was begun.
/// </summary>
public sealed class ResumeRight(SqlDatabase database, TimeProvider time)
{
    private const int Allowance = 2;
    private static readonly TimeSpan s_journalDelay = TimeSpan.FromSeconds(2);

    /// <summary>Who the caller is for this file, or null where the right is not given.</summary>
    /// <param name="expired">Whose credentials expired, and when.</param>
    /// <param name="release">Of which release.</param>
    /// <param name="file">The file, and behind a slash the entry, as the journal has it.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<Caller?> OfAsync(ExpiredCaller expired, ReleaseId release, string file, long bytes, CancellationToken stop)
    {
        if (time.GetUtcNow() >= expired.At + SignedLink.MaxLife)
        {
            return null;
        }
        if (await MayAsync(expired, release, file, bytes, stop))
        {
            return expired.Caller;
        }
        // A download that broke off a moment ago may still be on its way into the journal.
        await Task.Delay(s_journalDelay, time, stop);
        return await MayAsync(expired, release, file, bytes, stop) ? expired.Caller : null;
    }

    private async Task<bool> MayAsync(ExpiredCaller expired, ReleaseId release, string file, long bytes, CancellationToken stop)
    {
        DateTimeOffset since = expired.At - SignedLink.MaxLife;
        await using DbConnection connection = await database.OpenAsync(stop);
        Begun begun = await connection.QuerySingleAsync<Begun>(
            """
            SELECT CAST(coalesce(SUM(sent), 0) AS BIGINT) AS sent, COUNT(CASE WHEN at < @At THEN 1 END) AS before
            FROM downloads
            WHERE account_id = @Id AND day >= @day AND dataset = @Dataset AND edition = @Edition AND revision = @Revision
                AND file = @file AND key_id = @KeyId AND at >= @since AND sent > 0
            """,
            new
            {
                expired.At,
                expired.Caller.Account!.Id,
                expired.Caller.KeyId,
                release.Dataset,
                release.Edition,
                release.Revision,
                file,
                since,
                day = DateOnly.FromDateTime(since.UtcDateTime),
            });
        return begun.Before > 0 && begun.Sent < Allowance * bytes;
    }

    private sealed record Begun
    {
        public long Sent { get; init; }

        public long Before { get; init; }
    }
}

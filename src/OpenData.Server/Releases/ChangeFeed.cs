using System.Data.Common;
using Dapper;
using OpenData.Format;
using OpenData.Server.Database;

namespace OpenData.Server.Releases;

/// <summary>
/// The change feed. Serials are given out under the lock of the one row of <c>feed_head</c>, which is held until the transaction commits: who
/// commits later has the higher serial, and a reader that saw a serial has seen, or can read, all that are lower.
/// </summary>
public sealed class ChangeFeed(SqlDatabase database, TimeProvider time)
{
    /// <summary>The newest serial; 0 where nothing ever changed.</summary>
    public async Task<long> HeadAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleAsync<long>("SELECT serial FROM feed_head WHERE id = 1");
    }

    /// <summary>Changes after a serial, in order.</summary>
    /// <param name="after">The last serial that the reader has; 0 to begin.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<IReadOnlyList<Change>> AfterAsync(long after, int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await ReadAsync(connection, $"SELECT {Columns} FROM changes WHERE serial > @after ORDER BY serial LIMIT @limit", new { after, limit }, limit, stop);
    }

    /// <summary>The newest changes first, of one dataset or of all: what a news feed shows.</summary>
    /// <param name="dataset">The dataset's code, or null for all.</param>
    /// <param name="before">Only changes with lower serials; <see cref="long.MaxValue"/> to begin.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<IReadOnlyList<Change>> NewestAsync(string? dataset, long before, int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await ReadAsync(
            connection,
            $"SELECT {Columns} FROM changes WHERE serial < @before{(dataset is null ? "" : " AND dataset = @dataset")} ORDER BY serial DESC LIMIT @limit",
            new { dataset, before, limit },
            limit,
            stop);
    }

    /// <summary>
    /// Within a transaction, as its last statement but one: whoever comes after waits from here until the commit.
    /// </summary>
    internal async Task AppendAsync(DbTransaction transaction, IReadOnlyList<NewChange> changes)
    {
        DbConnection connection = transaction.Connection!;
        long last = await connection.QuerySingleAsync<long>(
            "UPDATE feed_head SET serial = serial + @Count WHERE id = 1 RETURNING serial", new { changes.Count }, transaction);
        DateTimeOffset now = time.GetUtcNow();
        for (int i = 0; i < changes.Count; i++)
        {
            NewChange change = changes[i];
            await connection.ExecuteAsync(
                """
                INSERT INTO changes (serial, type, dataset, edition, revision, at, reason, by_revision, added, changed, removed, document)
                VALUES (@serial, @type, @Dataset, @Edition, @Revision, @now, @Reason, @By, @Added, @Changed, @Removed, @Document)
                """,
                new
                {
                    serial = last - changes.Count + 1 + i,
                    type = Text(change.Type),
                    change.Dataset,
                    change.Edition,
                    change.Revision,
                    now,
                    change.Reason,
                    change.By,
                    change.Changes?.Added,
                    change.Changes?.Changed,
                    change.Changes?.Removed,
                    change.Document,
                },
                transaction);
        }
    }

    // Read by their places in Read.
    private const string Columns = "serial, type, dataset, edition, revision, at, reason, by_revision, added, changed, removed, document";

    private static string Text(ChangeType type) => type switch
    {
        ChangeType.Published => "published",
        ChangeType.Superseded => "superseded",
        ChangeType.Withdrawn => "withdrawn",
        _ => "dataset-changed",
    };

    /// <summary>A page may have a thousand: value by value, without the boxes of a mapper.</summary>
    private static async Task<IReadOnlyList<Change>> ReadAsync(DbConnection connection, string query, object parameters, int limit, CancellationToken stop)
    {
        List<Change> changes = new(Math.Min(limit, 1024));
        await using DbDataReader rows = await connection.ExecuteReaderAsync(query, parameters);
        while (await rows.ReadAsync(stop))
        {
            changes.Add(Read(rows));
        }
        return changes;
    }

    private static Change Read(DbDataReader row)
    {
        string dataset = row.GetString(2);
        string? edition = row.IsDBNull(3) ? null : row.GetString(3);
        int? revision = row.IsDBNull(4) ? null : (int)row.GetInt64(4);
        int? by = row.IsDBNull(7) ? null : (int)row.GetInt64(7);
        return new Change(
            row.GetInt64(0),
            row.GetString(1) switch
            {
                "published" => ChangeType.Published,
                "superseded" => ChangeType.Superseded,
                "withdrawn" => ChangeType.Withdrawn,
                _ => ChangeType.DatasetChanged,
            },
            dataset,
            edition,
            revision,
            SqlTime.FromMicroseconds(row.GetInt64(5)),
            row.IsDBNull(6) ? null : row.GetString(6),
            by)
        {
            Document = row.IsDBNull(11) ? null : row.GetString(11),
            Changes = edition is not null && revision is { } from && by is { } to && !row.IsDBNull(8) && !row.IsDBNull(9) && !row.IsDBNull(10)
                ? new RevisionChanges(
                    new ReleaseId(dataset, edition, from).RevisionName,
                    row.GetInt64(8),
                    row.GetInt64(9),
                    row.GetInt64(10),
                    new ReleaseId(dataset, edition, to).ChangesName)
                : null,
        };
    }
}

/// <summary>A change that has no serial yet.</summary>
internal sealed record NewChange(ChangeType Type, string Dataset, string? Edition = null, int? Revision = null, string? Reason = null, int? By = null, RevisionChanges? Changes = null)
{
    /// <summary>See <see cref="Change.Document"/>.</summary>
    public string? Document { get; init; }
}

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
    /// <summary>Says that the metadata of a dataset changed.</summary>
    public Task DatasetChangedAsync(string dataset, CancellationToken stop) =>
        database.WriteAsync(transaction => AppendAsync(transaction, [new NewChange(ChangeType.DatasetChanged, dataset)]), stop);

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
        IEnumerable<Row> rows = await connection.QueryAsync<Row>($"SELECT {Columns} FROM changes WHERE serial > @after ORDER BY serial LIMIT @limit", new { after, limit });
        return [.. rows.Select(row => row.ToChange())];
    }

    /// <summary>The newest changes first, of one dataset or of all: what a news feed shows.</summary>
    /// <param name="dataset">The dataset's code, or null for all.</param>
    /// <param name="before">Only changes with lower serials; <see cref="long.MaxValue"/> to begin.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<IReadOnlyList<Change>> NewestAsync(string? dataset, long before, int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        IEnumerable<Row> rows = await connection.QueryAsync<Row>(
            $"SELECT {Columns} FROM changes WHERE serial < @before{(dataset is null ? "" : " AND dataset = @dataset")} ORDER BY serial DESC LIMIT @limit", new { dataset, before, limit });
        return [.. rows.Select(row => row.ToChange())];
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

    private const string Columns = "serial, type, dataset, edition, revision, at, reason, by_revision, added, changed, removed, document";

    private static string Text(ChangeType type) => type switch
    {
        ChangeType.Published => "published",
        ChangeType.Superseded => "superseded",
        ChangeType.Withdrawn => "withdrawn",
        _ => "dataset-changed",
    };

    private sealed record Row
    {
        public long Serial { get; init; }

        public string Type { get; init; } = "";

        public string Dataset { get; init; } = "";

        public string? Edition { get; init; }

        public int? Revision { get; init; }

        public DateTimeOffset At { get; init; }

        public string? Reason { get; init; }

        public int? ByRevision { get; init; }

        public long? Added { get; init; }

        public long? Changed { get; init; }

        public long? Removed { get; init; }

        public string? Document { get; init; }

        public Change ToChange() => new(
            Serial,
            Type switch
            {
                "published" => ChangeType.Published,
                "superseded" => ChangeType.Superseded,
                "withdrawn" => ChangeType.Withdrawn,
                _ => ChangeType.DatasetChanged,
            },
            Dataset,
            Edition,
            Revision,
            At,
            Reason,
            ByRevision)
        {
            Document = Document,
            Changes = Added is { } added && Changed is { } changed && Removed is { } removed && Edition is not null && Revision is { } from && ByRevision is { } by
                ? new RevisionChanges(new ReleaseId(Dataset, Edition, from).RevisionName, added, changed, removed, new ReleaseId(Dataset, Edition, by).ChangesName)
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

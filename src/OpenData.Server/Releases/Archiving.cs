using System.Data.Common;
using System.Globalization;
using Dapper;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Database;

namespace OpenData.Server.Releases;

/// <summary>
/// Applies a dataset's retention: editions beyond it stay listed as archived, with their manifests, and their files are no longer served; a day later the sweep takes them from
/// the store. The newest edition always stays. The feed tells each as a change of the dataset, with its edition, revision and reason: a mirror keeps what it has.
/// </summary>
public sealed class Archiving(SqlDatabase database, EditionStates editions, ChangeFeed feed, TimeProvider time)
{
    /// <summary>Archives what is beyond the retention now. May be broken off anywhere and done again.</summary>
    /// <returns>The releases that were archived.</returns>
    public async Task<IReadOnlyList<ReleaseId>> ApplyAsync(Dataset dataset, CancellationToken stop)
    {
        if (dataset.Retention == Retention.All)
        {
            return [];
        }
        List<ReleaseId> archived = [];
        foreach (string edition in Beyond(dataset.Retention, await CurrentAsync(dataset.Code, stop), Today(dataset)))
        {
            archived.AddRange(await ArchiveAsync(dataset, edition, stop));
        }
        return archived;
    }

    /// <summary>Which editions are beyond a retention, the oldest first. Where it names both editions and days, what either keeps is kept.</summary>
    /// <param name="retention">The dataset's.</param>
    /// <param name="current">Its editions, the newest first.</param>
    /// <param name="today">Today, where the dataset is at home.</param>
    internal static IReadOnlyList<string> Beyond(Retention retention, IReadOnlyList<(string Edition, DateOnly Date)> current, DateOnly today) => retention == Retention.All ? [] :
    [
        .. current
            .Skip(Math.Max(1, retention.Editions ?? 0))
            .Where(edition => retention.Days is not { } days || edition.Date <= today.AddDays(-days))
            .Select(edition => edition.Edition)
            .Reverse(),
    ];

    private DateOnly Today(Dataset dataset) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow(), dataset.Schedule.TimeZone).DateTime);

    private async Task<IReadOnlyList<(string Edition, DateOnly Date)>> CurrentAsync(string dataset, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. (await connection.QueryAsync<Row>(
            "SELECT edition, date FROM releases WHERE dataset = @dataset AND state = 'published' AND archived_at IS NULL ORDER BY date DESC, edition DESC", new { dataset }))
            .Select(row => (row.Edition, row.Date))];
    }

    private Task<IReadOnlyList<ReleaseId>> ArchiveAsync(Dataset dataset, string edition, CancellationToken stop) => database.WriteAsync<IReadOnlyList<ReleaseId>>(
        async transaction =>
        {
            DbConnection connection = transaction.Connection!;
            if (await editions.LockAsync(transaction, dataset.Code, edition, EditionState.Published) is EditionState.Running or EditionState.Held)
            {
                return []; // a correction is under way: the next firing sees what became of it
            }
            int[] revisions =
            [
                .. (await connection.QueryAsync<int>(
                    """
                    UPDATE releases SET archived_at = @now WHERE dataset = @Code AND edition = @edition AND state <> 'withdrawn' AND archived_at IS NULL RETURNING revision
                    """,
                    new { dataset.Code, edition, now = time.GetUtcNow() },
                    transaction)).Order(),
            ];
            if (revisions.Length == 0)
            {
                return [];
            }
            await DatasetHeads.MoveAsync(transaction, dataset.Code, -1);
            await feed.AppendAsync(
                transaction, [.. revisions.Select(revision => new NewChange(ChangeType.DatasetChanged, dataset.Code, edition, revision, $"archived: {Rule(dataset.Retention)} are kept"))]);
            return [.. revisions.Select(revision => new ReleaseId(dataset.Code, edition, revision))];
        },
        stop);

    private static string Rule(Retention retention) => string.Join(
        " and ",
        ((string?[])[
            retention.Editions is { } count ? string.Create(CultureInfo.InvariantCulture, $"the last {count} editions") : null,
            retention.Days is { } days ? string.Create(CultureInfo.InvariantCulture, $"the editions of the last {days} days") : null,
        ]).OfType<string>());

    private sealed record Row
    {
        public string Edition { get; init; } = "";

        public DateOnly Date { get; init; }
    }
}

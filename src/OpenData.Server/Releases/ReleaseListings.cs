using System.Data.Common;
using Dapper;
using OpenData.Server.Database;

namespace OpenData.Server.Releases;

/// <summary>Releases and files as catalogs and mirrors walk them: all of them, in pages that are found by an index and never counted.</summary>
public sealed class ReleaseListings(SqlDatabase database)
{
    /// <summary>The files of the newest release of each dataset.</summary>
    public async Task<IReadOnlyList<ReleaseFile>> FilesOfNewestAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<ReleaseFile>(
            $"""
            SELECT {FileColumns}
            FROM dataset_heads heads
            JOIN releases ON {Of("releases", "heads")}
            JOIN release_files files ON {Of("files", "releases")}
            ORDER BY files.dataset, files.name
            """)];
    }

    /// <summary>The files of the current releases of a dataset between two places in its list, both included, in order of names.</summary>
    public async Task<IReadOnlyList<ReleaseFile>> FilesBetweenAsync(string dataset, ReleaseCursor newest, ReleaseCursor oldest, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<ReleaseFile>(
            $"""
            SELECT {FileColumns}
            FROM releases
            JOIN release_files files ON {Of("files", "releases")}
            WHERE releases.dataset = @dataset AND releases.state = 'published' AND releases.archived_at IS NULL
                AND (releases.date, releases.edition, releases.revision) <= (@newestDate, @newestEdition, @newestRevision)
                AND (releases.date, releases.edition, releases.revision) >= (@oldestDate, @oldestEdition, @oldestRevision)
            ORDER BY files.name
            """,
            new
            {
                dataset,
                newestDate = newest.Date,
                newestEdition = newest.Edition,
                newestRevision = newest.Revision,
                oldestDate = oldest.Date,
                oldestEdition = oldest.Edition,
                oldestRevision = oldest.Revision,
            })];
    }

    /// <summary>How many current releases a dataset has between two days; counted up to a bound.</summary>
    public async Task<long> CountAsync(string dataset, DateOnly? from, DateOnly? to, int bound, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleAsync<long>(
            $"""
            SELECT COUNT(*) FROM (
                SELECT 1 FROM releases
                WHERE dataset = @dataset AND state = 'published' AND archived_at IS NULL{(from is null ? "" : " AND date >= @from")}{(to is null ? "" : " AND date <= @to")}
                LIMIT @bound) AS counted
            """,
            new { dataset, from, to, bound });
    }

    /// <summary>The files that became visible by the changes after one serial up to another, and are still to be had, in the order of the changes.</summary>
    public Task<IReadOnlyList<ListedFile>> FilesPublishedAsync(long after, long upTo, CancellationToken stop) =>
        FilesAsync($"JOIN releases ON {Of("releases", "changes")}", "changes.type = 'published' AND releases.state <> 'withdrawn' AND releases.archived_at IS NULL", after, upTo, stop);

    /// <summary>The files that became visible or were taken back by the changes after one serial up to another, in the order of the changes.</summary>
    public Task<IReadOnlyList<ListedFile>> FilesChangedAsync(long after, long upTo, CancellationToken stop) =>
        FilesAsync("", "changes.type IN ('published', 'withdrawn')", after, upTo, stop);

    /// <summary>The releases that became visible by the changes after one serial up to another, and are current, in the order of the changes.</summary>
    public async Task<IReadOnlyList<Release>> ReleasesPublishedAsync(long after, long upTo, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<Release>(
            $"""
            SELECT {Release.Columns}
            FROM changes
            JOIN releases ON {Of("releases", "changes")}
            WHERE changes.serial > @after AND changes.serial <= @upTo AND changes.type = 'published' AND releases.state = 'published' AND releases.archived_at IS NULL
            ORDER BY changes.serial
            """,
            new { after, upTo })];
    }

    /// <summary>When every so manyth change happened, beginning with the one of this serial.</summary>
    public async Task<IReadOnlyList<DateTimeOffset>> TimesAsync(long first, int step, long last, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<DateTimeOffset>(
            """
            WITH RECURSIVE steps(serial) AS (SELECT CAST(@first AS BIGINT) UNION ALL SELECT serial + @step FROM steps WHERE serial + @step <= @last)
            SELECT changes.at FROM steps JOIN changes ON changes.serial = steps.serial ORDER BY steps.serial
            """,
            new { first, step, last })];
    }

    private async Task<IReadOnlyList<ListedFile>> FilesAsync(string join, string which, long after, long upTo, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<ListedFile>(
            $"""
            SELECT changes.serial, changes.type, changes.at, files.dataset, files.edition, files.revision, files.name, files.bytes, files.sha256, files.media_type, files.archive
            FROM changes
            {join}
            JOIN release_files files ON {Of("files", "changes")}
            WHERE changes.serial > @after AND changes.serial <= @upTo AND {which}
            ORDER BY changes.serial, files.name
            """,
            new { after, upTo })];
    }

    private const string FileColumns =
        "files.dataset, files.edition, files.revision, files.name, files.bytes, files.sha256, files.media_type, files.archive, releases.state, releases.reason, releases.published_at";

    private static string Of(string table, string other) =>
        $"{table}.dataset = {other}.dataset AND {table}.edition = {other}.edition AND {table}.revision = {other}.revision";
}

/// <summary>A file, and the change that made it visible or took it back.</summary>
public sealed record ListedFile
{
    /// <summary>The change's serial.</summary>
    public required long Serial { get; init; }

    /// <summary><c>published</c> or <c>withdrawn</c>.</summary>
    public required string Type { get; init; }

    /// <summary>When it changed, in UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The dataset's code.</summary>
    public required string Dataset { get; init; }

    /// <summary>The edition's id.</summary>
    public required string Edition { get; init; }

    /// <summary>The revision.</summary>
    public required int Revision { get; init; }

    /// <summary>Its name in the release's folder.</summary>
    public required string Name { get; init; }

    /// <summary>Its size.</summary>
    public required long Bytes { get; init; }

    /// <summary>Its digest.</summary>
    public required Format.Sha256Digest Sha256 { get; init; }

    /// <summary>Its media type.</summary>
    public required string MediaType { get; init; }

    /// <summary>True for a zip volume.</summary>
    public required bool Archive { get; init; }

    /// <summary>Which release it belongs to.</summary>
    public Format.ReleaseId Release => new(Dataset, Edition, Revision);
}

using System.Data.Common;
using Dapper;
using OpenData.Format;
using OpenData.Server.Database;

namespace OpenData.Server.Releases.Scrubbing;

/// <summary>
/// What is known of every stored file that is to be there: when all of it was last read, and what was found. A file that becomes bad or good again
/// gets the next version; versions rise in commit order, so whoever follows them (every gateway does) misses none.
/// </summary>
public sealed class ScrubLedger(SqlDatabase database, TimeProvider time)
{
    /// <summary>What was found bad is read again after this time: somebody may have put it right.</summary>
    public static TimeSpan Again { get; } = TimeSpan.FromHours(1);

    private static readonly TimeSpan Turn = TimeSpan.FromMinutes(1);

    private const string Columns =
        """
        files.dataset, files.edition, files.revision, files.name, files.bytes, files.sha256, files.archive,
        coalesce(scrubbed.result, 'unread') AS result, scrubbed.reason, coalesce(scrubbed.seen_at, releases.published_at) AS seen_at,
        scrubbed.started_at, coalesce(scrubbed.position, 0) AS position, coalesce(scrubbed.bad_blocks, 0) AS bad_blocks, scrubbed.first_bad
        """;

    /// <summary>Of a row of <c>releases</c>: its files are there to be read, since they are served, or since the edition is to be packaged anew out of them.</summary>
    internal const string IsKept =
        """
        ((releases.state <> 'withdrawn' AND releases.archived_at IS NULL) OR EXISTS (
            SELECT 1 FROM editions WHERE (editions.dataset, editions.edition, editions.rebuild_from) = (releases.dataset, releases.edition, releases.revision)))
        """;

    private const string Kept =
        $"""
        FROM release_files files
        JOIN releases ON (releases.dataset, releases.edition, releases.revision) = (files.dataset, files.edition, files.revision)
        LEFT JOIN scrubbed_files scrubbed
            ON (scrubbed.dataset, scrubbed.edition, scrubbed.revision, scrubbed.name) = (files.dataset, files.edition, files.revision, files.name)
        WHERE {IsKept}
        """;

    /// <summary>What to read next: what gateways suspect, what was bad and may be well again, what is half read, then what was not read for longest.</summary>
    /// <param name="dataset">Of one dataset, or null for all.</param>
    /// <param name="before">Good files only where they were last read before this.</param>
    /// <param name="badBefore">Bad files only where they were last read before this.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<IReadOnlyList<ScrubbedFile>> DueAsync(string? dataset, DateTimeOffset before, DateTimeOffset badBefore, int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<ScrubbedFile>(
            $"""
            SELECT {Columns} {Kept} {(dataset is null ? "" : "AND files.dataset = @dataset")} AND
                CASE coalesce(scrubbed.result, 'unread')
                    WHEN 'suspect' THEN TRUE
                    WHEN 'damaged' THEN scrubbed.position > 0 OR coalesce(scrubbed.seen_at, 0) < @badBefore
                    WHEN 'missing' THEN coalesce(scrubbed.seen_at, 0) < @badBefore
                    ELSE coalesce(scrubbed.position, 0) > 0 OR coalesce(scrubbed.seen_at, releases.published_at) < @before
                END
            ORDER BY CASE scrubbed.result WHEN 'suspect' THEN 0 WHEN 'damaged' THEN 1 WHEN 'missing' THEN 1 ELSE 2 END,
                CASE WHEN scrubbed.position > 0 THEN 0 ELSE 1 END,
                coalesce(scrubbed.seen_at, releases.published_at), files.dataset, files.edition, files.revision, files.name
            LIMIT @limit
            """,
            new { dataset, before, badBefore, limit })];
    }

    /// <summary>Files in order of their keys.</summary>
    /// <param name="dataset">Of one dataset, or null for all.</param>
    /// <param name="result">With one result, or null for any.</param>
    /// <param name="after">The last one that was seen, or null to begin.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<IReadOnlyList<ScrubbedFile>> PageAsync(string? dataset, ScrubResult? result, (ReleaseId Release, string Name)? after, int limit, CancellationToken stop)
    {
        string where = string.Concat(
            dataset is null ? "" : " AND files.dataset = @dataset",
            result is null ? "" : " AND coalesce(scrubbed.result, 'unread') = @result",
            after is null ? "" : " AND (files.dataset, files.edition, files.revision, files.name) > (@Dataset, @Edition, @Revision, @Name)");
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<ScrubbedFile>(
            $"SELECT {Columns} {Kept}{where} ORDER BY files.dataset, files.edition, files.revision, files.name LIMIT @limit",
            new
            {
                dataset,
                result = result is { } one ? Text(one) : null,
                after?.Release.Dataset,
                after?.Release.Edition,
                after?.Release.Revision,
                after?.Name,
                limit,
            })];
    }

    /// <summary>How many bytes were last read in which hour, the longest ago first: what <see cref="ScrubPace"/> reckons with.</summary>
    public async Task<IReadOnlyList<StoredBytes>> AgesAsync(CancellationToken stop)
    {
        const long Hour = 3_600_000_000; // in the database's microseconds
        await using DbConnection connection = await database.OpenAsync(stop);
        IEnumerable<AgeRow> rows = await connection.QueryAsync<AgeRow>(
            $"SELECT coalesce(scrubbed.seen_at, releases.published_at) / {Hour} AS hour, CAST(sum(files.bytes) AS BIGINT) AS bytes {Kept} GROUP BY 1 ORDER BY 1");
        return [.. rows.Select(row => new StoredBytes(DateTimeOffset.UnixEpoch.AddHours(row.Hour), row.Bytes))];
    }

    /// <summary>Files and bytes of one dataset, or of all.</summary>
    public async Task<ScrubTotals> TotalsAsync(string? dataset, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleAsync<ScrubTotals>(
            $"""
            SELECT count(*) AS files, CAST(coalesce(sum(files.bytes), 0) AS BIGINT) AS bytes,
                coalesce(sum(CASE WHEN scrubbed.result IN ('damaged', 'missing') THEN 1 ELSE 0 END), 0) AS bad,
                coalesce(sum(CASE WHEN scrubbed.result = 'suspect' THEN 1 ELSE 0 END), 0) AS suspect,
                min(coalesce(scrubbed.seen_at, releases.published_at)) AS oldest
            {Kept} {(dataset is null ? "" : "AND files.dataset = @dataset")}
            """,
            new { dataset });
    }

    /// <summary>Writes what is known of a file now.</summary>
    /// <param name="file">The file, with result, reason, position and so on as they are now.</param>
    /// <param name="began">What was known when the pass began.</param>
    /// <param name="renewed">True where its bytes were replaced: whoever has it open must open it afresh.</param>
    /// <returns>False, and nothing is written, where a gateway has come to suspect the file since the pass began: it must be read from its beginning.</returns>
    public Task<bool> WriteAsync(ScrubbedFile file, ScrubResult began, bool renewed = false) => database.WriteAsync(
        async transaction =>
        {
            DbConnection connection = transaction.Connection!;
            // The row first: it is the lock under which "became" is decided.
            ScrubResult before = Enum.Parse<ScrubResult>(await connection.QuerySingleAsync<string>(
                """
                INSERT INTO scrubbed_files (dataset, edition, revision, name, result, position, bad_blocks, version)
                VALUES (@Dataset, @Edition, @Revision, @Name, 'unread', 0, 0, 0)
                ON CONFLICT (dataset, edition, revision, name) DO UPDATE SET position = scrubbed_files.position
                RETURNING result
                """,
                file,
                transaction), ignoreCase: true);
            if (before is ScrubResult.Suspect && began is not ScrubResult.Suspect && !file.IsBad)
            {
                return false;
            }
            bool became = renewed || (before is ScrubResult.Damaged or ScrubResult.Missing) != file.IsBad;
            await connection.ExecuteAsync(
                """
                UPDATE scrubbed_files SET result = @result, reason = @Reason, seen_at = @SeenAt, started_at = @StartedAt, position = @Position,
                    bad_blocks = @BadBlocks, first_bad = @FirstBad
                WHERE dataset = @Dataset AND edition = @Edition AND revision = @Revision AND name = @Name
                """,
                new
                {
                    file.Dataset,
                    file.Edition,
                    file.Revision,
                    file.Name,
                    result = Text(file.Result),
                    file.Reason,
                    file.SeenAt,
                    file.StartedAt,
                    file.Position,
                    file.BadBlocks,
                    file.FirstBad,
                },
                transaction);
            if (became)
            {
                await NextVersionAsync(transaction, file.Release, file.Name);
            }
            return true;
        },
        CancellationToken.None);

    /// <summary>A gateway met something wrong in a file: it is read next. What is known to be bad stays so.</summary>
    public Task SuspectAsync(ReleaseId release, string name, string reason, CancellationToken stop) => database.WriteAsync(
        async transaction =>
        {
            int changed = await transaction.Connection!.ExecuteAsync(
                """
                INSERT INTO scrubbed_files (dataset, edition, revision, name, result, reason, position, bad_blocks, version)
                VALUES (@Dataset, @Edition, @Revision, @name, 'suspect', @reason, 0, 0, 0)
                ON CONFLICT (dataset, edition, revision, name) DO UPDATE SET result = 'suspect', reason = @reason, position = 0, bad_blocks = 0, first_bad = NULL
                WHERE scrubbed_files.result IN ('unread', 'good')
                """,
                new { release.Dataset, release.Edition, release.Revision, name, reason },
                transaction);
            if (changed > 0)
            {
                await NextVersionAsync(transaction, release, name);
            }
        },
        stop);

    /// <summary>The version of the last change; 0 where there was none.</summary>
    public async Task<long> VersionAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleAsync<long>("SELECT version FROM scrub_state WHERE id = 1");
    }

    /// <summary>Files that became bad, good or suspect after a version, each with what is known now, in order of versions.</summary>
    public async Task<IReadOnlyList<ScrubChange>> ChangesAsync(long after, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<ScrubChange>(
            "SELECT dataset, edition, revision, name, result, version FROM scrubbed_files WHERE version > @after ORDER BY version", new { after })];
    }

    /// <summary>Takes the turn to scrub, or keeps it for another minute; false while another worker has it.</summary>
    /// <param name="holder">Names the worker.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<bool> TakeTurnAsync(string holder, CancellationToken stop)
    {
        DateTimeOffset now = time.GetUtcNow();
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.ExecuteAsync(
            "UPDATE scrub_state SET holder = @holder, until = @until WHERE id = 1 AND (holder = @holder OR until < @now)",
            new { holder, now, until = now + Turn }) > 0;
    }

    /// <summary>Puts the checksums of an archive's blocks right, where its SHA-256 proved them wrong.</summary>
    public Task MendBlocksAsync(ScrubbedFile file, byte[] blocks) => database.WriteAsync(
        async transaction =>
        {
            await transaction.Connection!.ExecuteAsync(
                "UPDATE release_archives SET blocks = @blocks WHERE dataset = @Dataset AND edition = @Edition AND revision = @Revision AND name = @Name",
                new { file.Dataset, file.Edition, file.Revision, file.Name, blocks },
                transaction);
        },
        CancellationToken.None);

    private static async Task NextVersionAsync(DbTransaction transaction, ReleaseId release, string name)
    {
        long version = await transaction.Connection!.QuerySingleAsync<long>(
            "UPDATE scrub_state SET version = version + 1 WHERE id = 1 RETURNING version", transaction: transaction);
        await transaction.Connection!.ExecuteAsync(
            "UPDATE scrubbed_files SET version = @version WHERE dataset = @Dataset AND edition = @Edition AND revision = @Revision AND name = @name",
            new { release.Dataset, release.Edition, release.Revision, name, version },
            transaction);
    }

    private static string Text(ScrubResult result) => result switch
    {
        ScrubResult.Unread => "unread",
        ScrubResult.Good => "good",
        ScrubResult.Suspect => "suspect",
        ScrubResult.Damaged => "damaged",
        _ => "missing",
    };

    private sealed record AgeRow
    {
        public long Hour { get; init; }

        public long Bytes { get; init; }
    }
}

/// <summary>Sums over stored files.</summary>
public sealed record ScrubTotals
{
    /// <summary>How many.</summary>
    public long Files { get; init; }

    /// <summary>Their bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Damaged or missing.</summary>
    public long Bad { get; init; }

    /// <summary>Suspect: to be read next.</summary>
    public long Suspect { get; init; }

    /// <summary>When the one that was not read for longest was read; null where there is none.</summary>
    public DateTimeOffset? Oldest { get; init; }
}

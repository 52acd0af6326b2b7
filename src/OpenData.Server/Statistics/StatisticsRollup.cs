using System.Data.Common;
using Dapper;
using OpenData.Format;
using OpenData.Server.Database;

namespace OpenData.Server.Statistics;

/// <summary>
/// Carries the journal into the sums by day and month, a stretch at a time. A stretch is one transaction together with the place where the next one
/// begins, so that a process may be killed anywhere and every download is counted once; and that place is a row that is locked first, so that of several
/// nodes one sums up at a time. The gateway's downloads are not touched by it: they wrote their lines long before.
/// </summary>
public sealed class StatisticsRollup(SqlDatabase database)
{
    /// <summary>Lines of a stretch: a fraction of a second of the database.</summary>
    public const int Stretch = 2000;

    /// <summary>How long pieces of an unfinished file are remembered: after that nobody resumes.</summary>
    public static readonly TimeSpan PartsLife = TimeSpan.FromDays(30);

    /// <summary>How long it is remembered who downloaded which release.</summary>
    public static readonly TimeSpan CompletionsLife = TimeSpan.FromDays(100);

    private const int KeysAtOnce = 100;

    private const string Lines =
        """
        SELECT d.id, d.batch, d.at, d.duration, d.account_id, d.address, p.country, d.dataset, d.edition, d.revision, d.file, d.status, d.ranges, d.asked, d.sent, d.outcome,
               coalesce(d.whole, CASE WHEN d.status = 200 THEN d.asked END, f.bytes) AS whole
        FROM downloads d
        LEFT JOIN account_profiles p ON p.account_id = d.account_id
        LEFT JOIN release_files f ON f.dataset = d.dataset AND f.edition = d.edition AND f.revision = d.revision AND f.name = d.file
        WHERE (d.batch, d.id) > (@Batch, @Download) ORDER BY d.batch, d.id LIMIT @limit
        """;

    /// <summary>Sums up all that the journal has now.</summary>
    /// <returns>How many lines were added.</returns>
    public async Task<long> RunAsync(CancellationToken stop)
    {
        long added = 0;
        // Without anything new no lock is taken.
        while (await IsAnyNewAsync(stop) && await StepAsync(Stretch, stop) is > 0 and var step)
        {
            added += step;
        }
        return added;
    }

    /// <summary>One stretch.</summary>
    internal Task<int> StepAsync(int limit, CancellationToken stop) => database.WriteAsync(
        async transaction =>
        {
            DbConnection connection = transaction.Connection!;
            Head head = await connection.QuerySingleAsync<Head>("UPDATE statistics_head SET batch = batch WHERE id = 1 RETURNING batch, download", transaction: transaction);
            JournalLine[] lines = [.. await connection.QueryAsync<JournalLine>(Lines, new { head.Batch, head.Download, limit }, transaction)];
            if (lines.Length == 0)
            {
                return 0;
            }
            JournalSum sum = new(await PartsAsync(transaction, [.. lines.Select(line => line.Key).Distinct()]));
            foreach (JournalLine line in lines)
            {
                sum.Add(line);
            }
            await WriteAsync(transaction, sum);
            await connection.ExecuteAsync(
                "UPDATE statistics_head SET batch = @Batch, download = @Id WHERE id = 1", new { lines[^1].Batch, lines[^1].Id }, transaction);
            return lines.Length;
        },
        stop);

    /// <summary>Forgets what is too old to matter.</summary>
    public Task ForgetAsync(DateTimeOffset now, CancellationToken stop) => database.WriteAsync(
        transaction => transaction.Connection!.ExecuteAsync(
            """
            DELETE FROM download_parts WHERE at < @Parts;
            DELETE FROM download_completions WHERE at < @Completions;
            """,
            new { Parts = now - PartsLife, Completions = now - CompletionsLife },
            transaction),
        stop);

    private async Task<bool> IsAnyNewAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        Head head = await connection.QuerySingleAsync<Head>("SELECT batch, download FROM statistics_head WHERE id = 1");
        return await connection.ExecuteScalarAsync<long?>("SELECT 1 FROM downloads WHERE (batch, id) > (@Batch, @Download) LIMIT 1", new { head.Batch, head.Download }) is not null;
    }

    private static async Task<IReadOnlyDictionary<FileOfSomebody, Coverage>> PartsAsync(DbTransaction transaction, FileOfSomebody[] files)
    {
        Dictionary<FileOfSomebody, Coverage> known = [];
        foreach (FileOfSomebody[] some in files.Chunk(KeysAtOnce))
        {
            IEnumerable<PartsRow> rows = await transaction.Connection!.QueryAsync<PartsRow>(
                $"SELECT who, dataset, edition, revision, file, parts FROM download_parts WHERE {KeysIn(some, out DynamicParameters keys)}", keys, transaction);
            foreach (PartsRow row in rows)
            {
                known[new FileOfSomebody(row.Who, new ReleaseId(row.Dataset, row.Edition, row.Revision), row.File)] = Coverage.Parse(row.Parts);
            }
        }
        return known;
    }

    private static async Task WriteAsync(DbTransaction transaction, JournalSum sum)
    {
        DbConnection connection = transaction.Connection!;
        foreach (string table in (string[])["statistics_days", "statistics_months"])
        {
            string period = table == "statistics_days" ? "day" : "month";
            await connection.ExecuteAsync(
                $"""
                INSERT INTO {table} ({period}, dataset, country, archives, documents, bytes) VALUES (@Period, @Dataset, @Country, @Archives, @Documents, @Bytes)
                ON CONFLICT ({period}, dataset, country) DO UPDATE
                SET archives = {table}.archives + excluded.archives, documents = {table}.documents + excluded.documents, bytes = {table}.bytes + excluded.bytes
                """,
                sum.Days.Select(pair => new
                {
                    Period = period == "day" ? pair.Key.Day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) : JournalSum.MonthOf(pair.Key.Day),
                    pair.Key.Dataset,
                    pair.Key.Country,
                    pair.Value.Archives,
                    pair.Value.Documents,
                    pair.Value.Bytes,
                }),
                transaction);
        }
        await connection.ExecuteAsync(
            """
            INSERT INTO statistics_accounts (month, account_id, archives, documents, bytes) VALUES (@Month, @AccountId, @Archives, @Documents, @Bytes)
            ON CONFLICT (month, account_id) DO UPDATE
            SET archives = statistics_accounts.archives + excluded.archives, documents = statistics_accounts.documents + excluded.documents, bytes = statistics_accounts.bytes + excluded.bytes
            """,
            sum.Accounts.Select(pair => new { pair.Key.Month, pair.Key.AccountId, pair.Value.Archives, pair.Value.Documents, pair.Value.Bytes }),
            transaction);
        await connection.ExecuteAsync(
            """
            INSERT INTO download_completions (account_id, dataset, edition, revision, at) VALUES (@AccountId, @Dataset, @Edition, @Revision, @At)
            ON CONFLICT (account_id, dataset, edition, revision) DO UPDATE SET at = CASE WHEN excluded.at > download_completions.at THEN excluded.at ELSE download_completions.at END
            """,
            sum.Completions.Select(pair => new { pair.Key.AccountId, pair.Key.Release.Dataset, pair.Key.Release.Edition, pair.Key.Release.Revision, At = pair.Value }),
            transaction);
        foreach (FileOfSomebody[] some in sum.Touched.Where(touched => touched.Parts is null).Select(touched => touched.File).Chunk(KeysAtOnce))
        {
            await connection.ExecuteAsync($"DELETE FROM download_parts WHERE {KeysIn(some, out DynamicParameters keys)}", keys, transaction);
        }
        await connection.ExecuteAsync(
            """
            INSERT INTO download_parts (who, dataset, edition, revision, file, parts, at) VALUES (@Who, @Dataset, @Edition, @Revision, @File, @Parts, @At)
            ON CONFLICT (who, dataset, edition, revision, file) DO UPDATE SET parts = excluded.parts, at = excluded.at
            """,
            sum.Touched.Where(touched => touched.Parts is not null).Select(touched => new
            {
                touched.File.Who,
                touched.File.Release.Dataset,
                touched.File.Release.Edition,
                touched.File.Release.Revision,
                touched.File.File,
                Parts = touched.Parts!.ToString(),
                touched.At,
            }),
            transaction);
    }

    /// <summary>A condition that is true for these keys, found by the primary key.</summary>
    private static string KeysIn(FileOfSomebody[] files, out DynamicParameters parameters)
    {
        parameters = new DynamicParameters();
        string[] rows = new string[files.Length];
        for (int i = 0; i < files.Length; i++)
        {
            rows[i] = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"(@w{i}, @d{i}, @e{i}, @r{i}, @f{i})");
            parameters.Add($"w{i}", files[i].Who);
            parameters.Add($"d{i}", files[i].Release.Dataset);
            parameters.Add($"e{i}", files[i].Release.Edition);
            parameters.Add($"r{i}", (long)files[i].Release.Revision);
            parameters.Add($"f{i}", files[i].File);
        }
        return $"(who, dataset, edition, revision, file) IN (VALUES {string.Join(", ", rows)})";
    }

    private sealed record Head
    {
        public long Batch { get; init; }

        public string Download { get; init; } = "";
    }

    private sealed record PartsRow
    {
        public string Who { get; init; } = "";

        public string Dataset { get; init; } = "";

        public string Edition { get; init; } = "";

        public int Revision { get; init; }

        public string File { get; init; } = "";

        public string Parts { get; init; } = "";
    }
}

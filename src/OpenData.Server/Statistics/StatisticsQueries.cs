using System.Data.Common;
using Dapper;
using OpenData.Format;
using OpenData.Server.Database;

namespace OpenData.Server.Statistics;

/// <summary>Reads the sums. None of these reads the journal, so they take the same time however long that is.</summary>
public sealed class StatisticsQueries(SqlDatabase database)
{
    private const string Sums = "CAST(SUM(archives) AS BIGINT) AS archives, CAST(SUM(documents) AS BIGINT) AS documents, CAST(SUM(bytes) AS BIGINT) AS bytes";

    /// <summary>By month, in order of time; months without anything are left out. Months are <c>yyyy-MM</c>, both ends included.</summary>
    public Task<IReadOnlyList<SumLine>> MonthsAsync(string from, string to, CancellationToken stop) =>
        LinesAsync($"SELECT month AS name, {Sums} FROM statistics_months WHERE month >= @from AND month <= @to GROUP BY month ORDER BY month", from, to, stop);

    /// <summary>By dataset, the most bytes first.</summary>
    public Task<IReadOnlyList<SumLine>> DatasetsAsync(string from, string to, CancellationToken stop) =>
        LinesAsync($"SELECT dataset AS name, {Sums} FROM statistics_months WHERE month >= @from AND month <= @to GROUP BY dataset ORDER BY bytes DESC, dataset", from, to, stop);

    /// <summary>By country (see <see cref="Country"/>), the most bytes first.</summary>
    public Task<IReadOnlyList<SumLine>> CountriesAsync(string from, string to, CancellationToken stop) =>
        LinesAsync($"SELECT country AS name, {Sums} FROM statistics_months WHERE month >= @from AND month <= @to GROUP BY country ORDER BY bytes DESC, country", from, to, stop);

    /// <summary>By day, from a day on, in order of time; days without anything are left out.</summary>
    public Task<IReadOnlyList<SumLine>> DaysAsync(DateOnly from, CancellationToken stop) =>
        LinesAsync($"SELECT day AS name, {Sums} FROM statistics_days WHERE day >= @from GROUP BY day ORDER BY day", from.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), "", stop);

    /// <summary>By account, the most bytes first; for the office only.</summary>
    public async Task<IReadOnlyList<AccountLine>> AccountsAsync(string from, string to, int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<AccountLine>(new CommandDefinition(
            $"""
            SELECT a.name, a.organization, p.country, s.archives, s.documents, s.bytes
            FROM (SELECT account_id, {Sums} FROM statistics_accounts WHERE month >= @from AND month <= @to GROUP BY account_id) s
            JOIN accounts a ON a.id = s.account_id
            LEFT JOIN account_profiles p ON p.account_id = s.account_id
            ORDER BY s.bytes DESC, a.name LIMIT @limit
            """,
            new { from, to, limit },
            cancellationToken: stop))];
    }

    /// <summary>Pages that people looked at, by month, kind and language.</summary>
    public async Task<IReadOnlyList<VisitLine>> VisitsAsync(string from, string to, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<VisitLine>(new CommandDefinition(
            """
            SELECT substr(day, 1, 7) AS month, kind, language, CAST(SUM(visits) AS BIGINT) AS visits
            FROM statistics_visits WHERE day >= @from AND day < @End GROUP BY substr(day, 1, 7), kind, language ORDER BY substr(day, 1, 7), kind, language
            """,
            new { from, End = to + "-32" },
            cancellationToken: stop))];
    }

    /// <summary>When an account last downloaded an archive or a document of a release, UTC; null where it did not in the last 100 days.</summary>
    public async Task<DateTimeOffset?> CompletedAtAsync(string accountId, ReleaseId release, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<DateTimeOffset?>(
            "SELECT at FROM download_completions WHERE account_id = @accountId AND dataset = @Dataset AND edition = @Edition AND revision = @Revision",
            new { accountId, release.Dataset, release.Edition, release.Revision });
    }

    private async Task<IReadOnlyList<SumLine>> LinesAsync(string sql, string from, string to, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<SumLine>(new CommandDefinition(sql, new { from, to }, cancellationToken: stop))];
    }
}

/// <summary>What was downloaded of, in or by something.</summary>
public sealed record SumLine
{
    /// <summary>The month, day, dataset or country.</summary>
    public string Name { get; init; } = "";

    /// <summary>Archives that were delivered as a whole.</summary>
    public long Archives { get; init; }

    /// <summary>Entries of archives that were.</summary>
    public long Documents { get; init; }

    /// <summary>Bytes of everything.</summary>
    public long Bytes { get; init; }
}

/// <summary>What an account downloaded.</summary>
public sealed record AccountLine
{
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whom it stands for, or null.</summary>
    public string? Organization { get; init; }

    /// <summary>Two letters, or null.</summary>
    public string? Country { get; init; }

    /// <summary>Archives that were delivered as a whole.</summary>
    public long Archives { get; init; }

    /// <summary>Entries of archives that were.</summary>
    public long Documents { get; init; }

    /// <summary>Bytes of everything.</summary>
    public long Bytes { get; init; }
}

/// <summary>Pages that people looked at.</summary>
public sealed record VisitLine
{
    /// <summary><c>yyyy-MM</c>.</summary>
    public string Month { get; init; } = "";

    /// <summary>The kind of page.</summary>
    public string Kind { get; init; } = "";

    /// <summary><c>zh</c> or <c>en</c>.</summary>
    public string Language { get; init; } = "";

    /// <summary>How often.</summary>
    public long Visits { get; init; }
}

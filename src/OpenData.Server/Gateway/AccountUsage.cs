using System.Data.Common;
using Dapper;
using OpenData.Server.Database;

namespace OpenData.Server.Gateway;

/// <summary>What accounts downloaded, summed up from the journal.</summary>
public sealed class AccountUsage(SqlDatabase database)
{
    /// <summary>Bytes by day, from a day on, in the order of the days; days without downloads are left out.</summary>
    public async Task<IReadOnlyList<DayUsage>> ByDayAsync(string accountId, DateOnly from, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<DayUsage>(
            "SELECT day, COUNT(*) AS downloads, CAST(SUM(sent) AS BIGINT) AS bytes FROM downloads WHERE account_id = @accountId AND day >= @from GROUP BY day ORDER BY day",
            new { accountId, from })];
    }

    /// <summary>Bytes by dataset, from a day on, the most first.</summary>
    public async Task<IReadOnlyList<DatasetUsage>> ByDatasetAsync(string accountId, DateOnly from, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<DatasetUsage>(
            """
            SELECT dataset, COUNT(*) AS downloads, CAST(SUM(sent) AS BIGINT) AS bytes FROM downloads
            WHERE account_id = @accountId AND day >= @from GROUP BY dataset ORDER BY bytes DESC, dataset
            """,
            new { accountId, from })];
    }
}

/// <summary>What was downloaded on a day.</summary>
public sealed record DayUsage
{
    /// <summary>The day, UTC.</summary>
    public DateOnly Day { get; init; }

    /// <summary>How many requests.</summary>
    public long Downloads { get; init; }

    /// <summary>Bytes that were sent.</summary>
    public long Bytes { get; init; }
}

/// <summary>What was downloaded of a dataset.</summary>
public sealed record DatasetUsage
{
    /// <summary>The dataset's code.</summary>
    public string Dataset { get; init; } = "";

    /// <summary>How many requests.</summary>
    public long Downloads { get; init; }

    /// <summary>Bytes that were sent.</summary>
    public long Bytes { get; init; }
}

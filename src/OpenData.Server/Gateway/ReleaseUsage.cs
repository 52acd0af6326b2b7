using System.Data.Common;
using Dapper;
using OpenData.Format;
using OpenData.Server.Database;

namespace OpenData.Server.Gateway;

/// <summary>Who downloaded certain releases, out of the journal: whom to tell when they are taken back.</summary>
public sealed class ReleaseUsage(SqlDatabase database)
{
    /// <summary>The readers of releases of one edition from a day on, who took the most first; everybody without an account is one of them.</summary>
    /// <param name="releases">Releases of one edition; at least one.</param>
    /// <param name="from">The first day, UTC.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<IReadOnlyList<ReleaseReader>> ReadersAsync(IReadOnlyList<ReleaseId> releases, DateOnly from, int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        IEnumerable<ReleaseReader> rows = await connection.QueryAsync<ReleaseReader>(new CommandDefinition(
            """
            SELECT account_id AS AccountId, revision, COUNT(*) AS downloads, COUNT(DISTINCT address) AS addresses, CAST(SUM(sent) AS BIGINT) AS bytes, MAX(at) AS LastAt
            FROM downloads WHERE dataset = @Dataset AND day >= @from AND edition = @Edition GROUP BY account_id, revision
            """,
            new { releases[0].Dataset, releases[0].Edition, from },
            cancellationToken: stop));
        return
        [
            .. rows.Where(row => releases.Any(release => release.Revision == row.Revision)).GroupBy(row => row.AccountId).Select(of => new ReleaseReader
            {
                AccountId = of.Key,
                Downloads = of.Sum(row => row.Downloads),
                Addresses = of.Max(row => row.Addresses), // mostly the same ones fetch every revision
                Bytes = of.Sum(row => row.Bytes),
                LastAt = of.Max(row => row.LastAt),
            }).OrderByDescending(reader => reader.Bytes).Take(limit),
        ];
    }
}

/// <summary>Who downloaded a release.</summary>
public sealed record ReleaseReader
{
    /// <summary>The account; null for all without one.</summary>
    public string? AccountId { get; init; }

    /// <summary>The revision, where they are told apart.</summary>
    public int Revision { get; init; }

    /// <summary>How many requests.</summary>
    public long Downloads { get; init; }

    /// <summary>From how many addresses at least.</summary>
    public long Addresses { get; init; }

    /// <summary>Bytes that were sent.</summary>
    public long Bytes { get; init; }

    /// <summary>The last one began then, in UTC.</summary>
    public DateTimeOffset LastAt { get; init; }
}

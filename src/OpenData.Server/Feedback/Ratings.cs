using System.Data.Common;
using Dapper;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Statistics;

namespace OpenData.Server.Feedback;

/// <summary>
/// What those say of a release who downloaded it: good or bad, and a line for the office. An account has one voice for each release, may change it, and has
/// it only while it downloaded something of the release lately.
/// </summary>
public sealed class Ratings(SqlDatabase database, StatisticsQueries statistics, TimeProvider time)
{
    /// <summary>How long after a download one may say what it was like.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromDays(90);

    /// <summary>The longest line, in characters.</summary>
    public const int LongestLine = 200;

    /// <summary>True where an account downloaded an archive or a document of a release, as a whole, within the <see cref="Window"/>.</summary>
    public async Task<bool> MayRateAsync(string accountId, ReleaseId release, CancellationToken stop) =>
        await statistics.CompletedAtAsync(accountId, release, stop) is { } at && time.GetUtcNow() - at <= Window;

    /// <summary>Says it, in place of what was said before.</summary>
    /// <param name="accountId">Who.</param>
    /// <param name="release">Of which release.</param>
    /// <param name="good">Good or bad.</param>
    /// <param name="line">A line for the office, or empty.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>False where the account may not, or the line is none.</returns>
    public async Task<bool> RateAsync(string accountId, ReleaseId release, bool good, string line, CancellationToken stop)
    {
        if (!FeedbackRules.IsLine(line, 0, LongestLine) || !await MayRateAsync(accountId, release, stop))
        {
            return false;
        }
        await database.WriteAsync(
            transaction => transaction.Connection!.ExecuteAsync(
                """
                INSERT INTO ratings (account_id, dataset, edition, revision, good, line, at) VALUES (@accountId, @Dataset, @Edition, @Revision, @good, @Line, @Now)
                ON CONFLICT (account_id, dataset, edition, revision) DO UPDATE SET good = excluded.good, line = excluded.line, at = excluded.at
                """,
                new { accountId, release.Dataset, release.Edition, release.Revision, good, Line = line.Length == 0 ? null : line, Now = time.GetUtcNow() },
                transaction),
            stop);
        return true;
    }

    /// <summary>What an account said of a release, or null.</summary>
    public async Task<Rating?> OfAsync(string accountId, ReleaseId release, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<Rating>(
            $"SELECT {Columns} FROM ratings WHERE account_id = @accountId AND dataset = @Dataset AND edition = @Edition AND revision = @Revision",
            new { accountId, release.Dataset, release.Edition, release.Revision });
    }

    /// <summary>What all say of a release.</summary>
    public Task<RatingTotals> TotalsAsync(ReleaseId release, CancellationToken stop) =>
        TotalsAsync("dataset = @Dataset AND edition = @Edition AND revision = @Revision", new { release.Dataset, release.Edition, release.Revision }, stop);

    /// <summary>What all say of all releases of a dataset.</summary>
    public Task<RatingTotals> TotalsAsync(string dataset, CancellationToken stop) => TotalsAsync("dataset = @dataset", new { dataset }, stop);

    /// <summary>The newest, for the office.</summary>
    public async Task<IReadOnlyList<Rating>> NewestAsync(int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<Rating>($"SELECT {Columns} FROM ratings ORDER BY at DESC, account_id LIMIT @limit", new { limit })];
    }

    private const string Columns = "account_id, dataset, edition, revision, good, line, at";

    private async Task<RatingTotals> TotalsAsync(string where, object parameters, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleAsync<RatingTotals>(
            $"SELECT coalesce(SUM(CASE WHEN good THEN 1 ELSE 0 END), 0) AS good, coalesce(SUM(CASE WHEN good THEN 0 ELSE 1 END), 0) AS bad FROM ratings WHERE {where}", parameters);
    }
}

/// <summary>What an account says of a release.</summary>
public sealed record Rating
{
    /// <summary>Who.</summary>
    public required string AccountId { get; init; }

    /// <summary>The dataset's code.</summary>
    public required string Dataset { get; init; }

    /// <summary>The edition's id.</summary>
    public required string Edition { get; init; }

    /// <summary>The revision.</summary>
    public required int Revision { get; init; }

    /// <summary>Good or bad.</summary>
    public required bool Good { get; init; }

    /// <summary>A line for the office, or null.</summary>
    public string? Line { get; init; }

    /// <summary>When it was last said, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The release.</summary>
    public ReleaseId Release => new(Dataset, Edition, Revision);
}

/// <summary>What all say.</summary>
public sealed record RatingTotals
{
    /// <summary>How many say good.</summary>
    public long Good { get; init; }

    /// <summary>How many say bad.</summary>
    public long Bad { get; init; }

    /// <summary>How many say anything.</summary>
    public long All => Good + Bad;
}

using System.Data.Common;
using Dapper;
using OpenData.Server.Database;

namespace OpenData.Server.Statistics;

/// <summary>
/// Counts pages that people look at, by day, kind of page and language, and nothing else: no cookie, no address, no order. Counted in memory and added to
/// the database every few seconds; what a killed process had not added yet is lost.
/// </summary>
public sealed class VisitCounter(SqlDatabase database, TimeProvider time)
{
    private readonly Lock _lock = new();
    private Dictionary<(DateOnly Day, string Kind, string Language), long> _counts = [];

    /// <summary>Counts one.</summary>
    /// <param name="kind">The kind of the page, from a few fixed words.</param>
    /// <param name="language"><c>zh</c> or <c>en</c>.</param>
    public void Count(string kind, string language)
    {
        (DateOnly, string, string) key = (DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), kind, language);
        lock (_lock)
        {
            _counts[key] = _counts.GetValueOrDefault(key) + 1;
        }
    }

    /// <summary>Adds what was counted to the database; where that fails it is kept for the next time.</summary>
    public async Task FlushAsync(CancellationToken stop)
    {
        Dictionary<(DateOnly Day, string Kind, string Language), long> counts;
        lock (_lock)
        {
            if (_counts.Count == 0)
            {
                return;
            }
            (counts, _counts) = (_counts, []);
        }
        try
        {
            await database.WriteAsync(
                transaction => transaction.Connection!.ExecuteAsync(
                    """
                    INSERT INTO statistics_visits (day, kind, language, visits) VALUES (@Day, @Kind, @Language, @Visits)
                    ON CONFLICT (day, kind, language) DO UPDATE SET visits = statistics_visits.visits + excluded.visits
                    """,
                    counts.Select(pair => new { pair.Key.Day, pair.Key.Kind, pair.Key.Language, Visits = pair.Value }),
                    transaction),
                stop);
        }
        catch (Exception e) when (e is DbException or DatabaseUnavailableException or TimeoutException or OperationCanceledException)
        {
            lock (_lock)
            {
                foreach (((DateOnly, string, string) key, long visits) in counts)
                {
                    _counts[key] = _counts.GetValueOrDefault(key) + visits;
                }
            }
            throw;
        }
    }
}

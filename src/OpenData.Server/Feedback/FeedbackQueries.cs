using System.Data.Common;
using Dapper;
using OpenData.Server.Database;

namespace OpenData.Server.Feedback;

/// <summary>Reads what was reported and asked for.</summary>
public sealed class FeedbackQueries(SqlDatabase database)
{
    private const string Columns = "number, kind, state, dataset, edition, document, title, body, contact, account_id, hidden, created_at, updated_at, version";

    /// <summary>One entry, whoever may read it; null where there is none.</summary>
    public async Task<FeedbackItem?> FindAsync(long number, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<FeedbackItem>($"SELECT {Columns} FROM feedback WHERE number = @number", new { number });
    }

    /// <summary>Entries, the newest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="before">Numbers below this one; null for the newest.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<IReadOnlyList<FeedbackItem>> PageAsync(FeedbackFilter filter, long? before, int limit, CancellationToken stop)
    {
        string where = string.Concat(
            before is null ? "" : " AND number < @before",
            filter.Kind is null ? "" : " AND kind = @Kind",
            filter.States.Count == 0 ? "" : $" AND state IN ({string.Join(", ", filter.States.Select(state => $"'{state.ToText()}'"))})",
            filter.Dataset is null ? "" : " AND dataset = @Dataset",
            filter.AccountId is null ? "" : " AND account_id = @AccountId",
            filter.PublicOnly ? " AND hidden IS NULL AND state <> 'withdrawn'" : "",
            filter.HiddenOnly ? " AND hidden IS NOT NULL" : "");
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<FeedbackItem>(
            $"SELECT {Columns} FROM feedback WHERE number > 0{where} ORDER BY number DESC LIMIT @limit",
            new { before, Kind = filter.Kind?.ToText(), filter.Dataset, filter.AccountId, limit })];
    }

    /// <summary>How many entries that are not hidden stand where; states without any are left out.</summary>
    public async Task<IReadOnlyDictionary<FeedbackState, long>> CountsAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return (await connection.QueryAsync<Count>("SELECT state, COUNT(*) AS entries FROM feedback WHERE hidden IS NULL GROUP BY state"))
            .ToDictionary(count => count.State, count => count.Entries);
    }

    /// <summary>The office's answers, the first first.</summary>
    public async Task<IReadOnlyList<FeedbackAnswer>> AnswersAsync(long number, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<FeedbackAnswer>("SELECT at, account_id, body FROM feedback_answers WHERE number = @number ORDER BY version", new { number })];
    }

    private sealed record Count
    {
        public FeedbackState State { get; init; }

        public long Entries { get; init; }
    }
}

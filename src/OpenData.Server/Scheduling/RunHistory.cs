using System.Data.Common;
using Dapper;
using OpenData.Server.Database;
using OpenData.Server.Packaging;

namespace OpenData.Server.Scheduling;

/// <summary>Writes down every run: when, where, how far, how it ended and why.</summary>
public sealed class RunHistory(SqlDatabase database, TimeProvider time)
{
    private const string Columns =
        "id, dataset, edition, state, reason AS StoredReason, node, started_at AS StartedAt, updated_at AS UpdatedAt, ended_at AS EndedAt, " +
        "bytes, total_bytes AS TotalBytes, entries, total_entries AS TotalEntries, cancel";

    /// <summary>The machine and process, as runs and leases name their holder.</summary>
    public static string Node { get; } = $"{Environment.MachineName}/{Environment.ProcessId}";

    /// <summary>Begins a run. Runs of the same dataset that never ended are marked abandoned: whoever calls this holds the dataset's lease.</summary>
    public async Task<string> BeginAsync(string dataset, string edition, CancellationToken stop)
    {
        DateTimeOffset now = time.GetUtcNow();
        string id = Guid.CreateVersion7(now).ToString("N");
        await database.WriteAsync(
            async transaction =>
            {
                await transaction.Connection!.ExecuteAsync(
                    """
                    UPDATE runs SET state = 'abandoned', ended_at = @now, reason = @abandoned
                    WHERE dataset = @dataset AND state = 'running'
                    """,
                    new { dataset, now, abandoned = ((Words)Reasons.Abandoned).Stored },
                    transaction);
                await transaction.Connection!.ExecuteAsync(
                    """
                    INSERT INTO runs (id, dataset, edition, state, node, started_at, updated_at, bytes, total_bytes, entries, total_entries)
                    VALUES (@id, @dataset, @edition, 'running', @Node, @now, @now, 0, 0, 0, 0)
                    """,
                    new { id, dataset, edition, Node, now },
                    transaction);
            },
            stop);
        return id;
    }

    /// <summary>Writes how far a run is.</summary>
    /// <returns>Why a curator wants it to end, or null.</returns>
    public async Task<string?> UpdateAsync(string id, PackagingProgress progress, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<string>(
            """
            UPDATE runs SET bytes = @Bytes, total_bytes = @TotalBytes, entries = @Entries, total_entries = @TotalEntries, updated_at = @now
            WHERE id = @id AND state = 'running' RETURNING cancel
            """,
            new { id, progress.Bytes, progress.TotalBytes, progress.Entries, progress.TotalEntries, now = time.GetUtcNow() });
    }

    /// <summary>Writes down steps of a run that ended.</summary>
    public async Task AddStepsAsync(string id, IReadOnlyList<RunStep> steps, CancellationToken stop)
    {
        if (steps.Count > 0)
        {
            // Each by itself, as figures are: nothing hangs on them.
            await using DbConnection connection = await database.OpenAsync(stop);
            await connection.ExecuteAsync(
                "INSERT INTO run_steps (run, number, at, step, entries, bytes, note) VALUES (@id, @Number, @At, @Step, @Entries, @Bytes, @StoredNote)",
                steps.Select(step => new { id, step.Number, step.At, step.Step, step.Entries, step.Bytes, step.StoredNote }));
        }
    }

    /// <summary>What a run did so far, in order.</summary>
    public async Task<IReadOnlyList<RunStep>> StepsAsync(string id, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<RunStep>(new CommandDefinition(
            "SELECT number, at, step, entries, bytes, note AS StoredNote FROM run_steps WHERE run = @id ORDER BY number", new { id }, cancellationToken: stop))];
    }

    /// <summary>Asks whoever runs a run to end it; it does within a second or two, and the edition is failed until it is packaged again.</summary>
    /// <param name="id">Which.</param>
    /// <param name="reason">Why.</param>
    /// <param name="also">What else belongs to the same transaction (the line of the audit trail).</param>
    /// <param name="stop">Cancels.</param>
    /// <returns>False where it does not run, or was asked to end already.</returns>
    public Task<bool> CancelAsync(string id, string reason, Func<DbTransaction, Task> also, CancellationToken stop) =>
        database.ChangeAsync("UPDATE runs SET cancel = @reason WHERE id = @id AND state = 'running' AND cancel IS NULL", new { id, reason }, also, stop);

    /// <summary>The newest run of each dataset.</summary>
    public async Task<IReadOnlyDictionary<string, Run>> LatestAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return (await connection.QueryAsync<Run>(new CommandDefinition(
            $"SELECT {Columns} FROM runs WHERE id IN (SELECT max(id) FROM runs GROUP BY dataset)", cancellationToken: stop))).ToDictionary(run => run.Dataset, StringComparer.Ordinal);
    }

    /// <summary>One run, or null where there is none of this id.</summary>
    public async Task<Run?> FindAsync(string id, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<Run>(new CommandDefinition($"SELECT {Columns} FROM runs WHERE id = @id", new { id }, cancellationToken: stop));
    }

    /// <summary>Ends a run.</summary>
    /// <param name="id">Which.</param>
    /// <param name="state">How it ended; see <see cref="Run.State"/>.</param>
    /// <param name="why">Why.</param>
    /// <param name="progress">Its last figures.</param>
    public async Task EndAsync(string id, string state, Words? why, PackagingProgress progress)
    {
        await UpdateAsync(id, progress, CancellationToken.None);
        await using DbConnection connection = await database.OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync(
            "UPDATE runs SET state = @state, reason = @reason, ended_at = @now WHERE id = @id AND state = 'running'",
            new { id, state, reason = why?.Stored, now = time.GetUtcNow() });
    }

    /// <summary>Runs, the newest first.</summary>
    /// <param name="dataset">Of one dataset, or of all.</param>
    /// <param name="state">In one state, or in any.</param>
    /// <param name="before">Only those with a smaller id; for the next page.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="stop">Cancels the query.</param>
    public Task<IReadOnlyList<Run>> ListAsync(string? dataset, string? state, string? before, int limit, CancellationToken stop) =>
        ListAsync(new RunFilter(dataset, state), before, limit, stop);

    /// <summary>Runs, the newest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="before">Only those with a smaller id; for the next page.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="stop">Cancels the query.</param>
    public async Task<IReadOnlyList<Run>> ListAsync(RunFilter filter, string? before, int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        string where = string.Concat(
            filter.Dataset is null ? "" : " AND dataset = @Dataset",
            filter.Edition is null ? "" : " AND edition = @Edition",
            filter.State is null ? "" : " AND state = @State",
            filter.From is null ? "" : " AND started_at >= @From",
            filter.Until is null ? "" : " AND started_at < @Until",
            before is null ? "" : " AND id < @before");
        IEnumerable<Run> runs = await connection.QueryAsync<Run>(
            $"SELECT {Columns} FROM runs WHERE 1 = 1{where} ORDER BY id DESC LIMIT @limit",
            new { filter.Dataset, filter.Edition, filter.State, filter.From, filter.Until, before, limit });
        return [.. runs];
    }
}

using System.Data.Common;
using Dapper;
using OpenData.Server.Database;
using OpenData.Server.Packaging;

namespace OpenData.Server.Scheduling;

/// <summary>Writes down every run: when, where, how far, how it ended and why.</summary>
public sealed class RunHistory(SqlDatabase database, TimeProvider time)
{
    private const string Columns =
        "id, dataset, edition, state, reason, node, started_at AS StartedAt, updated_at AS UpdatedAt, ended_at AS EndedAt, " +
        "bytes, total_bytes AS TotalBytes, entries, total_entries AS TotalEntries";

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
                    UPDATE runs SET state = 'abandoned', ended_at = @now, reason = 'the process ended before the run did'
                    WHERE dataset = @dataset AND state = 'running'
                    """,
                    new { dataset, now },
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
    public async Task UpdateAsync(string id, PackagingProgress progress, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        await connection.ExecuteAsync(
            """
            UPDATE runs SET bytes = @Bytes, total_bytes = @TotalBytes, entries = @Entries, total_entries = @TotalEntries, updated_at = @now
            WHERE id = @id AND state = 'running'
            """,
            new { id, progress.Bytes, progress.TotalBytes, progress.Entries, progress.TotalEntries, now = time.GetUtcNow() });
    }

    /// <summary>Ends a run.</summary>
    /// <param name="id">Which.</param>
    /// <param name="state">How it ended; see <see cref="Run.State"/>.</param>
    /// <param name="reason">Why, in words.</param>
    /// <param name="progress">Its last figures.</param>
    public async Task EndAsync(string id, string state, string? reason, PackagingProgress progress)
    {
        await UpdateAsync(id, progress, CancellationToken.None);
        await using DbConnection connection = await database.OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync(
            "UPDATE runs SET state = @state, reason = @reason, ended_at = @now WHERE id = @id AND state = 'running'",
            new { id, state, reason, now = time.GetUtcNow() });
    }

    /// <summary>Runs, the newest first.</summary>
    /// <param name="dataset">Of one dataset, or of all.</param>
    /// <param name="state">In one state, or in any.</param>
    /// <param name="before">Only those with a smaller id; for the next page.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="stop">Cancels the query.</param>
    public async Task<IReadOnlyList<Run>> ListAsync(string? dataset, string? state, string? before, int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        string where = (dataset is null ? "" : " AND dataset = @dataset") + (state is null ? "" : " AND state = @state") + (before is null ? "" : " AND id < @before");
        IEnumerable<Run> runs = await connection.QueryAsync<Run>(
            $"SELECT {Columns} FROM runs WHERE 1 = 1{where} ORDER BY id DESC LIMIT @limit",
            new { dataset, state, before, limit });
        return [.. runs];
    }
}

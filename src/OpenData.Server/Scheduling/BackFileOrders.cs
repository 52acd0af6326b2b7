using System.Data.Common;
using Dapper;
using OpenData.Server.Database;

namespace OpenData.Server.Scheduling;

/// <summary>Back files that somebody ordered: workers take them up one after the other, and another worker goes on where one died.</summary>
public sealed class BackFileOrders(SqlDatabase database, TimeProvider time)
{
    private const string Columns =
        "id, dataset, first_day, last_day, actor, at, state, editions, bytes, done_editions, done_bytes, failed, ended_at";

    /// <summary>For so long an order is its worker's without another sign.</summary>
    public static TimeSpan Hold { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Orders.</summary>
    /// <returns>The order's id; null where one of the dataset is not done yet.</returns>
    public Task<string?> AddAsync(string dataset, DateOnly first, DateOnly last, string actor, Func<DbTransaction, Task> also, CancellationToken stop) => database.WriteAsync(
        async transaction =>
        {
            DateTimeOffset now = time.GetUtcNow();
            string id = Guid.CreateVersion7(now).ToString("N");
            int added = await transaction.Connection!.ExecuteAsync(
                """
                INSERT INTO back_file_orders (id, dataset, first_day, last_day, actor, at, state, until, editions, bytes, done_editions, done_bytes, failed)
                SELECT @id, @dataset, @first, @last, @actor, @now, 'waiting', 0, 0, 0, 0, 0, 0
                WHERE NOT EXISTS (SELECT 1 FROM back_file_orders WHERE dataset = @dataset AND state IN ('waiting', 'running'))
                """,
                new { id, dataset, first, last, actor, now },
                transaction);
            if (added == 0)
            {
                return null;
            }
            await also(transaction);
            return id;
        },
        stop);

    /// <summary>The newest orders first.</summary>
    public async Task<IReadOnlyList<BackFileOrder>> ListAsync(int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<BackFileOrder>(new CommandDefinition($"SELECT {Columns} FROM back_file_orders ORDER BY id DESC LIMIT @limit", new { limit }, cancellationToken: stop))];
    }

    /// <summary>Ends an order after the edition that it is at.</summary>
    /// <returns>False where it is over.</returns>
    public Task<bool> CancelAsync(string id, Func<DbTransaction, Task> also, CancellationToken stop) => database.ChangeAsync(
        "UPDATE back_file_orders SET state = 'cancelled', ended_at = @now WHERE id = @id AND state IN ('waiting', 'running')", new { id, now = time.GetUtcNow() }, also, stop);

    /// <summary>Takes up the oldest order that is nobody's; null where there is none.</summary>
    internal async Task<BackFileOrder?> TakeAsync(CancellationToken stop)
    {
        const string Free = "state IN ('waiting', 'running') AND until < @now";
        DateTimeOffset now = time.GetUtcNow();
        await using DbConnection connection = await database.OpenAsync(stop);
        // Mostly there is none, and reading takes no lock.
        return await connection.QuerySingleOrDefaultAsync<string>(new CommandDefinition($"SELECT min(id) FROM back_file_orders WHERE {Free}", new { now }, cancellationToken: stop)) is not { } id
            ? null
            : await connection.QuerySingleOrDefaultAsync<BackFileOrder>(new CommandDefinition(
                $"UPDATE back_file_orders SET state = 'running', holder = @Node, until = @until WHERE id = @id AND {Free} RETURNING {Columns}",
                new { id, now, RunHistory.Node, until = now + Hold },
                cancellationToken: stop));
    }

    /// <summary>Says how far an order is, and keeps it.</summary>
    /// <returns>False where it is no longer this process's to work on: cancelled, or taken by another.</returns>
    internal async Task<bool> KeepAsync(BackFileOrder order, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.ExecuteAsync(new CommandDefinition(
            """
            UPDATE back_file_orders SET until = @until, editions = @Editions, bytes = @Bytes, done_editions = @DoneEditions, done_bytes = @DoneBytes, failed = @Failed
            WHERE id = @Id AND state = 'running' AND holder = @Node
            """,
            new { order.Id, order.Editions, order.Bytes, order.DoneEditions, order.DoneBytes, order.Failed, RunHistory.Node, until = time.GetUtcNow() + Hold },
            cancellationToken: stop)) > 0;
    }

    /// <summary>All of it is done.</summary>
    internal async Task EndAsync(BackFileOrder order, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        await connection.ExecuteAsync(new CommandDefinition(
            "UPDATE back_file_orders SET state = 'done', ended_at = @now WHERE id = @Id AND state = 'running' AND holder = @Node", new { order.Id, RunHistory.Node, now = time.GetUtcNow() }, cancellationToken: stop));
    }

    /// <summary>Gives an order back, for the next worker that looks.</summary>
    internal async Task ReleaseAsync(BackFileOrder order)
    {
        await using DbConnection connection = await database.OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync("UPDATE back_file_orders SET until = 0 WHERE id = @Id AND state = 'running' AND holder = @Node", new { order.Id, RunHistory.Node });
    }
}

/// <summary>An order for back files.</summary>
public sealed record BackFileOrder
{
    /// <summary>Its id; ids rise with time.</summary>
    public required string Id { get; init; }

    /// <summary>Of which dataset.</summary>
    public required string Dataset { get; init; }

    /// <summary>The first day.</summary>
    public required DateOnly FirstDay { get; init; }

    /// <summary>The last day.</summary>
    public required DateOnly LastDay { get; init; }

    /// <summary>Who ordered it: <c>account:ID</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>When, in UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary><c>waiting</c>, <c>running</c>, <c>done</c> or <c>cancelled</c>.</summary>
    public required string State { get; init; }

    /// <summary>How many editions there are to package; 0 until it is taken up.</summary>
    public long Editions { get; init; }

    /// <summary>Their size.</summary>
    public long Bytes { get; init; }

    /// <summary>How many are done.</summary>
    public long DoneEditions { get; init; }

    /// <summary>Their size.</summary>
    public long DoneBytes { get; init; }

    /// <summary>How many of them failed; each says why in its own run.</summary>
    public long Failed { get; init; }

    /// <summary>When it ended, in UTC.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>True while it is not over.</summary>
    public bool IsOpen => State is "waiting" or "running";
}

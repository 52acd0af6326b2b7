using System.Data.Common;
using Dapper;
using OpenData.Server.Database;

namespace OpenData.Server.Audit;

/// <summary>
/// Who did what. An act that is a transaction writes its line within it, so that there is neither an act without a line nor a line without an act; what
/// reaches beyond the database writes its line when it is done. Lines are never changed.
/// </summary>
public sealed class AuditTrail(SqlDatabase database, TimeProvider time)
{
    /// <summary>Writes a line within the transaction of the act.</summary>
    public Task AddAsync(DbTransaction transaction, AuditAct act)
    {
        DateTimeOffset now = time.GetUtcNow();
        return transaction.Connection!.ExecuteAsync(
            """
            INSERT INTO desk_audit (id, at, actor, action, subject, before, after, reason, address)
            VALUES (@id, @now, @Actor, @Action, @Subject, @Before, @After, @Reason, @Address)
            """,
            new { id = Guid.CreateVersion7(now).ToString("N"), now, act.Actor, act.Action, act.Subject, act.Before, act.After, act.Reason, act.Address },
            transaction);
    }

    /// <summary>Writes the line of an act that is no transaction.</summary>
    public Task AddAsync(AuditAct act, CancellationToken stop) => database.WriteAsync(transaction => AddAsync(transaction, act), stop);

    /// <summary>What a transaction that takes further work along (such as <see cref="Releases.Holds"/>) has to do to leave this line.</summary>
    public Func<DbTransaction, Task> Of(AuditAct act) => transaction => AddAsync(transaction, act);

    /// <summary>Lines, the newest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="before">Only those with a smaller id; for the next page.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<IReadOnlyList<AuditEntry>> PageAsync(AuditFilter filter, string? before, int limit, CancellationToken stop)
    {
        string where = string.Concat(
            filter.Actor is null ? "" : " AND actor = @Actor",
            filter.Action is null ? "" : " AND (action = @Action OR (action >= @Action || '.' AND action < @Action || '/'))",
            filter.Subject is null ? "" : " AND subject >= @Subject AND substr(subject, 1, length(@Subject)) = @Subject",
            filter.From is null ? "" : " AND at >= @From",
            filter.Until is null ? "" : " AND at < @Until",
            before is null ? "" : " AND id < @before");
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<AuditEntry>(new CommandDefinition(
            $"SELECT id, at, actor, action, subject, before, after, reason, address FROM desk_audit WHERE 1 = 1{where} ORDER BY id DESC LIMIT @limit",
            new { filter.Actor, filter.Action, filter.Subject, filter.From, filter.Until, before, limit },
            cancellationToken: stop))];
    }
}

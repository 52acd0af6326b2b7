using System.Data.Common;
using Dapper;

namespace OpenData.Server.Accounts;

// What was changed about all accounts.
public sealed partial class AccountStore
{
    /// <summary>The changes of all accounts, the newest first.</summary>
    /// <param name="actor">By this one, or by all.</param>
    /// <param name="action">This one, or all that begin with it (<c>key</c>); null for all.</param>
    /// <param name="account">Of this account's id or name, or null for all.</param>
    /// <param name="from">Not before this moment.</param>
    /// <param name="until">Before this moment.</param>
    /// <param name="before">Only those with a smaller version; for the next page.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<IReadOnlyList<AuditLine>> AuditAsync(
        string? actor, string? action, string? account, DateTimeOffset? from, DateTimeOffset? until, long? before, int limit, CancellationToken stop)
    {
        string where = string.Concat(
            actor is null ? "" : " AND l.actor = @actor",
            action is null ? "" : " AND (l.action = @action OR (l.action >= @action || '.' AND l.action < @action || '/'))",
            account is null ? "" : " AND (l.account_id = @account OR a.name = @account)",
            from is null ? "" : " AND l.at >= @from",
            until is null ? "" : " AND l.at < @until",
            before is null ? "" : " AND l.version < @before");
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<AuditLine>(new CommandDefinition(
            $"""
            SELECT l.version, l.at, l.actor, l.action, l.account_id AS AccountId, l.subject, l.before, l.after
            FROM account_audit AS l JOIN accounts AS a ON a.id = l.account_id WHERE 1 = 1{where} ORDER BY l.version DESC LIMIT @limit
            """,
            new { actor, action, account, from, until, before, limit },
            cancellationToken: stop))];
    }
}

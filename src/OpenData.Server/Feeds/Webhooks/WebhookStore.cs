using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using Dapper;
using OpenData.Server.Database;

namespace OpenData.Server.Feeds.Webhooks;

/// <summary>
/// Webhooks and how far each was told. One sender at a time has a webhook, by a lease whose number rises; what a sender writes counts only while the
/// number is its own, whichever node it is on.
/// </summary>
public sealed class WebhookStore(SqlDatabase database, TimeProvider time)
{
    /// <summary>Webhooks of an account at most.</summary>
    public const int MostOfAccount = 10;

    /// <summary>How long a sender that died keeps its webhooks from others. Longer than any one delivery takes.</summary>
    public static TimeSpan LeaseTime { get; } = TimeSpan.FromMinutes(1);

    /// <summary>Adds a webhook that is told of what comes after a serial; null where the account has as many as it may.</summary>
    public Task<Webhook?> AddAsync(string account, string url, IReadOnlyList<string> datasets, long serial, CancellationToken stop) => database.WriteAsync(
        async transaction =>
        {
            DateTimeOffset now = time.GetUtcNow();
            Webhook hook = new()
            {
                Id = Guid.CreateVersion7(now).ToString("N", CultureInfo.InvariantCulture),
                AccountId = account,
                Url = url,
                Datasets = string.Join(' ', datasets),
                Secret = RandomNumberGenerator.GetBytes(WebhookMessage.SecretBytes),
                State = "active",
                CreatedAt = now,
                Serial = serial,
                Failures = 0,
                NextAt = now,
                Lease = 0,
            };
            // The account's row is the lock under which its webhooks are counted.
            await transaction.Connection!.ExecuteAsync("UPDATE accounts SET version = version WHERE id = @account", new { account }, transaction);
            int added = await transaction.Connection!.ExecuteAsync(
                """
                INSERT INTO webhooks (id, account_id, url, datasets, secret, state, created_at, serial, failures, next_at, lease, lease_until)
                SELECT @Id, @AccountId, @Url, @Datasets, @Secret, 'active', @CreatedAt, @Serial, 0, @NextAt, 0, 0
                WHERE (SELECT COUNT(*) FROM webhooks WHERE account_id = @AccountId) < @MostOfAccount
                """,
                new { hook.Id, hook.AccountId, hook.Url, hook.Datasets, hook.Secret, hook.CreatedAt, hook.Serial, hook.NextAt, MostOfAccount },
                transaction);
            return added == 1 ? hook : null;
        },
        stop);

    /// <summary>Webhooks of an account, or of all, in order of their making.</summary>
    public async Task<IReadOnlyList<Webhook>> ListAsync(string? account, string? after, int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<Webhook>(
            $"SELECT {Columns} FROM webhooks WHERE id > @after{(account is null ? "" : " AND account_id = @account")} ORDER BY id LIMIT @limit", new { account, after = after ?? "", limit })];
    }

    /// <summary>One webhook; null where there is none, or it is not this account's.</summary>
    public async Task<Webhook?> FindAsync(string id, string? account, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<Webhook>($"SELECT {Columns} FROM webhooks WHERE id = @id{Owned(account)}", new { id, account });
    }

    /// <summary>Removes a webhook; a delivery that is under way may still arrive.</summary>
    public Task<bool> RemoveAsync(string id, string? account, CancellationToken stop) => database.WriteAsync(
        async transaction => await transaction.Connection!.ExecuteAsync($"DELETE FROM webhooks WHERE id = @id{Owned(account)}", new { id, account }, transaction) == 1, stop);

    /// <summary>Starts it again where it stopped.</summary>
    public Task<bool> EnableAsync(string id, string? account, CancellationToken stop) => database.WriteAsync(
        async transaction => await transaction.Connection!.ExecuteAsync(
            $"UPDATE webhooks SET state = 'active', reason = NULL, failing_since = NULL, failures = 0, next_at = @now WHERE id = @id{Owned(account)}",
            new { id, account, now = time.GetUtcNow() },
            transaction) == 1,
        stop);

    /// <summary>Ids of webhooks that have something coming and nobody to send it, the one that waits longest first.</summary>
    public async Task<IReadOnlyList<string>> DueAsync(long head, int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<string>(
            """
            SELECT webhooks.id FROM webhooks JOIN accounts ON accounts.id = webhooks.account_id
            WHERE webhooks.state = 'active' AND webhooks.next_at <= @now AND webhooks.lease_until <= @now AND webhooks.serial < @head AND accounts.state = 'active'
            ORDER BY webhooks.next_at LIMIT @limit
            """,
            new { head, limit, now = time.GetUtcNow() })];
    }

    /// <summary>Takes a webhook to send to; null where another one has it or it is not due.</summary>
    internal Task<Webhook?> TakeAsync(string id, CancellationToken stop) => database.WriteAsync(
        async transaction =>
        {
            DateTimeOffset now = time.GetUtcNow();
            return await transaction.Connection!.QuerySingleOrDefaultAsync<Webhook>(
                $"""
                UPDATE webhooks SET lease = lease + 1, lease_until = @until
                WHERE id = @id AND state = 'active' AND next_at <= @now AND lease_until <= @now
                RETURNING {Columns}
                """,
                new { id, now, until = now + LeaseTime },
                transaction);
        },
        stop);

    /// <summary>All up to a serial is done. False where the sender has lost the webhook and must stop.</summary>
    /// <param name="hook">As it was taken.</param>
    /// <param name="serial">The last one that is done.</param>
    /// <param name="delivered">True where one was delivered: it works again.</param>
    /// <param name="release">True to give the webhook back.</param>
    /// <param name="stop">Cancels.</param>
    internal Task<bool> AdvanceAsync(Webhook hook, long serial, bool delivered, bool release, CancellationToken stop) => WriteAsync(
        hook,
        $"""
        serial = @serial, lease_until = @until{(delivered ? ", delivered_at = @now, failing_since = NULL, failures = 0, reason = NULL" : "")}
        """,
        now => new { hook.Id, hook.Lease, serial, now, until = release ? DateTimeOffset.UnixEpoch : now + LeaseTime },
        stop);

    /// <summary>An attempt failed: it is tried again later, or disabled where it failed for too long or the receiver wants no more.</summary>
    /// <returns>True where it is disabled now.</returns>
    internal async Task<bool> FailAsync(Webhook hook, string reason, bool isFinal, double chance, CancellationToken stop)
    {
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset since = hook.FailingSince ?? now;
        bool disable = isFinal || now - since >= WebhookBackoff.Patience;
        string told = isFinal || !disable ? reason : $"Disabled after failing for {WebhookBackoff.Patience.TotalHours:0} hours. The last time: {reason}";
        await WriteAsync(
            hook,
            "state = @state, reason = @told, failing_since = @since, failures = failures + 1, next_at = @next, lease_until = 0",
            _ => new { hook.Id, hook.Lease, state = disable ? "disabled" : "active", told, since, next = now + WebhookBackoff.Pause(hook.Failures + 1, chance) },
            stop);
        return disable;
    }

    private Task<bool> WriteAsync(Webhook hook, string set, Func<DateTimeOffset, object> parameters, CancellationToken stop) => database.WriteAsync(
        async transaction => await transaction.Connection!.ExecuteAsync($"UPDATE webhooks SET {set} WHERE id = @Id AND lease = @Lease", parameters(time.GetUtcNow()), transaction) == 1, stop);

    private const string Columns = "id, account_id, url, datasets, secret, state, reason, created_at, serial, delivered_at, failing_since, failures, next_at, lease";

    private static string Owned(string? account) => account is null ? "" : " AND account_id = @account";
}

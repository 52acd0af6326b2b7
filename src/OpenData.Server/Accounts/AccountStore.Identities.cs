using System.Data.Common;
using Dapper;
using OpenData.Server.Accounts.Oidc;

namespace OpenData.Server.Accounts;

// Accounts whose people sign in at the organization's unified login.
public sealed partial class AccountStore
{
    private static readonly TimeSpan s_mayRegister = TimeSpan.FromHours(1);

    /// <summary>Notes a login that came back, so that it counts once.</summary>
    /// <param name="attempt">What it answers.</param>
    /// <param name="identity">Who it is.</param>
    /// <param name="waits">Whether an account may be registered with it, within an hour.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>False where it was used before.</returns>
    public async Task<bool> UseLoginAsync(LoginAttempt attempt, OidcIdentity identity, bool waits, CancellationToken stop)
    {
        DateTimeOffset now = time.GetUtcNow();
        return await database.WriteAsync(
            async transaction => await transaction.Connection!.ExecuteAsync(
                "DELETE FROM unified_logins WHERE expires_at <= @now", new { now }, transaction) >= 0
                && await transaction.Connection!.ExecuteAsync(
                    """
                    INSERT INTO unified_logins (id, issuer, subject, name, email, waits, expires_at) VALUES (@Id, @Issuer, @Subject, @Name, @Email, @waits, @expires)
                    ON CONFLICT (id) DO NOTHING
                    """,
                    new { attempt.Id, identity.Issuer, identity.Subject, identity.Name, identity.Email, waits = waits ? 1L : 0L, expires = now + s_mayRegister },
                    transaction) == 1,
            stop);
    }

    /// <summary>Who waits to be registered after a login; null where nobody does any more.</summary>
    public async Task<OidcIdentity?> WaitingLoginAsync(LoginAttempt attempt, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await WaitingLoginAsync(connection, attempt, null);
    }

    /// <summary>The account of a person of the unified login; null where there is none.</summary>
    public async Task<Account?> FindByIdentityAsync(OidcIdentity identity, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        string? account = await connection.QuerySingleOrDefaultAsync<string>(
            "SELECT account_id FROM account_identities WHERE issuer = @Issuer AND subject = @Subject", new { identity.Issuer, identity.Subject });
        return account is null ? null : (await FindAsync(connection, account, null))?.Account;
    }

    /// <summary>How somebody can sign in to an account.</summary>
    public async Task<(bool HasPassword, bool IsLinked)> WaysInAsync(string accountId, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return (
            await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM account_passwords WHERE account_id = @accountId", new { accountId }) > 0,
            await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM account_identities WHERE account_id = @accountId", new { accountId }) > 0);
    }

    /// <summary>Makes an account that waits for a curator, of a person of the unified login and without a password, all or nothing. The login is used up.</summary>
    /// <param name="registration">What was told; see <see cref="Registration.Faults"/>.</param>
    /// <param name="attempt">A login that waits.</param>
    /// <param name="stop">Gives up.</param>
    public Task<AccountResult<Account>> RegisterAsync(Registration registration, LoginAttempt attempt, CancellationToken stop) => RegisterAsync(
        registration,
        async (transaction, account, _) =>
        {
            if (await WaitingLoginAsync(transaction.Connection!, attempt, transaction) is not { } identity
                || await transaction.Connection!.ExecuteAsync("UPDATE unified_logins SET waits = 0 WHERE id = @Id AND waits = 1", new { attempt.Id }, transaction) != 1
                || await transaction.Connection!.ExecuteScalarAsync<long>(
                    "SELECT count(*) FROM account_identities WHERE issuer = @Issuer AND subject = @Subject", new { identity.Issuer, identity.Subject }, transaction) > 0)
            {
                return new AccountFault(AccountFaultKind.NotFound, "The sign-in is used up, or too old.");
            }
            await InsertIdentityAsync(transaction, account.Id, identity);
            return null;
        },
        stop);

    /// <summary>Links a person of the unified login to an account; one that is linked to it already is no fault.</summary>
    /// <returns>The account; a fault where the person has another one.</returns>
    public async Task<AccountResult<Account>> LinkIdentityAsync(string accountId, OidcIdentity identity, string actor, CancellationToken stop)
    {
        if (await FindByIdentityAsync(identity, stop) is { } owner)
        {
            return owner.Id == accountId ? owner : new AccountFault(AccountFaultKind.Taken, "It is linked to another account.");
        }
        try
        {
            return await ChangeAsync(
                accountId,
                actor,
                "identity.link",
                null,
                async (transaction, entry) =>
                {
                    await InsertIdentityAsync(transaction, entry.Account.Id, identity);
                    return new Difference(null, $"{identity.Issuer} {identity.Subject}");
                },
                stop);
        }
        catch (DbException e) when (database.IsDuplicate(e))
        {
            return new AccountFault(AccountFaultKind.Taken, "It is linked to another account.");
        }
    }

    /// <summary>Unlinks an account from the unified login; nothing where it is not linked.</summary>
    /// <returns>The account; a fault where it has no password, for then it would have no way in.</returns>
    public async Task<AccountResult<Account>> UnlinkIdentityAsync(string accountId, string actor, CancellationToken stop)
    {
        bool onlyWay = false;
        AccountResult<Account> result = await ChangeAsync(
            accountId,
            actor,
            "identity.unlink",
            null,
            async (transaction, entry) =>
            {
                DbConnection connection = transaction.Connection!;
                string[] linked = [.. await connection.QueryAsync<string>(
                    "SELECT issuer || ' ' || subject FROM account_identities WHERE account_id = @Id ORDER BY issuer, subject", new { entry.Account.Id }, transaction)];
                onlyWay = linked.Length > 0 && await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM account_passwords WHERE account_id = @Id", new { entry.Account.Id }, transaction) == 0;
                if (linked.Length == 0 || onlyWay)
                {
                    return null;
                }
                await connection.ExecuteAsync("DELETE FROM account_identities WHERE account_id = @Id", new { entry.Account.Id }, transaction);
                return new Difference(string.Join(", ", linked), null);
            },
            stop);
        return onlyWay ? new AccountFault(AccountFaultKind.Invalid, "It is the only way into the account: set a password first.") : result;
    }

    private Task InsertIdentityAsync(DbTransaction transaction, string accountId, OidcIdentity identity) => transaction.Connection!.ExecuteAsync(
        "INSERT INTO account_identities (issuer, subject, account_id, linked_at) VALUES (@Issuer, @Subject, @accountId, @now)",
        new { identity.Issuer, identity.Subject, accountId, now = time.GetUtcNow() },
        transaction);

    private async Task<OidcIdentity?> WaitingLoginAsync(DbConnection connection, LoginAttempt attempt, DbTransaction? transaction)
    {
        LoginRow? row = await connection.QuerySingleOrDefaultAsync<LoginRow>(
            "SELECT issuer, subject, name, email FROM unified_logins WHERE id = @Id AND waits = 1 AND expires_at > @now", new { attempt.Id, now = time.GetUtcNow() }, transaction);
        return row is null ? null : new OidcIdentity(row.Issuer, row.Subject, row.Name, row.Email, null);
    }

    private sealed record LoginRow
    {
        public required string Issuer { get; init; }

        public required string Subject { get; init; }

        public string? Name { get; init; }

        public string? Email { get; init; }
    }
}

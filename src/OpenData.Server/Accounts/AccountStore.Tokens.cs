using System.Buffers.Text;
using System.Data.Common;
using Dapper;
using OpenData.Format;

namespace OpenData.Server.Accounts;

// Links that are sent by mail and work once: 256 random bits, of which only the SHA-256 is kept.
public sealed partial class AccountStore
{
    private const string EmailPurpose = "email", PasswordPurpose = "password";

    /// <summary>What proves that who has it reads mail to an address; for two days, and only while it is the account's.</summary>
    public Task<string> NewEmailTokenAsync(string accountId, string email, CancellationToken stop) => NewTokenAsync(accountId, EmailPurpose, email, TimeSpan.FromDays(2), stop);

    /// <summary>What lets who has it set another password, for an hour. An older one does not work any more.</summary>
    public Task<string> NewPasswordTokenAsync(string accountId, CancellationToken stop) => NewTokenAsync(accountId, PasswordPurpose, null, TimeSpan.FromHours(1), stop);

    /// <summary>Confirms the address that a token was sent to. The token is used up.</summary>
    /// <returns>The account, or a fault where the token is none, used up, too old, or the account has another address since.</returns>
    public async Task<AccountResult<Account>> ConfirmEmailAsync(string token, CancellationToken stop) => await UseAsync(
        token,
        EmailPurpose,
        "email.confirm",
        async (transaction, entry, subject) => await transaction.Connection!.ExecuteAsync(
            "UPDATE account_profiles SET email_confirmed_at = @now WHERE account_id = @Id AND email = @subject", new { entry.Account.Id, subject, now = time.GetUtcNow() }, transaction) == 0
            ? null
            : new Difference(null, subject),
        stop);

    /// <summary>Sets a password by a token, which is used up, and ends all sessions. A suspended account stays as it is.</summary>
    /// <param name="token">Of <see cref="NewPasswordTokenAsync"/>.</param>
    /// <param name="passwordHash">Of <see cref="Passwords.HashAsync"/>.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<AccountResult<Account>> ResetPasswordAsync(string token, string passwordHash, CancellationToken stop) => await UseAsync(
        token,
        PasswordPurpose,
        "password.reset",
        async (transaction, entry, _) =>
        {
            if (entry.Account.State is AccountState.Suspended)
            {
                return null;
            }
            await WritePasswordAsync(transaction, entry.Account.Id, passwordHash);
            return new Difference(null, "another password");
        },
        stop);

    /// <summary>Whose a token for a password is, while it works; null where it does not.</summary>
    public async Task<Account?> PasswordTokenOwnerAsync(string token, CancellationToken stop)
    {
        if (UrlSecret.IdOf(token) is not { } id)
        {
            return null;
        }
        await using DbConnection connection = await database.OpenAsync(stop);
        string? account = await connection.QuerySingleOrDefaultAsync<string>(
            "SELECT account_id FROM account_tokens WHERE id = @id AND purpose = @PasswordPurpose AND expires_at > @now", new { id, PasswordPurpose, now = time.GetUtcNow() });
        return account is null ? null : (await FindAsync(connection, account, null))?.Account;
    }

    /// <summary>The one account that a name or a confirmed address is of, with that address; null where there is none, or several.</summary>
    public async Task<(Account Account, Profile Profile)?> FindByConfirmedEmailAsync(string nameOrEmail, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        Profile[] found = [.. await connection.QueryAsync<Profile>(
            ProfileColumns + "WHERE email_confirmed_at IS NOT NULL AND (lower(email) = @lower OR account_id IN (SELECT id FROM accounts WHERE name = @nameOrEmail))",
            new { nameOrEmail, lower = nameOrEmail.ToLowerInvariant() })];
        return found is [var profile] && await FindAsync(connection, profile.AccountId, null) is { } entry ? (entry.Account, profile) : null;
    }

    private async Task<string> NewTokenAsync(string accountId, string purpose, string? subject, TimeSpan life, CancellationToken stop)
    {
        byte[] secret = UrlSecret.Make();
        DateTimeOffset now = time.GetUtcNow();
        await database.WriteAsync(
            transaction => transaction.Connection!.ExecuteAsync(
                """
                DELETE FROM account_tokens WHERE account_id = @accountId AND purpose = @purpose;
                INSERT INTO account_tokens (id, account_id, purpose, subject, expires_at) VALUES (@id, @accountId, @purpose, @subject, @expires);
                """,
                new { id = Sha256Digest.Of(secret), accountId, purpose, subject, expires = now + life },
                transaction),
            stop);
        return Base64Url.EncodeToString(secret);
    }

    /// <summary>Uses a token up and does what it is for, in one transaction.</summary>
    private async Task<AccountResult<Account>> UseAsync(
        string token, string purpose, string action, Func<DbTransaction, AccountEntry, string?, Task<Difference?>> change, CancellationToken stop)
    {
        AccountFault refused = new(AccountFaultKind.NotFound, "The link does not work any more.");
        if (UrlSecret.IdOf(token) is not { } id)
        {
            return refused;
        }
        return await database.WriteAsync<AccountResult<Account>>(
            async transaction =>
            {
                long version = await RaiseVersionAsync(transaction);
                UsedToken? used = await transaction.Connection!.QuerySingleOrDefaultAsync<UsedToken>(
                    "DELETE FROM account_tokens WHERE id = @id AND purpose = @purpose AND expires_at > @now RETURNING account_id AS AccountId, subject",
                    new { id, purpose, now = time.GetUtcNow() },
                    transaction);
                if (used is null
                    || await FindAsync(transaction.Connection!, used.AccountId, transaction) is not { } entry
                    || await change(transaction, entry, used.Subject) is not { } difference)
                {
                    return refused;
                }
                await AuditAsync(transaction, version, $"account:{entry.Account.Id}", action, entry.Account.Id, null, difference.Before, difference.After);
                return entry.Account;
            },
            stop);
    }

    private Task WritePasswordAsync(DbTransaction transaction, string accountId, string passwordHash) => transaction.Connection!.ExecuteAsync(
        """
        INSERT INTO account_passwords (account_id, hash, changed_at) VALUES (@accountId, @passwordHash, @now)
        ON CONFLICT (account_id) DO UPDATE SET hash = @passwordHash, changed_at = @now;
        UPDATE account_sessions SET ended_at = @now WHERE account_id = @accountId AND ended_at IS NULL;
        DELETE FROM account_tokens WHERE account_id = @accountId AND purpose = 'password';
        """,
        new { accountId, passwordHash, now = time.GetUtcNow() },
        transaction);

    private sealed record UsedToken
    {
        public required string AccountId { get; init; }

        public string? Subject { get; init; }
    }
}

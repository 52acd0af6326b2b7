using System.Data.Common;
using System.Globalization;
using System.IO.Enumeration;
using Dapper;

namespace OpenData.Server.Accounts;

// The keys of accounts: made, listed, revoked, used.
public sealed partial class AccountStore
{
    /// <summary>Makes a key. Its secret is known to the returned object only.</summary>
    /// <param name="account">Whose, by name or id.</param>
    /// <param name="name">What its owner calls it; up to 100 characters.</param>
    /// <param name="expires">When it ends, or null.</param>
    /// <param name="actor">Who makes it.</param>
    /// <param name="stop">Gives up.</param>
    public Task<AccountResult<IssuedKey>> AddKeyAsync(string account, string name, DateTimeOffset? expires, string actor, CancellationToken stop) =>
        AddKeyAsync(account, name, expires, KeyScope.All, actor, stop);

    /// <summary>Makes a key that is limited. Its secret is known to the returned object only.</summary>
    /// <param name="account">Whose, by name or id.</param>
    /// <param name="name">What its owner calls it; up to 100 characters.</param>
    /// <param name="expires">When it ends, or null.</param>
    /// <param name="limits">What it is for; each pattern has to match a dataset of the catalog, so that none is misspelt.</param>
    /// <param name="actor">Who makes it.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<AccountResult<IssuedKey>> AddKeyAsync(string account, string name, DateTimeOffset? expires, KeyScope limits, string actor, CancellationToken stop)
    {
        if ((NameFault(name, 100) ?? LimitsFault(limits)) is { } fault)
        {
            return fault;
        }
        DateTimeOffset now = time.GetUtcNow();
        if (expires <= now)
        {
            return new AccountFault(AccountFaultKind.Invalid, "The key would have expired already.");
        }
        IssuedKey key = ApiKey.Create();
        bool full = false;
        AccountResult<Account> result = await ChangeAsync(
            account,
            actor,
            "key.add",
            key.Id,
            async (transaction, entry) =>
            {
                // At most so many in force: the condition is part of the insertion.
                full = 0 == await transaction.Connection!.ExecuteAsync(
                    """
                    INSERT INTO account_keys (id, account_id, name, secret_hash, created_at, expires_at, scope)
                    SELECT @KeyId, a.id, @name, @SecretHash, @now, @expires, @scope FROM accounts AS a
                    WHERE a.id = @AccountId AND @Most > (
                        SELECT count(*) FROM account_keys AS k
                        WHERE k.account_id = a.id AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > @now))
                    """,
                    new { KeyId = key.Id, AccountId = entry.Account.Id, name, key.SecretHash, now, expires, scope = limits == KeyScope.All ? null : limits.ToString(), Most = KeysPerAccount },
                    transaction);
                return full
                    ? null
                    : new Difference(null, string.Concat(
                        name,
                        expires is { } end ? string.Create(CultureInfo.InvariantCulture, $", until {end.UtcDateTime:O}") : "",
                        limits == KeyScope.All ? "" : $", for {limits}"));
            },
            stop);
        if (!result.Done)
        {
            return result.Fault;
        }
        return full
            ? new AccountFault(AccountFaultKind.Invalid, $"The account has {KeysPerAccount} keys in force; revoke one first.")
            : key;
    }

    /// <summary>The keys of an account, or of all, oldest first; revoked ones too.</summary>
    public async Task<IReadOnlyList<StoredKey>> ListKeysAsync(string? accountId, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return accountId is null
            ? await AccountRows.ReadKeysAsync(connection, "a.id IS NOT NULL", new { })
            : await AccountRows.ReadKeysAsync(connection, "a.id = @accountId", new { accountId });
    }

    /// <summary>Revokes a key: it, its links and the downloads that began with them end within a second. Revoking it again changes nothing.</summary>
    /// <param name="keyId">Which.</param>
    /// <param name="owner">The only account whose key it may be, by id, or null for any.</param>
    /// <param name="actor">Who revokes it.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<AccountResult<Account>> RevokeKeyAsync(string keyId, string? owner, string actor, CancellationToken stop)
    {
        string? account = await OwnerOfAsync(keyId, stop);
        if (account is null || (owner is not null && account != owner))
        {
            return new AccountFault(AccountFaultKind.NotFound, $"There is no key '{keyId}'.");
        }
        return await ChangeAsync(
            account,
            actor,
            "key.revoke",
            keyId,
            async (transaction, _) => await transaction.Connection!.ExecuteAsync(
                "UPDATE account_keys SET revoked_at = @Now WHERE id = @keyId AND revoked_at IS NULL",
                new { keyId, Now = time.GetUtcNow() },
                transaction) == 0
                ? null
                : new Difference("in force", "revoked"),
            stop);
    }

    private AccountFault? LimitsFault(KeyScope limits) =>
        limits.Datasets.FirstOrDefault(pattern => !catalog.Current.Datasets.Keys.Any(code => FileSystemName.MatchesSimpleExpression(pattern, code, ignoreCase: false))) is { } unknown
            ? new AccountFault(AccountFaultKind.Invalid, $"No dataset of the catalog matches '{unknown}'.")
            : null;

    private async Task<string?> OwnerOfAsync(string keyId, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.ExecuteScalarAsync<string?>("SELECT account_id FROM account_keys WHERE id = @keyId", new { keyId });
    }

    /// <summary>Writes when keys were last used. It is no change: no version, no audit; an older time never replaces a newer one.</summary>
    internal Task WriteUsesAsync(IReadOnlyCollection<(string KeyId, DateTimeOffset At)> uses, CancellationToken stop) =>
        database.WriteAsync(
            transaction => transaction.Connection!.ExecuteAsync(
                "UPDATE account_keys SET last_used_at = @At WHERE id = @KeyId AND (last_used_at IS NULL OR last_used_at < @At)",
                uses.OrderBy(use => use.KeyId, StringComparer.Ordinal).Select(use => new { use.KeyId, use.At }), // in one order on all nodes: no deadlock
                transaction),
            stop);
}

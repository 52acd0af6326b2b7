using System.Collections.Frozen;
using System.Data.Common;
using System.Security.Cryptography;
using Dapper;
using OpenData.Server.Catalog;
using OpenData.Server.Database;

namespace OpenData.Server.Accounts;

/// <summary>
/// Changes accounts. Each change is one transaction that raises the version of all accounts and leaves a line in the audit; every process on
/// the same database follows within a second (<see cref="CurrentAccounts"/>). Accounts are given by name or id; <c>actor</c> says who
/// changes, such as <c>shell:anna</c> or <c>account:ID</c>. Changing nothing is no change and leaves no line.
/// </summary>
public sealed partial class AccountStore(SqlDatabase database, ICurrentCatalog catalog, TimeProvider time)
{
    /// <summary>Keys of an account that may be in force at a time.</summary>
    public const int KeysPerAccount = 100;

    /// <summary>Makes an account.</summary>
    /// <param name="name">Unique; 1 to 100 characters.</param>
    /// <param name="organization">Whom it stands for, up to 200 characters, or null.</param>
    /// <param name="tier">A tier of the catalog; null for <see cref="Tier.Registered"/>.</param>
    /// <param name="state">Active, or pending until somebody confirms it.</param>
    /// <param name="roles">Such as <see cref="Role.Admin"/>.</param>
    /// <param name="actor">Who makes it.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<AccountResult<Account>> AddAsync(
        string name, string? organization, string? tier, AccountState state, IReadOnlyCollection<string> roles, string actor, CancellationToken stop)
    {
        tier ??= Tier.Registered;
        if ((NameFault(name, 100) ?? (organization is null ? null : NameFault(organization, 200)) ?? RolesFault(roles) ?? TierFault(tier)) is { } fault)
        {
            return fault;
        }
        DateTimeOffset now = SqlTime.Truncate(time.GetUtcNow());
        Account account = new()
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            Name = name,
            Organization = organization,
            Tier = tier,
            State = state,
            Roles = roles.ToFrozenSet(StringComparer.Ordinal),
            CreatedAt = now,
        };
        try
        {
            await database.WriteAsync(
                async transaction =>
                {
                    long version = await InsertAsync(transaction, account);
                    await AuditAsync(transaction, version, actor, "account.add", account.Id, null, null, $"{name}, tier {tier}, {NameOf(state)}");
                },
                stop);
        }
        catch (DbException e) when (database.IsDuplicate(e))
        {
            return new AccountFault(AccountFaultKind.Taken, $"There is an account '{name}' already.");
        }
        return account;
    }

    /// <summary>Within a transaction: a new row, and the version of the change.</summary>
    private static async Task<long> InsertAsync(DbTransaction transaction, Account account)
    {
        long version = await RaiseVersionAsync(transaction);
        await transaction.Connection!.ExecuteAsync(
            """
            INSERT INTO accounts (id, name, organization, tier, state, roles, link_secret, created_at, version)
            VALUES (@Id, @Name, @Organization, @Tier, @State, @Roles, @LinkSecret, @CreatedAt, @Version)
            """,
            new
            {
                account.Id,
                account.Name,
                account.Organization,
                account.Tier,
                State = NameOf(account.State),
                Roles = string.Join(' ', account.Roles.Order(StringComparer.Ordinal)),
                LinkSecret = RandomNumberGenerator.GetBytes(SignedLink.SecretBytes),
                account.CreatedAt,
                Version = version,
            },
            transaction);
        return version;
    }

    /// <summary>One account by name or id.</summary>
    public async Task<AccountResult<Account>> FindAsync(string account, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await FindAsync(connection, account, null) is { } entry ? entry.Account : UnknownAccount(account);
    }

    /// <summary>Accounts in the order of their names, a page at a time.</summary>
    /// <param name="after">Names after this one; null for the first page.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<IReadOnlyList<Account>> ListAsync(string? after, int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. (await AccountRows.ReadAsync(
            connection,
            "a.id IN (SELECT id FROM accounts WHERE name > @After ORDER BY name LIMIT @Limit)",
            new { After = after ?? "", Limit = limit })).Select(entry => entry.Account)];
    }

    /// <summary>Gives an account another tier; running downloads go on at its rate.</summary>
    public async Task<AccountResult<Account>> SetTierAsync(string account, string tier, string actor, CancellationToken stop) =>
        TierFault(tier) is { } fault
            ? fault
            : await ChangeAsync(
                account,
                actor,
                "account.tier",
                null,
                async (transaction, entry) => entry.Account.Tier == tier ? null : await UpdateAsync(transaction, entry, "tier", entry.Account.Tier, tier),
                stop);

    /// <summary>Suspends or activates an account. Suspension ends its keys, links, sessions and running downloads until it is activated.</summary>
    public Task<AccountResult<Account>> SetStateAsync(string account, AccountState state, string actor, CancellationToken stop) =>
        ChangeAsync(
            account,
            actor,
            "account.state",
            null,
            async (transaction, entry) => entry.Account.State == state
                ? null
                : await UpdateAsync(transaction, entry, "state", NameOf(entry.Account.State), NameOf(state)),
            stop);

    /// <summary>Replaces an account's roles.</summary>
    public async Task<AccountResult<Account>> SetRolesAsync(string account, IReadOnlyCollection<string> roles, string actor, CancellationToken stop) =>
        RolesFault(roles) is { } fault
            ? fault
            : await ChangeAsync(
                account,
                actor,
                "account.roles",
                null,
                async (transaction, entry) => entry.Account.Roles.SetEquals(roles)
                    ? null
                    : await UpdateAsync(transaction, entry, "roles", Join(entry.Account.Roles), Join(roles)),
                stop);

    /// <summary>Accepts terms in the version that is in force.</summary>
    public async Task<AccountResult<Account>> AcceptTermsAsync(string account, string terms, string actor, CancellationToken stop)
    {
        if (!catalog.Current.Terms.TryGetValue(terms, out Terms? current))
        {
            return new AccountFault(
                AccountFaultKind.NotFound, $"There are no terms '{terms}'. There are: {Join(catalog.Current.Terms.Keys, ", ")}.");
        }
        return await ChangeAsync(
            account,
            actor,
            "terms.accept",
            terms,
            async (transaction, entry) =>
            {
                int? accepted = entry.Account.AcceptedTerms.TryGetValue(terms, out int version) ? version : null;
                if (accepted >= current.Version)
                {
                    return null;
                }
                await transaction.Connection!.ExecuteAsync(
                    "INSERT INTO account_terms (account_id, terms, version, accepted_at) VALUES (@Id, @terms, @Version, @Now)",
                    new { entry.Account.Id, terms, current.Version, Now = time.GetUtcNow() },
                    transaction);
                return new Difference(accepted is null ? null : $"version {accepted}", $"version {current.Version}");
            },
            stop);
    }

    /// <summary>Grants a restricted dataset by name.</summary>
    public async Task<AccountResult<Account>> GrantAsync(string account, string dataset, string actor, CancellationToken stop) =>
        !catalog.Current.Datasets.ContainsKey(dataset)
            ? new AccountFault(AccountFaultKind.NotFound, $"There is no dataset '{dataset}' in the catalog.")
            : await ChangeAsync(
                account,
                actor,
                "dataset.grant",
                dataset,
                async (transaction, entry) => await transaction.Connection!.ExecuteAsync(
                    "INSERT INTO account_grants (account_id, dataset, granted_at) VALUES (@Id, @dataset, @Now) ON CONFLICT (account_id, dataset) DO NOTHING",
                    new { entry.Account.Id, dataset, Now = time.GetUtcNow() },
                    transaction) == 0
                    ? null
                    : new Difference(null, "granted"),
                stop);

    /// <summary>Takes a grant back.</summary>
    public Task<AccountResult<Account>> UngrantAsync(string account, string dataset, string actor, CancellationToken stop) =>
        ChangeAsync(
            account,
            actor,
            "dataset.ungrant",
            dataset,
            async (transaction, entry) => await transaction.Connection!.ExecuteAsync(
                "DELETE FROM account_grants WHERE account_id = @Id AND dataset = @dataset", new { entry.Account.Id, dataset }, transaction) == 0
                ? null
                : new Difference("granted", null),
            stop);

    /// <summary>Gives an account another link secret: none of the links made so far works any more.</summary>
    public Task<AccountResult<Account>> RevokeLinksAsync(string account, string actor, CancellationToken stop) =>
        ChangeAsync(
            account,
            actor,
            "links.revoke",
            null,
            async (transaction, entry) =>
            {
                await transaction.Connection!.ExecuteAsync(
                    "UPDATE accounts SET link_secret = @Secret WHERE id = @Id",
                    new { entry.Account.Id, Secret = RandomNumberGenerator.GetBytes(SignedLink.SecretBytes) },
                    transaction);
                return new Difference(null, "all links revoked");
            },
            stop);

    /// <summary>The newest changes of an account, newest first.</summary>
    public async Task<IReadOnlyList<AuditLine>> AuditOfAsync(string accountId, int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<AuditLine>(
            """
            SELECT version, at, actor, action, account_id AS AccountId, subject, before, after
            FROM account_audit WHERE account_id = @accountId ORDER BY version DESC LIMIT @limit
            """,
            new { accountId, limit })];
    }

    private static async Task<AccountEntry?> FindAsync(DbConnection connection, string account, DbTransaction? transaction) =>
        // A name could look like another account's id: the id goes first.
        (await AccountRows.ReadAsync(connection, "a.id = @account", new { account }, transaction)).FirstOrDefault()
        ?? (await AccountRows.ReadAsync(connection, "a.name = @account", new { account }, transaction)).FirstOrDefault();

    private static AccountFault UnknownAccount(string account) => new(AccountFaultKind.NotFound, $"There is no account '{account}'.");

    private static string NameOf(AccountState state) => state switch
    {
        AccountState.Active => "active",
        AccountState.Suspended => "suspended",
        AccountState.Pending => "pending",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    private static string Join(IEnumerable<string> words, string separator = " ") => string.Join(separator, words.Order(StringComparer.Ordinal));

    private static AccountFault? NameFault(string name, int longest) =>
        name.Length == 0 || name.Length > longest || name.Trim() != name || name.Any(char.IsControl)
            ? new AccountFault(AccountFaultKind.Invalid, $"A name has 1 to {longest} characters, no control characters and no space around it.")
            : null;

    private static AccountFault? RolesFault(IReadOnlyCollection<string> roles) =>
        roles.FirstOrDefault(role => !Role.All.Contains(role)) is { } unknown
            ? new AccountFault(AccountFaultKind.Invalid, $"There is no role '{unknown}'. There are: {Join(Role.All, ", ")}.")
            : null;

    private AccountFault? TierFault(string tier) =>
        catalog.Current.Tiers.ContainsKey(tier)
            ? null
            : new AccountFault(AccountFaultKind.Invalid, $"There is no tier '{tier}' in the catalog. There are: {Join(catalog.Current.Tiers.Keys, ", ")}.");

    private static async Task<Difference?> UpdateAsync(DbTransaction transaction, AccountEntry entry, string column, string before, string after)
    {
        await transaction.Connection!.ExecuteAsync($"UPDATE accounts SET {column} = @after WHERE id = @Id", new { entry.Account.Id, after }, transaction);
        return new Difference(before, after);
    }

    /// <summary>The first statement of every change: it holds the row until the commit, so that changes are made one after the other.</summary>
    private static Task<long> RaiseVersionAsync(DbTransaction transaction) =>
        transaction.Connection!.ExecuteScalarAsync<long>(
            "UPDATE accounts_version SET version = version + 1 WHERE id = 1 RETURNING version", transaction: transaction);

    private async Task<AccountResult<Account>> ChangeAsync(
        string account, string actor, string action, string? subject, Func<DbTransaction, AccountEntry, Task<Difference?>> change, CancellationToken stop) =>
        await database.WriteAsync<AccountResult<Account>>(
            async transaction =>
            {
                long version = await RaiseVersionAsync(transaction);
                if (await FindAsync(transaction.Connection!, account, transaction) is not { } entry)
                {
                    return UnknownAccount(account);
                }
                if (await change(transaction, entry) is not { } difference)
                {
                    return entry.Account;
                }
                await AuditAsync(transaction, version, actor, action, entry.Account.Id, subject, difference.Before, difference.After);
                return (await FindAsync(transaction.Connection!, entry.Account.Id, transaction))!.Account;
            },
            stop);

    /// <summary>Marks the account as changed, and says by whom and how.</summary>
    private Task AuditAsync(
        DbTransaction transaction, long version, string actor, string action, string accountId, string? subject, string? before, string? after) =>
        transaction.Connection!.ExecuteAsync(
            """
            UPDATE accounts SET version = @version WHERE id = @accountId;
            INSERT INTO account_audit (version, at, actor, action, account_id, subject, before, after)
            VALUES (@version, @now, @actor, @action, @accountId, @subject, @before, @after);
            """,
            new { version, now = time.GetUtcNow(), actor, action, accountId, subject, before, after },
            transaction);

    private sealed record Difference(string? Before, string? After);
}

/// <summary>One change of an account.</summary>
public sealed record AuditLine
{
    /// <summary>Its place among all changes.</summary>
    public required long Version { get; init; }

    /// <summary>When, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who, such as <c>shell:anna</c> or <c>account:ID</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>What, such as <c>account.tier</c> or <c>key.revoke</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The account that was changed.</summary>
    public required string AccountId { get; init; }

    /// <summary>The key, terms or dataset, where it is about one.</summary>
    public string? Subject { get; init; }

    /// <summary>What was before.</summary>
    public string? Before { get; init; }

    /// <summary>What is since.</summary>
    public string? After { get; init; }
}

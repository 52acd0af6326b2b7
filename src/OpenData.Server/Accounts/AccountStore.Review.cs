using System.Data.Common;
using Dapper;

namespace OpenData.Server.Accounts;

// What account officers do: they look for accounts, and let in who registered or say why not.
public sealed partial class AccountStore
{
    /// <summary>The longest reason, in characters.</summary>
    public const int LongestReason = 1000;

    /// <summary>Accounts in the order of their names, a page at a time.</summary>
    /// <param name="search">Which.</param>
    /// <param name="after">Names after this one; null for the first page.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<IReadOnlyList<Account>> SearchAsync(AccountSearch search, string? after, int limit, CancellationToken stop)
    {
        string where = string.Concat(
            search.Text is null ? "" :
                """
                 AND (lower(f.name) LIKE @Pattern ESCAPE '!' OR lower(f.organization) LIKE @Pattern ESCAPE '!' OR f.id = @Text
                      OR EXISTS (SELECT 1 FROM account_profiles AS p WHERE p.account_id = f.id AND (lower(p.email) LIKE @Pattern ESCAPE '!' OR lower(p.contact) LIKE @Pattern ESCAPE '!'))
                      OR EXISTS (SELECT 1 FROM account_keys AS k WHERE k.account_id = f.id AND k.id = @KeyId))
                """,
            search.State is null ? "" : " AND f.state = @State",
            search.Tier is null ? "" : " AND f.tier = @Tier",
            search.WithRole ? " AND f.roles <> ''" : "");
        string text = search.Text?.Trim() ?? "";
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. (await AccountRows.ReadAsync(
            connection,
            $"a.id IN (SELECT f.id FROM accounts AS f WHERE f.name > @After{where} ORDER BY f.name LIMIT @Limit)",
            new
            {
                After = after ?? "",
                Limit = limit,
                Text = text,
                Pattern = $"%{text.ToLowerInvariant().Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal)}%",
                KeyId = text.StartsWith(ApiKey.Prefix, StringComparison.Ordinal) ? text[ApiKey.Prefix.Length..] : text,
                State = search.State is { } state ? NameOf(state) : null,
                search.Tier,
            })).Select(entry => entry.Account)];
    }

    /// <summary>Who registered and waits for an answer, the longest first; who was refused waits no more until they apply again.</summary>
    public async Task<IReadOnlyList<Applicant>> WaitingAsync(int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        List<AccountEntry> accounts = await AccountRows.ReadAsync(connection, $"a.id IN ({WaitingIds})", new { limit });
        Dictionary<string, Profile> profiles = (await connection.QueryAsync<Profile>(
            $"{ProfileColumns} WHERE account_id IN ({WaitingIds})", new { limit })).ToDictionary(profile => profile.AccountId, StringComparer.Ordinal);
        return [.. accounts.Select(entry => new Applicant(entry.Account, profiles.GetValueOrDefault(entry.Account.Id))).OrderBy(applicant => applicant.Account.CreatedAt).ThenBy(applicant => applicant.Account.Id, StringComparer.Ordinal)];
    }

    private const string WaitingIds =
        """
        SELECT w.id FROM accounts AS w
        WHERE w.state = 'pending' AND NOT EXISTS (SELECT 1 FROM account_refusals AS r WHERE r.account_id = w.id) ORDER BY w.created_at, w.id LIMIT @limit
        """;

    /// <summary>How many wait for an answer.</summary>
    public async Task<int> CountWaitingAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.ExecuteScalarAsync<int>(
            "SELECT COUNT(*) FROM accounts AS w WHERE w.state = 'pending' AND NOT EXISTS (SELECT 1 FROM account_refusals AS r WHERE r.account_id = w.id)");
    }

    /// <summary>Lets in who waits, with a tier. Whoever does not wait any more, since another officer was quicker, is a fault.</summary>
    public async Task<AccountResult<Account>> ApproveAsync(string account, string tier, string actor, CancellationToken stop)
    {
        if (TierFault(tier) is { } fault)
        {
            return fault;
        }
        return await AnswerAsync(
            account,
            actor,
            "account.approve",
            async (transaction, entry) =>
            {
                await transaction.Connection!.ExecuteAsync(
                    """
                    UPDATE accounts SET state = 'active', tier = @tier WHERE id = @Id;
                    DELETE FROM account_refusals WHERE account_id = @Id;
                    """,
                    new { entry.Account.Id, tier },
                    transaction);
                return new Difference($"pending, tier {entry.Account.Tier}", $"active, tier {tier}");
            },
            stop);
    }

    /// <summary>Does not let in who waits, and tells them why. They may mend what they told and apply again.</summary>
    public async Task<AccountResult<Account>> RefuseAsync(string account, string reason, string actor, CancellationToken stop)
    {
        if (ReasonFault(reason) is { } fault)
        {
            return fault;
        }
        return await AnswerAsync(
            account,
            actor,
            "account.refuse",
            async (transaction, entry) =>
            {
                await transaction.Connection!.ExecuteAsync(
                    """
                    INSERT INTO account_refusals (account_id, reason, refused_at) VALUES (@Id, @reason, @now)
                    ON CONFLICT (account_id) DO UPDATE SET reason = @reason, refused_at = @now
                    """,
                    new { entry.Account.Id, reason, now = time.GetUtcNow() },
                    transaction);
                return new Difference("waiting", $"refused: {reason}");
            },
            stop);
    }

    /// <summary>A change of an account that waits; a fault where it waits no more.</summary>
    private async Task<AccountResult<Account>> AnswerAsync(
        string account, string actor, string action, Func<DbTransaction, AccountEntry, Task<Difference>> answer, CancellationToken stop)
    {
        bool waits = true;
        AccountResult<Account> result = await ChangeAsync(
            account,
            actor,
            action,
            null,
            async (transaction, entry) =>
            {
                waits = entry.Account.State is AccountState.Pending;
                return waits ? await answer(transaction, entry) : null;
            },
            stop);
        return waits ? result : NotWaiting(account);
    }

    /// <summary>Why an account was not let in; null where it was not refused, or has applied again.</summary>
    public async Task<Refused?> RefusalOfAsync(string accountId, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<Refused>(
            "SELECT reason, refused_at AS RefusedAt FROM account_refusals WHERE account_id = @accountId", new { accountId });
    }

    /// <summary>Tells anew what an account that waits is for, and puts it into the queue again where it was refused.</summary>
    /// <param name="accountId">Whose.</param>
    /// <param name="told">What is told now; its name has to be the account's.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<AccountResult<Account>> ApplyAgainAsync(string accountId, Registration told, CancellationToken stop)
    {
        if (told.Faults().FirstOrDefault(field => field is not nameof(Registration.Name)) is { } fault)
        {
            return new AccountFault(AccountFaultKind.Invalid, fault);
        }
        bool waits = true;
        AccountResult<Account> result = await ChangeAsync(
            accountId,
            $"account:{accountId}",
            "account.apply",
            null,
            async (transaction, entry) =>
            {
                if (entry.Account.State is not AccountState.Pending)
                {
                    waits = false;
                    return null;
                }
                await transaction.Connection!.ExecuteAsync(
                    """
                    UPDATE accounts SET organization = @Organization WHERE id = @Id;
                    INSERT INTO account_profiles (account_id, purpose, contact, email, country, language, registered_at) VALUES (@Id, @Purpose, @Contact, @Email, @Country, @Language, @now)
                    ON CONFLICT (account_id) DO UPDATE SET purpose = @Purpose, contact = @Contact, email = @Email, country = @Country, language = @Language,
                        email_confirmed_at = CASE WHEN account_profiles.email = @Email THEN account_profiles.email_confirmed_at END;
                    DELETE FROM account_refusals WHERE account_id = @Id;
                    """,
                    new { entry.Account.Id, told.Organization, told.Purpose, told.Contact, told.Email, told.Country, told.Language, now = time.GetUtcNow() },
                    transaction);
                return new Difference(entry.Account.Organization, told.Organization);
            },
            stop);
        return waits ? result : NotWaiting(accountId);
    }

    /// <summary>Suspends an account for a reason, which the audit keeps.</summary>
    public async Task<AccountResult<Account>> SuspendAsync(string account, string reason, string actor, CancellationToken stop) =>
        ReasonFault(reason) is { } fault
            ? fault
            : await ChangeAsync(
                account,
                actor,
                "account.state",
                null,
                async (transaction, entry) => entry.Account.State is AccountState.Suspended
                    ? null
                    : new Difference((await UpdateAsync(transaction, entry, "state", NameOf(entry.Account.State), "suspended"))!.Before, $"suspended: {reason}"),
                stop);

    /// <summary>Ends all sessions of an account on the site.</summary>
    public Task<AccountResult<Account>> EndSessionsAsync(string account, string actor, CancellationToken stop) => ChangeAsync(
        account,
        actor,
        "sessions.end",
        null,
        async (transaction, entry) => await transaction.Connection!.ExecuteAsync(
            "UPDATE account_sessions SET ended_at = @now WHERE account_id = @Id AND ended_at IS NULL AND expires_at > @now",
            new { entry.Account.Id, now = time.GetUtcNow() },
            transaction) is var ended and > 0
            ? new Difference(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{ended} in force"), "ended")
            : null,
        stop);

    private static AccountFault? ReasonFault(string reason) =>
        reason.Trim().Length is < 3 or > LongestReason || reason.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t'))
            ? new AccountFault(AccountFaultKind.Invalid, $"A reason has 3 to {LongestReason} characters.")
            : null;

    private static AccountFault NotWaiting(string account) => new(AccountFaultKind.Invalid, $"The account '{account}' does not wait for an answer any more.");
}

/// <summary>Which accounts are looked for; what is null does not matter.</summary>
/// <param name="Text">Part of the name, organization, contact or e-mail in any case; or the whole id of the account or of a key.</param>
/// <param name="State">Its state.</param>
/// <param name="Tier">Its tier.</param>
/// <param name="WithRole">Only those with a role.</param>
public sealed record AccountSearch(string? Text = null, AccountState? State = null, string? Tier = null, bool WithRole = false);

/// <param name="Account">The account, pending.</param>
/// <param name="Profile">What was told; null where a curator made the account.</param>
public sealed record Applicant(Account Account, Profile? Profile);

/// <summary>Why a registration was not accepted.</summary>
public sealed record Refused
{
    /// <summary>In the officer's words.</summary>
    public required string Reason { get; init; }

    /// <summary>When, UTC.</summary>
    public required DateTimeOffset RefusedAt { get; init; }
}

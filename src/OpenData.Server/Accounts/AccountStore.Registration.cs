using System.Data.Common;
using System.Net.Mail;
using Dapper;
using OpenData.Server.Catalog;
using OpenData.Server.Database;

namespace OpenData.Server.Accounts;

// Accounts that organizations make for themselves.
public sealed partial class AccountStore
{
    /// <summary>Makes an account that waits for a curator, with what was told and a password, all or nothing.</summary>
    /// <param name="registration">What was told; see <see cref="Registration.Faults"/>.</param>
    /// <param name="passwordHash">Of <see cref="Passwords.HashAsync"/>.</param>
    /// <param name="stop">Gives up.</param>
    public Task<AccountResult<Account>> RegisterAsync(Registration registration, string passwordHash, CancellationToken stop) => RegisterAsync(
        registration,
        async (transaction, account, now) =>
        {
            await transaction.Connection!.ExecuteAsync(
                "INSERT INTO account_passwords (account_id, hash, changed_at) VALUES (@Id, @passwordHash, @now)", new { account.Id, passwordHash, now }, transaction);
            return null;
        },
        stop);

    /// <param name="registration">What was told.</param>
    /// <param name="wayIn">Writes how the account's people sign in; a fault undoes all.</param>
    /// <param name="stop">Gives up.</param>
    private async Task<AccountResult<Account>> RegisterAsync(Registration registration, Func<DbTransaction, Account, DateTimeOffset, Task<AccountFault?>> wayIn, CancellationToken stop)
    {
        if (registration.Faults().FirstOrDefault() is { } fault)
        {
            return new AccountFault(AccountFaultKind.Invalid, fault);
        }
        DateTimeOffset now = SqlTime.Truncate(time.GetUtcNow());
        Account account = new()
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            Name = registration.Name,
            Organization = registration.Organization,
            Tier = Tier.Registered,
            State = AccountState.Pending,
            CreatedAt = now,
        };
        try
        {
            await database.WriteAsync(
                async transaction =>
                {
                    long version = await InsertAsync(transaction, account);
                    await transaction.Connection!.ExecuteAsync(
                        "INSERT INTO account_profiles (account_id, purpose, contact, email, country, language, registered_at) VALUES (@Id, @Purpose, @Contact, @Email, @Country, @Language, @now)",
                        new { account.Id, registration.Purpose, registration.Contact, registration.Email, registration.Country, registration.Language, now },
                        transaction);
                    if (await wayIn(transaction, account, now) is { } refused)
                    {
                        throw new WayInRefusedException(refused);
                    }
                    await AuditAsync(transaction, version, $"account:{account.Id}", "account.register", account.Id, null, null, $"{registration.Name}, {registration.Organization}");
                },
                stop);
        }
        catch (DbException e) when (database.IsDuplicate(e))
        {
            return new AccountFault(AccountFaultKind.Taken, $"There is an account '{registration.Name}' already.");
        }
        catch (WayInRefusedException e)
        {
            return e.Fault;
        }
        return account;
    }

    /// <summary>Leaves the transaction, which undoes it.</summary>
    private sealed class WayInRefusedException(AccountFault fault) : Exception(fault.Text)
    {
        public AccountFault Fault => fault;
    }

    /// <summary>What an account told when it registered; null where it was made by a curator.</summary>
    public async Task<Profile?> ProfileAsync(string accountId, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<Profile>(
            ProfileColumns + "WHERE account_id = @accountId", new { accountId });
    }

    private const string ProfileColumns = "SELECT account_id AS AccountId, purpose, contact, email, country, registered_at AS RegisteredAt, language, email_confirmed_at AS EmailConfirmedAt FROM account_profiles ";

    /// <summary>Sets an account's password and ends all of its sessions.</summary>
    /// <param name="account">Whose, by name or id.</param>
    /// <param name="passwordHash">Of <see cref="Passwords.HashAsync"/>.</param>
    /// <param name="actor">Who sets it.</param>
    /// <param name="stop">Gives up.</param>
    public Task<AccountResult<Account>> SetPasswordAsync(string account, string passwordHash, string actor, CancellationToken stop) => ChangeAsync(
        account,
        actor,
        "password.set",
        null,
        async (transaction, entry) =>
        {
            await WritePasswordAsync(transaction, entry.Account.Id, passwordHash);
            return new Difference(null, "another password");
        },
        stop);

    internal async Task<string?> PasswordHashAsync(string accountId, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<string>("SELECT hash FROM account_passwords WHERE account_id = @accountId", new { accountId });
    }
}

/// <summary>What an organization tells of itself.</summary>
/// <param name="Name">The name to sign in with.</param>
/// <param name="Organization">Whom it stands for.</param>
/// <param name="Contact">A person.</param>
/// <param name="Purpose">What the data are wanted for.</param>
/// <param name="Email">How to reach them, or null.</param>
/// <param name="Country">ISO 3166-1, two letters, or null.</param>
/// <param name="Language"><c>zh</c> or <c>en</c>: in which they are written to; null for English.</param>
public sealed record Registration(string Name, string Organization, string Contact, string Purpose, string? Email, string? Country, string? Language = null)
{
    /// <summary>Longest texts, in characters.</summary>
    public const int LongestName = 100, LongestOrganization = 200, LongestContact = 100, LongestPurpose = 2000, LongestEmail = 254;

    /// <summary>The names of the fields that cannot be so.</summary>
    public IEnumerable<string> Faults()
    {
        if (!IsLine(Name, LongestName) || Name.Length < 3)
        {
            yield return nameof(Name);
        }
        if (!IsLine(Organization, LongestOrganization))
        {
            yield return nameof(Organization);
        }
        if (!IsLine(Contact, LongestContact))
        {
            yield return nameof(Contact);
        }
        if (Purpose.Trim().Length is < 10 or > LongestPurpose || Purpose.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')))
        {
            yield return nameof(Purpose);
        }
        if (Email is not null && (Email.Length > LongestEmail || !MailAddress.TryCreate(Email, out MailAddress? address) || address.Address != Email))
        {
            yield return nameof(Email);
        }
        if (Country is not null && (Country.Length != 2 || !Country.All(char.IsAsciiLetterUpper)))
        {
            yield return nameof(Country);
        }
    }

    private static bool IsLine(string text, int longest) => text.Length > 0 && text.Length <= longest && text.Trim() == text && !text.Any(char.IsControl);
}

/// <summary>What an account told when it registered.</summary>
public sealed record Profile
{
    /// <summary>Whose it is.</summary>
    public required string AccountId { get; init; }

    /// <summary>What the data are wanted for.</summary>
    public required string Purpose { get; init; }

    /// <summary>A person.</summary>
    public required string Contact { get; init; }

    /// <summary>How to reach them.</summary>
    public string? Email { get; init; }

    /// <summary>When they showed that they read mail to it, or null.</summary>
    public DateTimeOffset? EmailConfirmedAt { get; init; }

    /// <summary>ISO 3166-1, two letters.</summary>
    public string? Country { get; init; }

    /// <summary><c>zh</c> or <c>en</c>, or null.</summary>
    public string? Language { get; init; }

    /// <summary>When, UTC.</summary>
    public required DateTimeOffset RegisteredAt { get; init; }
}

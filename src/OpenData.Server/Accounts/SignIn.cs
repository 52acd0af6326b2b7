using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace OpenData.Server.Accounts;

/// <summary>
/// Signs people in by name and password. Failures are limited for each account and for each address. So that a stranger who fails on purpose does
/// not lock the owner out, a browser that signed in before carries a mark of the account and is counted by itself.
/// </summary>
/// <remarks>Failures are counted in each process: with several gateways an account has the limit on each of them.</remarks>
public sealed class SignIn
{
    private const int Nonce = 16;

    private readonly AccountStore _store;
    private readonly CurrentAccounts _accounts;
    private readonly Passwords _passwords;
    private readonly FailureLimit<string> _byAccount;
    private readonly FailureLimit<AccountKey> _byAddress;

    /// <summary>One for the process: the failures are counted in it.</summary>
    public SignIn(AccountStore store, CurrentAccounts accounts, Passwords passwords, IOptions<AccountsOptions> options, TimeProvider time)
    {
        (_store, _accounts, _passwords) = (store, accounts, passwords);
        AccountsOptions settings = options.Value;
        _byAccount = new(settings.SignInFailures, settings.SignInRefill, settings.FailureMemory, time);
        _byAddress = new(settings.SignInFailures * 3, settings.SignInRefill / 3, settings.FailureMemory, time);
    }

    /// <summary>Tries.</summary>
    /// <param name="name">The account's name.</param>
    /// <param name="password">Its password.</param>
    /// <param name="address">Where the attempt comes from.</param>
    /// <param name="mark">The mark that the browser got when it signed in before, or null.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<SignInOutcome> TryAsync(string name, string password, IPAddress address, string? mark, CancellationToken stop)
    {
        AccountResult<Account> found = await _store.FindAsync(name, stop);
        string bucket = found.Done && IsMarkOf(found.Value.Id, mark) ? mark! : name;
        AccountKey place = AccountKey.OfAddress(address);
        TimeSpan wait = TimeSpan.FromTicks(Math.Max(_byAccount.WaitOf(bucket).Ticks, bucket == name ? _byAddress.WaitOf(place).Ticks : 0));
        if (wait > TimeSpan.Zero)
        {
            return new SignInOutcome(null, wait);
        }
        string? hash = found.Done ? await _store.PasswordHashAsync(found.Value.Id, stop) : null;
        if (await _passwords.VerifyAsync(hash, password, stop) && found.Value is { State: not AccountState.Suspended } account)
        {
            return new SignInOutcome(account, TimeSpan.Zero);
        }
        _byAccount.Fail(bucket);
        _byAddress.Fail(place);
        return new SignInOutcome(null, TimeSpan.Zero);
    }

    /// <summary>Asks somebody who is signed in for the password once more, before something grave. It counts as a sign-in.</summary>
    public async Task<SignInOutcome> AgainAsync(Account account, string password, IPAddress address, CancellationToken stop) =>
        await TryAsync(account.Name, password, address, MarkOf(account.Id, new byte[Nonce]), stop);

    /// <summary>A mark for a browser that signed in; null where the account is not known here yet.</summary>
    public string? NewMark(string accountId) => MarkOf(accountId, RandomNumberGenerator.GetBytes(Nonce));

    private bool IsMarkOf(string accountId, string? mark)
    {
        Span<byte> nonce = stackalloc byte[Nonce];
        return mark?.Split('.') is [var first, _] && UrlSecret.TryRead(first, nonce)
            && MarkOf(accountId, nonce) is { } expected
            && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.UTF8.GetBytes(mark));
    }

    private string? MarkOf(string accountId, ReadOnlySpan<byte> nonce)
    {
        if (_accounts.Current.FindAccount(accountId) is not { } entry)
        {
            return null;
        }
        string first = Base64Url.EncodeToString(nonce);
        return first + "." + Base64Url.EncodeToString(HMACSHA256.HashData(entry.LinkSecret, Encoding.ASCII.GetBytes($"opendata-browser-1\n{accountId}\n{first}")));
    }
}

/// <param name="Account">Who signed in; null where the name or the password is wrong, or one has to wait.</param>
/// <param name="Wait">How long to wait before another attempt is looked at.</param>
public readonly record struct SignInOutcome(Account? Account, TimeSpan Wait);

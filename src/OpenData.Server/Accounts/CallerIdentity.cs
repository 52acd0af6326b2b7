using System.Net;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Catalog;

namespace OpenData.Server.Accounts;

/// <summary>
/// Says who makes a request, out of its parts, whichever way it came in: from the snapshot in memory, without a database, a lock that others
/// hold for long, or an allocation beyond the caller itself.
/// <list type="number">
/// <item>An <c>Authorization</c> header: <c>Bearer odk_…</c>, or <c>Basic</c> with the key as password and any user name (RFC 6750, RFC 7617).</item>
/// <item>Otherwise a <see cref="SignedLink"/> in the query.</item>
/// <item>Otherwise anybody, known by address.</item>
/// </list>
/// Whoever fails too often has to wait: an address before anything more is looked at, unless the key worked from this very address last;
/// a key id only in what it is told, so that nobody locks out a key's owner from elsewhere.
/// </summary>
public sealed class CallerIdentity
{
    private const int LongestBasic = 1024;

    private static readonly Sha256Digest NoHash = new(new byte[Sha256Digest.Size]);
    private static readonly byte[] NoSecret = new byte[SignedLink.SecretBytes];

    private readonly CurrentAccounts _accounts;
    private readonly ICurrentCatalog _catalog;
    private readonly TimeProvider _time;
    private readonly FailureLimit<AccountKey> _failuresByAddress;
    private readonly FailureLimit<string> _failuresById;

    /// <summary>One for the process: the failures are counted in it.</summary>
    public CallerIdentity(CurrentAccounts accounts, ICurrentCatalog catalog, IOptions<AccountsOptions> options, TimeProvider time)
    {
        _accounts = accounts;
        _catalog = catalog;
        _time = time;
        AccountsOptions settings = options.Value;
        _failuresByAddress = new(settings.Failures, settings.FailureRefill, settings.FailureMemory, time);
        _failuresById = new(settings.Failures, settings.FailureRefill, settings.FailureMemory, time);
    }

    /// <summary>Identifies the caller of a request.</summary>
    /// <param name="authorization">The value of the <c>Authorization</c> header; empty where there is none.</param>
    /// <param name="method">The request's method.</param>
    /// <param name="path">Its path as the server routes by it, percent-decoded.</param>
    /// <param name="query">Its query as it was sent, with or without the question mark.</param>
    /// <param name="address">Where it comes from.</param>
    public Identification Identify(
        ReadOnlySpan<char> authorization, ReadOnlySpan<char> method, ReadOnlySpan<char> path, ReadOnlySpan<char> query, IPAddress address)
    {
        AccountKey place = AccountKey.OfAddress(address);
        if (!authorization.IsWhiteSpace())
        {
            return ByHeader(authorization, address, place);
        }
        return SignedLink.IsAttempt(query)
            ? ByLink(method, path, query, address, place)
            : Identification.As(new Caller(place, null, _catalog.Current.Tiers[Tier.Anonymous], null, address));
    }

    /// <summary>Identifies who signed in without a key, by a session of the site.</summary>
    /// <param name="accountId">Whose session it is.</param>
    /// <param name="address">Where the request comes from.</param>
    public Identification OfSession(string accountId, IPAddress address) =>
        _accounts.Current.FindAccount(accountId) is { } entry
            ? InStanding(entry.Account, entry.Account.Id, address)
            : Identification.Refuse(Refusal.InvalidCredentials);

    /// <summary>What has become of a caller since: the same with today's account and tier, or why it is refused now.</summary>
    public Identification Again(Caller caller)
    {
        AccountsSnapshot accounts = _accounts.Current;
        if (caller.KeyId is not { } keyId)
        {
            return Identification.As(caller with { Tier = _catalog.Current.Tiers[Tier.Anonymous] });
        }
        if (accounts.FindKey(keyId) is { } key)
        {
            // A key that expires ends no download that it began; a revoked one does.
            return key.Key.RevokedAt is not null
                ? Identification.Refuse(Refusal.KeyRevoked)
                : InStanding(accounts.FindAccount(key.Key.AccountId)!.Account, keyId, caller.Address, key.Limits);
        }
        return OfSession(keyId, caller.Address);
    }

    /// <summary>The tier of this id; where the catalog has lost it that of a new account, or else that of anybody.</summary>
    internal static Tier TierOf(DatasetCatalog catalog, string id) =>
        catalog.Tiers.TryGetValue(id, out Tier? tier) || catalog.Tiers.TryGetValue(Tier.Registered, out tier) ? tier : catalog.Tiers[Tier.Anonymous];

    private Identification ByHeader(ReadOnlySpan<char> authorization, IPAddress address, in AccountKey place)
    {
        Span<char> decoded = stackalloc char[LongestBasic];
        scoped ApiKey presented = default;
        bool wellFormed = Credentials(authorization, decoded, out ReadOnlySpan<char> text) && ApiKey.TryParse(text, out presented);
        AccountsSnapshot accounts = _accounts.Current;
        KeyEntry? key = wellFormed ? accounts.FindKey(presented.Id) : null;

        TimeSpan wait = _failuresByAddress.WaitOf(place);
        if (wait > TimeSpan.Zero && key?.Use.WorkedFrom(place) is not true)
        {
            return Identification.Refuse(Refusal.TooManyFailures, wait);
        }
        // An unknown id is compared as well, with a hash that nothing has.
        if (!wellFormed || (!presented.Proves(key?.Key.SecretHash ?? NoHash) | key is null))
        {
            return Failed(Refusal.InvalidCredentials, presented.Id, place);
        }
        DateTimeOffset now = _time.GetUtcNow();
        if (key!.Key.RevokedAt is not null)
        {
            return Identification.Refuse(Refusal.KeyRevoked);
        }
        if (key.Key.ExpiresAt is { } expired && expired <= now)
        {
            return Identification.RefuseExpired(Refusal.KeyExpired, InStanding(accounts.FindAccount(key.Key.AccountId)!.Account, key.Key.Id, address, key.Limits), expired);
        }
        key.Use.Note(now, place);
        return InStanding(accounts.FindAccount(key.Key.AccountId)!.Account, key.Key.Id, address, key.Limits);
    }

    private Identification ByLink(
        ReadOnlySpan<char> method, ReadOnlySpan<char> path, ReadOnlySpan<char> query, IPAddress address, in AccountKey place)
    {
        TimeSpan wait = _failuresByAddress.WaitOf(place);
        if (wait > TimeSpan.Zero)
        {
            return Identification.Refuse(Refusal.TooManyFailures, wait);
        }
        bool wellFormed = SignedLink.TryParse(query, out SignedLink link) & (method is "GET" or "HEAD");
        AccountsSnapshot accounts = _accounts.Current;
        KeyEntry? key = wellFormed ? accounts.FindKey(link.KeyId) : null;
        AccountEntry? owner = !wellFormed ? null : key is null ? accounts.FindAccount(link.KeyId) : accounts.FindAccount(key.Key.AccountId);
        if (!wellFormed || (!link.IsSignedWith(owner?.LinkSecret ?? NoSecret, path) | owner is null))
        {
            return Failed(Refusal.InvalidLink, link.KeyId, place);
        }
        DateTimeOffset now = _time.GetUtcNow();
        if (key is not null && key.Key.RevokedAt is not null)
        {
            return Identification.Refuse(Refusal.InvalidLink);
        }
        // A link outlives the key that it was made with, up to its own end: a download over days must not break off for it.
        Identification who = InStanding(owner!.Account, key?.Key.Id ?? owner.Account.Id, address, key?.Limits);
        return link.Expires <= now ? Identification.RefuseExpired(Refusal.LinkExpired, who, link.Expires) : who;
    }

    private Identification Failed(Refusal refusal, ReadOnlySpan<char> id, in AccountKey place)
    {
        TimeSpan wait = _failuresByAddress.Fail(place);
        TimeSpan waitOfId = id.IsEmpty ? TimeSpan.Zero : _failuresById.Fail(id.ToString());
        wait = wait > waitOfId ? wait : waitOfId;
        return wait > TimeSpan.Zero ? Identification.Refuse(Refusal.TooManyFailures, wait) : Identification.Refuse(refusal);
    }

    private Identification InStanding(Account account, string keyId, IPAddress address, KeyScope? limits = null) => account.State switch
    {
        AccountState.Active => Identification.As(
            new Caller(AccountKey.OfAccount(account.Id), account, TierOf(_catalog.Current, account.Tier), keyId, address, limits)),
        AccountState.Pending => Identification.Refuse(Refusal.AccountPending),
        _ => Identification.Refuse(Refusal.AccountSuspended),
    };

    /// <summary>The key's text out of the header's value; for Basic it is decoded into <paramref name="buffer"/>.</summary>
    private static bool Credentials(ReadOnlySpan<char> authorization, Span<char> buffer, out ReadOnlySpan<char> key)
    {
        key = default;
        authorization = authorization.Trim(' ');
        int space = authorization.IndexOf(' ');
        if (space < 0)
        {
            return false;
        }
        ReadOnlySpan<char> scheme = authorization[..space];
        ReadOnlySpan<char> value = authorization[space..].TrimStart(' ');
        if (scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
        {
            key = value;
            return true;
        }
        Span<byte> bytes = stackalloc byte[LongestBasic];
        if (!scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)
            || value.Length > LongestBasic
            || !Convert.TryFromBase64Chars(value, bytes, out int length))
        {
            return false;
        }
        // Whatever the user name's encoding: a key is ASCII, and the first colon ends the name.
        int colon = bytes[..length].IndexOf((byte)':');
        if (colon < 0)
        {
            return false;
        }
        int passwordLength = System.Text.Encoding.Latin1.GetChars(bytes[(colon + 1)..length], buffer);
        key = buffer[..passwordLength];
        return true;
    }
}

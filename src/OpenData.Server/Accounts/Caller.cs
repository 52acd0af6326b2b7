using System.Net;
using OpenData.Server.Catalog;

namespace OpenData.Server.Accounts;

/// <summary>Who makes a request.</summary>
/// <param name="Key">Whose bandwidth it uses.</param>
/// <param name="Account">The account, or null for anybody.</param>
/// <param name="Tier">What it may use; <see cref="Tier.Anonymous"/> without an account.</param>
/// <param name="KeyId">The key's id; the account's id where it signed in without a key; null without an account.</param>
/// <param name="Address">Where it comes from.</param>
/// <param name="Limits">What its key is limited to; null where there is no key, and so no limit but the account's own.</param>
public sealed record Caller(AccountKey Key, Account? Account, Tier Tier, string? KeyId, IPAddress Address, KeyScope? Limits = null);

/// <summary>What came of looking at a request's credentials: a caller, or why not.</summary>
public readonly record struct Identification
{
    private Identification(Caller? caller, Refusal refusal, TimeSpan retryAfter, ExpiredCaller? expired = null)
    {
        Caller = caller;
        Refusal = refusal;
        RetryAfter = retryAfter;
        Expired = expired;
    }

    /// <summary>Who it is; null where refused.</summary>
    public Caller? Caller { get; }

    /// <summary>Why it is refused; <see cref="Refusal.None"/> with a caller.</summary>
    public Refusal Refusal { get; }

    /// <summary>With <see cref="Refusal.TooManyFailures"/>: how long to wait.</summary>
    public TimeSpan RetryAfter { get; }

    /// <summary>
    /// With <see cref="Refusal.KeyExpired"/> and <see cref="Refusal.LinkExpired"/>, where nothing else is wrong: whose it was. It may go on with what it
    /// began, and nothing else.
    /// </summary>
    public ExpiredCaller? Expired { get; }

    /// <summary>Identified.</summary>
    public static Identification As(Caller caller) => new(caller, Refusal.None, TimeSpan.Zero);

    /// <summary>Refused.</summary>
    public static Identification Refuse(Refusal refusal, TimeSpan retryAfter = default) => new(null, refusal, retryAfter);

    /// <summary>Refused for nothing but the time; another refusal where the account would be refused anyway.</summary>
    public static Identification RefuseExpired(Refusal refusal, in Identification otherwise, DateTimeOffset at) =>
        otherwise.Caller is { } caller ? new(null, refusal, TimeSpan.Zero, new ExpiredCaller(caller, at)) : otherwise;
}

/// <param name="Caller">Who it would be.</param>
/// <param name="At">When the key or link expired.</param>
public sealed record ExpiredCaller(Caller Caller, DateTimeOffset At);

/// <summary>Why credentials are refused. What says more than "invalid" is told only to who proved to know the secret.</summary>
public enum Refusal
{
    /// <summary>They are not.</summary>
    None,

    /// <summary>Malformed, unknown or wrong credentials; 401.</summary>
    InvalidCredentials,

    /// <summary>The right secret of a revoked key; 401.</summary>
    KeyRevoked,

    /// <summary>The right secret of an expired key; 401.</summary>
    KeyExpired,

    /// <summary>A link that is not as it was signed, or whose key is gone; 401.</summary>
    InvalidLink,

    /// <summary>A link as it was signed, too late; 401.</summary>
    LinkExpired,

    /// <summary>The account is suspended; 403.</summary>
    AccountSuspended,

    /// <summary>The account waits to be confirmed; 403.</summary>
    AccountPending,

    /// <summary>Too many failed attempts; 429.</summary>
    TooManyFailures,
}

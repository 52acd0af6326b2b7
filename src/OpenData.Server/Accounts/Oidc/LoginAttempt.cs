using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OpenData.Format;

namespace OpenData.Server.Accounts.Oidc;

/// <summary>
/// One way to the unified login and back, as the browser keeps it in a cookie. The state, the nonce and the code verifier are HMACs under the cookie's 256 random
/// bits: nothing has to be kept here until somebody came back, every node can end what another began, and only this browser can. The state covers all the rest.
/// </summary>
public sealed record LoginAttempt
{
    /// <summary>For how long one may be away.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private readonly byte[] _secret;

    private LoginAttempt(byte[] secret) => _secret = secret;

    /// <summary>When it began, UTC, to the second.</summary>
    public required DateTimeOffset BegunAt { get; init; }

    /// <summary>What for.</summary>
    public required LoginAim Aim { get; init; }

    /// <summary>Where to go afterwards; a path of this site.</summary>
    public required string Return { get; init; }

    /// <summary>Who was signed in at its begin, where that matters; else empty.</summary>
    public required string AccountId { get; init; }

    /// <summary>What is kept of it where it was used.</summary>
    internal Sha256Digest Id => Sha256Digest.Of(_secret);

    /// <summary>The parameter <c>state</c> (RFC 6749, 10.12).</summary>
    public string State => Derive(string.Create(CultureInfo.InvariantCulture, $"state\n{BegunAt.ToUnixTimeSeconds()}\n{Aim}\n{AccountId}\n{Return}"));

    /// <summary>The parameter <c>nonce</c> (OpenID Connect Core, 15.5.2).</summary>
    public string Nonce => Derive("nonce");

    /// <summary>The code verifier (RFC 7636, 4.1).</summary>
    public string Verifier => Derive("verifier");

    /// <summary>The code challenge by S256 (RFC 7636, 4.2).</summary>
    public string Challenge => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    /// <summary>A new one.</summary>
    public static LoginAttempt Begin(LoginAim aim, string back, string? accountId, DateTimeOffset now) => new(UrlSecret.Make())
    {
        BegunAt = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()),
        Aim = aim,
        Return = back,
        AccountId = accountId ?? "",
    };

    /// <summary>The value of the cookie.</summary>
    public string ToCookie() =>
        string.Create(CultureInfo.InvariantCulture, $"{Base64Url.EncodeToString(_secret)}.{BegunAt.ToUnixTimeSeconds()}.{(int)Aim}.{AccountId}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Return))}");

    /// <summary>Reads a cookie; null where it is none.</summary>
    public static LoginAttempt? FromCookie(string? cookie)
    {
        byte[] secret = new byte[UrlSecret.Bytes];
        if (cookie is not { Length: < 4000 }
            || cookie.Split('.') is not [var first, var begun, var aim, var account, var back]
            || !UrlSecret.TryRead(first, secret)
            || !long.TryParse(begun, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            || !Enum.TryParse(aim, out LoginAim what)
            || !Enum.IsDefined(what)
            || account.Length > 32
            || !Base64Url.IsValid(back))
        {
            return null;
        }
        return new LoginAttempt(secret)
        {
            BegunAt = DateTimeOffset.FromUnixTimeSeconds(seconds),
            Aim = what,
            Return = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(back)),
            AccountId = account,
        };
    }

    /// <summary>Whether an answer belongs to it: the same browser, and not too late.</summary>
    public bool IsAnsweredBy(string? state, DateTimeOffset now) =>
        now - BegunAt < Life
        && BegunAt - now < TimeSpan.FromMinutes(2)
        && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(State), Encoding.UTF8.GetBytes(state ?? ""));

    /// <summary>Not its secret.</summary>
    public override string ToString() => $"{Aim} {AccountId} {Return}";

    private string Derive(string what) => Base64Url.EncodeToString(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes("opendata-oidc-1\n" + what)));
}

/// <summary>What somebody goes to the unified login for.</summary>
public enum LoginAim
{
    /// <summary>To sign in, or to register.</summary>
    SignIn,

    /// <summary>To show once more that it is they, before something grave.</summary>
    Again,

    /// <summary>To link it to the account that is signed in.</summary>
    Link,
}

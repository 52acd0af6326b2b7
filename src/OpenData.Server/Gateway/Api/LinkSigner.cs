using OpenData.Server.Accounts;

namespace OpenData.Server.Gateway.Api;

/// <summary>Makes links that carry a caller's permission.</summary>
/// <param name="root">The address of this service.</param>
/// <param name="secret">The account's link secret.</param>
/// <param name="keyId">The key, or the account's id for a session of the site.</param>
/// <param name="expires">When they end.</param>
internal sealed class LinkSigner(string root, byte[] secret, string keyId, DateTimeOffset expires)
{
    /// <summary>When the links end, a whole second.</summary>
    public DateTimeOffset Expires => expires;

    /// <summary>The link to a path.</summary>
    public string Link(PathString path) => $"{root}{path.ToUriComponent()}?{SignedLink.Sign(secret, path.Value!, keyId, expires)}";

    /// <summary>When links end that are asked to end then, to the second; a fault in words where they cannot.</summary>
    public static string? TryExpiry(DateTimeOffset? asked, DateTimeOffset now, out DateTimeOffset expires)
    {
        expires = DateTimeOffset.FromUnixTimeSeconds((asked ?? now + SignedLink.MaxLife).ToUnixTimeSeconds());
        return expires <= now || expires > now + SignedLink.MaxLife
            ? $"'expires' must be a time in the future, at most {SignedLink.MaxLife.Days} days from now; leave it out for the most."
            : null;
    }

    /// <summary>Reads a path as it stands in an address; a fault in words where no link can lead there.</summary>
    public static string? TryPath(string? given, out PathString path)
    {
        path = default;
        if (given is null || !given.StartsWith(SignedLink.Root, StringComparison.Ordinal) || given.Length > 4096 || given.AsSpan().ContainsAny('?', '#', '\\'))
        {
            return $"'path' must be the path of a file as in its address, such as {SignedLink.Root}CN-PA-TXTS-10-A/2026-01-02/r1/CN-PA-TXTS-10-A_2026-01-02_r1_001.zip.";
        }
        const string Odd = "'path' holds a control character or an empty, '.' or '..' segment; use the path as lists of the API give it.";
        if (given.Contains("%00", StringComparison.Ordinal))
        {
            return Odd; // the framework does not decode it but throws
        }
        path = PathString.FromUriComponent(given);
        string decoded = path.Value!;
        return decoded.Any(char.IsControl) || decoded.Split('/').Any(segment => segment is "." or "..") || decoded.Contains("//", StringComparison.Ordinal) ? Odd : null;
    }
}

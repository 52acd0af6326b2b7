using System.Security.Cryptography;
using OpenData.Format;

namespace OpenData.Server.Accounts;

/// <summary>
/// A key as a client presents it, <c>odk_&lt;id&gt;_&lt;secret&gt;</c>: 16 and 64 lower-case hexadecimal digits. The id finds the key, the
/// secret proves it. Only the SHA-256 of the secret is kept: it is 256 random bits, so there is no dictionary to try against a stolen hash
/// and a deliberately slow hash would only slow down requests.
/// </summary>
/// <remarks>It lives on the stack and holds the hash instead of the secret, so that a key cannot end up in a log or a dump by way of it.</remarks>
public readonly ref struct ApiKey
{
    /// <summary>What every key begins with, for people and for scanners of leaked secrets.</summary>
    public const string Prefix = "odk_";

    /// <summary>Characters in an id.</summary>
    public const int IdLength = 16;

    /// <summary>Bytes in a secret.</summary>
    public const int SecretBytes = 32;

    /// <summary>Characters in a whole key.</summary>
    public const int Length = 4 + IdLength + 1 + (2 * SecretBytes);

    private ApiKey(ReadOnlySpan<char> id, Sha256Digest secretHash)
    {
        Id = id;
        SecretHash = secretHash;
    }

    /// <summary>Finds the key; public.</summary>
    public ReadOnlySpan<char> Id { get; }

    /// <summary>SHA-256 of the secret's 32 bytes.</summary>
    public Sha256Digest SecretHash { get; }

    /// <summary>Makes a new key from the system's random numbers.</summary>
    public static IssuedKey Create()
    {
        Span<byte> id = stackalloc byte[IdLength / 2];
        Span<byte> secret = stackalloc byte[SecretBytes];
        RandomNumberGenerator.Fill(id);
        RandomNumberGenerator.Fill(secret);
        string idText = Convert.ToHexStringLower(id);
        return new IssuedKey(idText, $"{Prefix}{idText}_{Convert.ToHexStringLower(secret)}", Sha256Digest.Of(secret));
    }

    /// <summary>Reads a key: exactly its form, nothing before, after or in other case.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ApiKey key)
    {
        key = default;
        if (text.Length != Length || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length + IdLength] != '_')
        {
            return false;
        }
        ReadOnlySpan<char> id = text.Slice(Prefix.Length, IdLength);
        ReadOnlySpan<char> secretText = text[(Prefix.Length + IdLength + 1)..];
        if (!IsId(id) || secretText.ContainsAnyExcept(LowerHex))
        {
            return false;
        }
        Span<byte> secret = stackalloc byte[SecretBytes];
        Convert.FromHexString(secretText, secret, out _, out _);
        key = new ApiKey(id, Sha256Digest.Of(secret));
        CryptographicOperations.ZeroMemory(secret);
        return true;
    }

    /// <summary>Whether this could be the id of a key.</summary>
    public static bool IsId(ReadOnlySpan<char> text) => text.Length == IdLength && !text.ContainsAnyExcept(LowerHex);

    /// <summary>Whether the secret is the one of this hash, in a time that does not depend on where they differ.</summary>
    public bool Proves(Sha256Digest storedHash)
    {
        Span<byte> presented = stackalloc byte[Sha256Digest.Size];
        Span<byte> stored = stackalloc byte[Sha256Digest.Size];
        SecretHash.CopyTo(presented);
        storedHash.CopyTo(stored);
        return CryptographicOperations.FixedTimeEquals(presented, stored);
    }

    private static readonly System.Buffers.SearchValues<char> LowerHex = System.Buffers.SearchValues.Create("0123456789abcdef");
}

/// <summary>A key at the one moment when its secret is known.</summary>
/// <param name="id">Finds the key; public.</param>
/// <param name="text">The whole key: show it once, keep it nowhere.</param>
/// <param name="secretHash">What is kept.</param>
public sealed class IssuedKey(string id, string text, Sha256Digest secretHash)
{
    /// <summary>Finds the key; public.</summary>
    public string Id { get; } = id;

    /// <summary>SHA-256 of the secret.</summary>
    public Sha256Digest SecretHash { get; } = secretHash;

    /// <summary>The whole key. Show it once, keep it nowhere.</summary>
    public string Reveal() => text;

    /// <summary>The id only: what is printed by accident is harmless.</summary>
    public override string ToString() => $"{ApiKey.Prefix}{Id}_…";
}

using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Unicode;

namespace OpenData.Server.Accounts;

/// <summary>
/// The query of a link that carries its own permission, for browsers and download managers: <c>kid=&lt;key id&gt;&amp;exp=&lt;Unix
/// seconds&gt;&amp;sig=&lt;base64url&gt;</c>, in this order and with nothing beside it. The signature is HMAC-SHA-256 (RFC 2104) under the
/// account's link secret, over method, expiry, key id and path. GET covers HEAD. The secret is in the database, so every node reads every
/// node's links; revoking the key or suspending the account ends them.
/// </summary>
/// <remarks>
/// The path is signed as the server routes by it, percent-decoded, so that a client that writes the same address in another way keeps its
/// permission, while any other address has none.
/// </remarks>
public readonly ref struct SignedLink
{
    /// <summary>How long a link may live, and does unless asked otherwise.</summary>
    public static readonly TimeSpan MaxLife = TimeSpan.FromDays(7);

    /// <summary>Links are for what is below this path.</summary>
    public const string Root = "/files/";

    /// <summary>Bytes in a link secret.</summary>
    public const int SecretBytes = 32;

    private const string KeyIdField = "kid=";
    private const string ExpiryField = "&exp=";
    private const string SignatureField = "&sig=";
    private const int SignatureLength = 43; // 32 bytes in base64url without padding
    private const int LongestPath = 8192;
    private const long LastSecond = 253402300799; // 9999-12-31T23:59:59Z

    private SignedLink(ReadOnlySpan<char> keyId, ReadOnlySpan<char> expiry, long expirySeconds, ReadOnlySpan<char> signature)
    {
        KeyId = keyId;
        ExpiryText = expiry;
        Expires = DateTimeOffset.FromUnixTimeSeconds(expirySeconds);
        Signature = signature;
    }

    /// <summary>The key it was made with, or the account's id where it was made without one.</summary>
    public ReadOnlySpan<char> KeyId { get; }

    /// <summary>The first moment at which it no longer works.</summary>
    public DateTimeOffset Expires { get; }

    private ReadOnlySpan<char> ExpiryText { get; }

    private ReadOnlySpan<char> Signature { get; }

    /// <summary>Makes the query of a link, without the question mark.</summary>
    /// <param name="secret">The account's link secret.</param>
    /// <param name="path">Percent-decoded, below <see cref="Root"/>.</param>
    /// <param name="keyId">Whose permission it carries.</param>
    /// <param name="expires">Cut to the second.</param>
    public static string Sign(ReadOnlySpan<byte> secret, string path, string keyId, DateTimeOffset expires)
    {
        string expiry = expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        Span<char> signature = stackalloc char[SignatureLength];
        if (!TryComputeSignature(secret, path, keyId, expiry, signature))
        {
            throw new ArgumentException($"'{path}' cannot be the path of a link.", nameof(path));
        }
        return $"{KeyIdField}{keyId}{ExpiryField}{expiry}{SignatureField}{signature}";
    }

    /// <summary>Whether a query means to be a signed link, well formed or not. Such a request is a link or refused, never anonymous.</summary>
    /// <param name="query">With or without its question mark.</param>
    public static bool IsAttempt(ReadOnlySpan<char> query)
    {
        query = WithoutMark(query);
        foreach (Range part in query.Split('&'))
        {
            ReadOnlySpan<char> field = query[part];
            if (field.StartsWith("kid=", StringComparison.Ordinal)
                || field.StartsWith("exp=", StringComparison.Ordinal)
                || field.StartsWith("sig=", StringComparison.Ordinal))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Reads a query of exactly the form that <see cref="Sign"/> writes.</summary>
    /// <param name="query">With or without its question mark.</param>
    /// <param name="link">Parts of <paramref name="query"/>; not proven yet.</param>
    public static bool TryParse(ReadOnlySpan<char> query, out SignedLink link)
    {
        link = default;
        query = WithoutMark(query);
        int expiryAt = query.IndexOf(ExpiryField, StringComparison.Ordinal);
        int signatureAt = query.Length - SignatureLength - SignatureField.Length;
        if (!query.StartsWith(KeyIdField, StringComparison.Ordinal)
            || expiryAt < 0
            || signatureAt < expiryAt + ExpiryField.Length
            || !query[signatureAt..].StartsWith(SignatureField, StringComparison.Ordinal))
        {
            return false;
        }
        ReadOnlySpan<char> keyId = query[KeyIdField.Length..expiryAt];
        ReadOnlySpan<char> expiry = query[(expiryAt + ExpiryField.Length)..signatureAt];
        if (keyId.IsEmpty || keyId.Length > 64
            || expiry.IsEmpty || expiry[0] == '0'
            || !long.TryParse(expiry, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) || seconds > LastSecond)
        {
            return false;
        }
        link = new SignedLink(keyId, expiry, seconds, query[(signatureAt + SignatureField.Length)..]);
        return true;
    }

    /// <summary>Whether this link was signed under this secret for this path, in a time that does not depend on where it differs.</summary>
    public bool IsSignedWith(ReadOnlySpan<byte> secret, ReadOnlySpan<char> path)
    {
        // The texts are compared, not the bytes: base64url has spare bits in its last character, which nobody may change either.
        Span<char> expected = stackalloc char[SignatureLength];
        return TryComputeSignature(secret, path, KeyId, ExpiryText, expected)
            && CryptographicOperations.FixedTimeEquals(
                System.Runtime.InteropServices.MemoryMarshal.AsBytes(expected),
                System.Runtime.InteropServices.MemoryMarshal.AsBytes(Signature));
    }

    private static ReadOnlySpan<char> WithoutMark(ReadOnlySpan<char> query) => query.StartsWith('?') ? query[1..] : query;

    /// <summary>The path comes last: whatever it holds cannot be taken for a field before it. False where it cannot be written in UTF-8 or is too long.</summary>
    private static bool TryComputeSignature(
        ReadOnlySpan<byte> secret, ReadOnlySpan<char> path, ReadOnlySpan<char> keyId, ReadOnlySpan<char> expiry, Span<char> signature)
    {
        if (path.Length > LongestPath || !path.StartsWith(Root, StringComparison.Ordinal))
        {
            return false;
        }
        byte[] message = ArrayPool<byte>.Shared.Rent(128 + (3 * (path.Length + keyId.Length + expiry.Length)));
        try
        {
            int length = 0;
            if (!Append("opendata-link-1\nGET\n", message, ref length)
                || !Append(expiry, message, ref length)
                || !Append("\n", message, ref length)
                || !Append(keyId, message, ref length)
                || !Append("\n", message, ref length)
                || !Append(path, message, ref length))
            {
                return false;
            }
            Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
            HMACSHA256.HashData(secret, message.AsSpan(0, length), mac);
            Base64Url.EncodeToChars(mac, signature);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(message);
        }
    }

    private static bool Append(ReadOnlySpan<char> text, byte[] message, ref int length)
    {
        OperationStatus status = Utf8.FromUtf16(text, message.AsSpan(length), out _, out int written, replaceInvalidSequences: false);
        length += written;
        return status == OperationStatus.Done;
    }
}

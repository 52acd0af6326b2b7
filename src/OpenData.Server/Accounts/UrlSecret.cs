using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using OpenData.Format;

namespace OpenData.Server.Accounts;

/// <summary>256 random bits as cookies and links carry them: base64url without padding (RFC 4648, 5). Only their SHA-256 is kept.</summary>
internal static class UrlSecret
{
    /// <summary>Bytes in a secret.</summary>
    public const int Bytes = 32;

    /// <summary>A new one.</summary>
    public static byte[] Make() => RandomNumberGenerator.GetBytes(Bytes);

    /// <summary>Reads exactly as many bytes as there is room for. Whatever else is sent is no secret, and no fault of ours.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, Span<byte> secret) =>
        text.Length == Base64Url.GetEncodedLength(secret.Length)
        && Base64Url.DecodeFromChars(text, secret, out _, out int length) == OperationStatus.Done // its Try… throws where a character is none of base64url's
        && length == secret.Length;

    /// <summary>What is kept of a secret that somebody sends; null where it is none.</summary>
    public static Sha256Digest? IdOf(ReadOnlySpan<char> text)
    {
        Span<byte> secret = stackalloc byte[Bytes];
        return TryRead(text, secret) ? Sha256Digest.Of(secret) : null;
    }
}

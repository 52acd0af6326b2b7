namespace OpenData.Format;

/// <summary>The header fields of RFC 9530 (Digest Fields), as far as this system uses them: SHA-256 only.</summary>
public static class ContentDigest
{
    /// <summary>The digest of the whole file, whatever part of it is sent (RFC 9530, 3).</summary>
    public const string ReprHeader = "Repr-Digest";

    /// <summary>The digest of the bytes of this message (RFC 9530, 2).</summary>
    public const string ContentHeader = "Content-Digest";

    /// <summary>The field's value, a dictionary of structured fields: <c>sha-256=:base64:</c>.</summary>
    public static string Format(Sha256Digest digest) => $"sha-256=:{digest.ToBase64()}:";

    /// <summary>Finds the SHA-256 in a field's value that may name other algorithms as well.</summary>
    public static bool TryParse(string? value, out Sha256Digest digest)
    {
        digest = default;
        Span<byte> bytes = stackalloc byte[Sha256Digest.Size + 1];
        foreach (string member in (value ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            if (member.StartsWith("sha-256=:", StringComparison.OrdinalIgnoreCase) && member.EndsWith(':') && member.Length > 10)
            {
                if (Convert.TryFromBase64String(member[9..^1], bytes, out int written) && written == Sha256Digest.Size)
                {
                    digest = new Sha256Digest(bytes[..written]);
                    return true;
                }
            }
        }
        return false;
    }
}

namespace OpenData.Server.Accounts;

/// <summary>Kinds of files that a proof may be.</summary>
public enum ProofType
{
    /// <summary>ISO 32000.</summary>
    Pdf,

    /// <summary>ISO/IEC 15948.</summary>
    Png,

    /// <summary>ISO/IEC 10918.</summary>
    Jpeg,
}

/// <summary>Tells the kinds apart by the bytes that a file begins with; its name and what its sender calls it do not matter.</summary>
public static class ProofTypes
{
    /// <summary>The signature, and the header that is always the first chunk.</summary>
    private static ReadOnlySpan<byte> PngStart => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, (byte)'I', (byte)'H', (byte)'D', (byte)'R'];

    private static ReadOnlySpan<byte> JpegStart => [0xFF, 0xD8, 0xFF];

    /// <summary>The kind of a content, or null where it is none of them. What a signature stands in the middle of (readers of PDF forgive a kilobyte before it) is none: it could be two things at once.</summary>
    public static ProofType? Of(ReadOnlySpan<byte> content) =>
        content.StartsWith("%PDF-1."u8) || content.StartsWith("%PDF-2."u8) ? ProofType.Pdf
        : content.StartsWith(PngStart) ? ProofType.Png
        : content.StartsWith(JpegStart) && content.Length > 3 && content[3] is >= 0xC0 and < 0xFF ? ProofType.Jpeg
        : null;

    /// <summary>Its media type.</summary>
    public static string MediaType(this ProofType type) => type switch
    {
        ProofType.Pdf => "application/pdf",
        ProofType.Png => "image/png",
        ProofType.Jpeg => "image/jpeg",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}

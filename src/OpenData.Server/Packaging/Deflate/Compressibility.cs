namespace OpenData.Server.Packaging.Deflate;

/// <summary>
/// Tells from a file's content whether deflating it is worth the time. Names are not asked: extensions are wrong often enough. Depends on the
/// content, engine and level alone, so that the answer is the same on every machine.
/// </summary>
internal static class Compressibility
{
    /// <summary>Shorter files are just compressed: that costs no more than asking.</summary>
    private const int WorthAsking = 16 * 1024;

    private const int SampleLength = 4 * 1024;
    private const int Samples = 3;

    /// <summary>True where the content begins like a format that is compressed already, or samples of it shrink by less than a thirtieth.</summary>
    /// <param name="content">The file, or a block of a long one.</param>
    /// <param name="deflater">Compresses the samples.</param>
    /// <param name="scratch">At least <see cref="SampleLength"/> bytes.</param>
    public static bool IsHopeless(ReadOnlySpan<byte> content, Deflater deflater, Span<byte> scratch)
    {
        if (content.Length < WorthAsking)
        {
            return false;
        }
        if (IsCompressedFormat(content))
        {
            return true;
        }
        for (int i = 0; i < Samples; i++)
        {
            int at = (int)((long)(content.Length - SampleLength) * (i + 1) / (Samples + 1));
            if (deflater.Compress(content.Slice(at, SampleLength), scratch[..(SampleLength - SampleLength / 30)]) > 0)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>
    /// By the first bytes: JPEG, PNG, GIF, zip (and what is built on it), gzip, bzip2, xz, zstd, 7z, rar, JPEG 2000, MP4, WebP. PDF and TIFF
    /// are not here: both hold anything from plain text to fax pages, and samples tell.
    /// </summary>
    public static bool IsCompressedFormat(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])
        || head.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47])
        || head.StartsWith("GIF8"u8)
        || head.StartsWith("PK\u0003\u0004"u8)
        || head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B, 0x08])
        || head.StartsWith("BZh"u8)
        || head.StartsWith((ReadOnlySpan<byte>)[0xFD, 0x37, 0x7A, 0x58, 0x5A])
        || head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD])
        || head.StartsWith((ReadOnlySpan<byte>)[0x37, 0x7A, 0xBC, 0xAF])
        || head.StartsWith("Rar!"u8)
        || (head.Length >= 12 && (head[4..].StartsWith("ftyp"u8) || head[4..].StartsWith("jP  "u8) || (head.StartsWith("RIFF"u8) && head[8..].StartsWith("WEBP"u8))));
}

using System.Text;

namespace OpenData.Format;

/// <summary>
/// The header of a regular file in a tar archive (POSIX.1-1988 <c>ustar</c>): 512 bytes before the file's own, which are filled up with zeros to a multiple of
/// 512; two such blocks of zeros end the archive. As much of the format as <see cref="SmallFiles"/> need: names in ASCII without folders.
/// </summary>
public static class TarHeader
{
    /// <summary>Bytes of a header, and what files are filled up to.</summary>
    public const int Block = 512;

    /// <summary>The longest name.</summary>
    public const int MaxName = 100;

    private const int SizeAt = 124;
    private const int TimeAt = 136;
    private const int ChecksumAt = 148;

    /// <summary>True where a name fits.</summary>
    public static bool Fits(string name) => name.Length is > 0 and <= MaxName && Ascii.IsValid(name) && !name.Contains('/');

    /// <summary>Bytes that fill a file up.</summary>
    public static int PaddingOf(long bytes) => (int)((Block - bytes % Block) % Block);

    /// <summary>Writes a header.</summary>
    public static byte[] Of(string name, long bytes, DateTimeOffset modifiedAt)
    {
        byte[] header = new byte[Block];
        Encoding.ASCII.GetBytes(name, header);
        Octal(header.AsSpan(100, 8), Convert.ToInt64("644", 8));
        Octal(header.AsSpan(108, 8), 0);
        Octal(header.AsSpan(116, 8), 0);
        Octal(header.AsSpan(SizeAt, 12), bytes);
        Octal(header.AsSpan(TimeAt, 12), modifiedAt.ToUnixTimeSeconds());
        header.AsSpan(ChecksumAt, 8).Fill((byte)' ');
        header[156] = (byte)'0';
        "ustar\0"u8.CopyTo(header.AsSpan(257));
        "00"u8.CopyTo(header.AsSpan(263));
        Octal(header.AsSpan(ChecksumAt, 7), Sum(header));
        return header;
    }

    /// <summary>Reads a header; false where these bytes are none: the end of the archive, damage, or a kind of entry that is not a plain file.</summary>
    public static bool TryRead(ReadOnlySpan<byte> header, out string name, out long bytes)
    {
        (name, bytes) = ("", 0);
        if (header.Length < Block || header[156] is not ((byte)'0' or 0) || !TryOctal(header.Slice(ChecksumAt, 8), out long sum) || sum != Sum(header) || !TryOctal(header.Slice(SizeAt, 12), out bytes))
        {
            return false;
        }
        ReadOnlySpan<byte> text = header[..MaxName];
        int end = text.IndexOf((byte)0);
        name = Encoding.ASCII.GetString(end < 0 ? text : text[..end]);
        return name.Length > 0;
    }

    private static void Octal(Span<byte> field, long value) =>
        Encoding.ASCII.GetBytes(Convert.ToString(value, 8).PadLeft(field.Length - 1, '0'), field);

    private static bool TryOctal(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        ReadOnlySpan<byte> digits = field.Trim(" \0"u8);
        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                return false;
            }
            value = value * 8 + (digit - '0');
        }
        return digits.Length is > 0 and < 13;
    }

    /// <summary>The sum of all bytes, those of the checksum itself as spaces.</summary>
    private static long Sum(ReadOnlySpan<byte> header)
    {
        long sum = 8 * ' ';
        for (int i = 0; i < Block; i++)
        {
            sum += i is >= ChecksumAt and < ChecksumAt + 8 ? 0 : header[i];
        }
        return sum;
    }
}

using System.Buffers.Binary;

namespace OpenData.Server.Packaging.Inspection;

/// <summary>What the end of a zip file that came within a delivery says of its directory (APPNOTE 4.3.14 to 4.3.16).</summary>
/// <param name="Entries">How many entries it lists; as it is told, like all that follows.</param>
/// <param name="DirectoryBytes">How long it is.</param>
/// <param name="ListedAt">Where it begins, counted from where its writer began.</param>
/// <param name="DirectoryEnd">Where it ends in what is held.</param>
/// <param name="IsPart">True where the zip goes over several files.</param>
/// <param name="End">Where the zip ends in what is held, by its own word.</param>
internal readonly record struct NestedZipEnd(long Entries, long DirectoryBytes, long ListedAt, int DirectoryEnd, bool IsPart, long End)
{
    private const int Length = 22;
    private const int MaxComment = 65535;

    /// <summary>Finds it; null where there is none.</summary>
    /// <param name="zip">What is held of the file: all of it, or its end.</param>
    /// <param name="before">So many bytes of it are not held.</param>
    public static NestedZipEnd? Find(ReadOnlySpan<byte> zip, long before)
    {
        int from = Math.Max(0, zip.Length - Length - MaxComment);
        ReadOnlySpan<byte> tail = zip[from..];
        for (int at = tail.LastIndexOf("PK\u0005\u0006"u8); at >= 0; at = tail[..at].LastIndexOf("PK\u0005\u0006"u8))
        {
            if (at + Length <= tail.Length)
            {
                return Read(zip, from + at, before);
            }
        }
        return null;
    }

    /// <summary>True where a directory begins there.</summary>
    public static bool IsDirectory(ReadOnlySpan<byte> zip, long at) => at >= 0 && at <= zip.Length - 4 && zip[(int)at..].StartsWith("PK\u0001\u0002"u8);

    private static NestedZipEnd Read(ReadOnlySpan<byte> zip, int at, long before)
    {
        ReadOnlySpan<byte> end = zip[at..];
        NestedZipEnd told = new(
            BinaryPrimitives.ReadUInt16LittleEndian(end[10..]),
            BinaryPrimitives.ReadUInt32LittleEndian(end[12..]),
            BinaryPrimitives.ReadUInt32LittleEndian(end[16..]),
            at,
            BinaryPrimitives.ReadUInt16LittleEndian(end[4..]) is not (0 or 0xFFFF),
            at + Length + BinaryPrimitives.ReadUInt16LittleEndian(end[20..]));
        if (at < 20 || !zip[(at - 20)..].StartsWith("PK\u0006\u0007"u8))
        {
            return told;
        }
        long place = BinaryPrimitives.ReadInt64LittleEndian(zip[(at - 12)..]) - before;
        if (place < 0 || place > at - 20 - 56 || !zip[(int)place..].StartsWith("PK\u0006\u0006"u8))
        {
            return told;
        }
        ReadOnlySpan<byte> record = zip[(int)place..];
        return told with
        {
            Entries = BinaryPrimitives.ReadInt64LittleEndian(record[32..]),
            DirectoryBytes = Math.Max(0, BinaryPrimitives.ReadInt64LittleEndian(record[40..])),
            ListedAt = BinaryPrimitives.ReadInt64LittleEndian(record[48..]),
            DirectoryEnd = (int)place,
        };
    }
}

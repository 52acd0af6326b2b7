using System.Buffers.Binary;

namespace OpenData.Server.Packaging.Zip;

/// <summary>
/// The records of the zip format (PKWARE APPNOTE 6.3.10), written so that the same entries give the same bytes everywhere: every time is
/// 1980-01-01 00:00, every entry is a regular file of mode 0644 made by Unix, names are UTF-8 and say so where they are not ASCII.
/// <para>
/// Sizes and CRC stand in the local header wherever the entry was compressed in memory. Only an entry too large for that is streamed: deflate
/// with a data descriptor, and with stored deflate blocks where it does not compress. Method 0 with a descriptor would be smaller by 5 bytes
/// in 64 KiB, but a reader that goes front to back cannot find its end, and Java's <c>ZipInputStream</c> refuses it.
/// </para>
/// <para>Zip64 fields are written only for what does not fit without.</para>
/// </summary>
internal static class ZipRecords
{
    /// <summary>The most bytes of a local header besides the name.</summary>
    public const int MaxLocalHeader = 30 + 20;

    /// <summary>The most bytes of a central header besides the name.</summary>
    public const int MaxCentralHeader = 46 + 28;

    /// <summary>The most bytes of a data descriptor.</summary>
    public const int MaxDescriptor = 24;

    /// <summary>The most bytes of the records that end an archive.</summary>
    public const int MaxEnd = 56 + 20 + 22;

    private const uint Full32 = 0xFFFFFFFF;
    private const ushort Full16 = 0xFFFF;
    private const ushort Date19800101 = 1 << 5 | 1;
    private const uint RegularFile0644 = 0x81A40000;
    private const ushort MadeByUnix = 3 << 8;
    private const ushort Zip64Tag = 1;

    /// <summary>Below this, whatever deflate makes of an entry of that size stays under 4 GiB as well.</summary>
    private const long SureToFit32 = Full32 - 16 * 1024 * 1024;

    /// <summary>Bytes of the local header of an entry that was compressed in memory.</summary>
    public static int LocalHeaderLength(ReadOnlySpan<byte> name) => 30 + name.Length;

    /// <summary>Bytes of an entry in the archive: local header, data, descriptor.</summary>
    public static long Length(ReadOnlySpan<byte> name, in ZipEntry entry)
    {
        bool zip64 = LocalZip64(entry);
        return LocalHeaderLength(name) + (zip64 ? 20 : 0) + entry.Compressed + (!entry.Streamed ? 0 : zip64 ? 24 : 16);
    }

    /// <summary>Writes a local header (4.3.7) with its name.</summary>
    public static int WriteLocalHeader(Span<byte> to, ReadOnlySpan<byte> name, in ZipEntry entry)
    {
        bool zip64 = LocalZip64(entry);
        BinaryPrimitives.WriteUInt32LittleEndian(to, 0x04034B50);
        WriteCommon(to[4..], name, entry, zip64, entry.Streamed ? default : entry);
        if (entry.Streamed && zip64)
        {
            to.Slice(18, 8).Fill(0xFF);
        }
        BinaryPrimitives.WriteUInt16LittleEndian(to[28..], (ushort)(zip64 ? 20 : 0));
        name.CopyTo(to[30..]);
        int at = 30 + name.Length;
        if (zip64)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(to[at..], Zip64Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(to[(at + 2)..], 16);
            BinaryPrimitives.WriteInt64LittleEndian(to[(at + 4)..], entry.Streamed ? 0 : entry.Size);
            BinaryPrimitives.WriteInt64LittleEndian(to[(at + 12)..], entry.Streamed ? 0 : entry.Compressed);
            at += 20;
        }
        return at;
    }

    /// <summary>Writes the data descriptor of a streamed entry (4.3.9), with its usual signature.</summary>
    public static int WriteDescriptor(Span<byte> to, in ZipEntry entry)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to, 0x08074B50);
        BinaryPrimitives.WriteUInt32LittleEndian(to[4..], entry.Crc32);
        if (LocalZip64(entry))
        {
            BinaryPrimitives.WriteInt64LittleEndian(to[8..], entry.Compressed);
            BinaryPrimitives.WriteInt64LittleEndian(to[16..], entry.Size);
            return 24;
        }
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], (uint)entry.Compressed);
        BinaryPrimitives.WriteUInt32LittleEndian(to[12..], (uint)entry.Size);
        return 16;
    }

    /// <summary>Writes a central directory header (4.3.12) with its name.</summary>
    /// <param name="to">Room for it.</param>
    /// <param name="name">Name in UTF-8.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="offset">Where its local header begins.</param>
    public static int WriteCentralHeader(Span<byte> to, ReadOnlySpan<byte> name, in ZipEntry entry, long offset)
    {
        bool bigSize = entry.Size >= Full32;
        bool bigCompressed = entry.Compressed >= Full32;
        bool bigOffset = offset >= Full32;
        int fields = (bigSize ? 8 : 0) + (bigCompressed ? 8 : 0) + (bigOffset ? 8 : 0);
        bool zip64 = fields > 0 || LocalZip64(entry);
        BinaryPrimitives.WriteUInt32LittleEndian(to, 0x02014B50);
        BinaryPrimitives.WriteUInt16LittleEndian(to[4..], (ushort)(MadeByUnix | VersionNeeded(zip64)));
        WriteCommon(to[6..], name, entry, zip64, entry);
        BinaryPrimitives.WriteUInt16LittleEndian(to[30..], (ushort)(fields > 0 ? fields + 4 : 0));
        to.Slice(32, 6).Clear(); // no comment, first disk, no internal attributes
        BinaryPrimitives.WriteUInt32LittleEndian(to[38..], RegularFile0644);
        BinaryPrimitives.WriteUInt32LittleEndian(to[42..], bigOffset ? Full32 : (uint)offset);
        name.CopyTo(to[46..]);
        int at = 46 + name.Length;
        if (fields > 0)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(to[at..], Zip64Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(to[(at + 2)..], (ushort)fields);
            at += 4;
            at += bigSize ? WriteLong(to[at..], entry.Size) : 0;
            at += bigCompressed ? WriteLong(to[at..], entry.Compressed) : 0;
            at += bigOffset ? WriteLong(to[at..], offset) : 0;
        }
        return at;
    }

    /// <summary>Writes the end of the central directory (4.3.16), with the zip64 records (4.3.14, 4.3.15) where the figures need them.</summary>
    /// <param name="to">Room for <see cref="MaxEnd"/> bytes.</param>
    /// <param name="entries">Entries in the directory.</param>
    /// <param name="offset">Where the directory begins.</param>
    /// <param name="length">Its bytes.</param>
    public static int WriteEnd(Span<byte> to, long entries, long offset, long length)
    {
        int at = 0;
        if (entries >= Full16 || offset >= Full32 || length >= Full32)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(to, 0x06064B50);
            BinaryPrimitives.WriteInt64LittleEndian(to[4..], 44);
            BinaryPrimitives.WriteUInt16LittleEndian(to[12..], MadeByUnix | 45);
            BinaryPrimitives.WriteUInt16LittleEndian(to[14..], 45);
            to.Slice(16, 8).Clear();
            BinaryPrimitives.WriteInt64LittleEndian(to[24..], entries);
            BinaryPrimitives.WriteInt64LittleEndian(to[32..], entries);
            BinaryPrimitives.WriteInt64LittleEndian(to[40..], length);
            BinaryPrimitives.WriteInt64LittleEndian(to[48..], offset);
            BinaryPrimitives.WriteUInt32LittleEndian(to[56..], 0x07064B50);
            BinaryPrimitives.WriteUInt32LittleEndian(to[60..], 0);
            BinaryPrimitives.WriteInt64LittleEndian(to[64..], offset + length);
            BinaryPrimitives.WriteUInt32LittleEndian(to[72..], 1);
            at = 76;
        }
        BinaryPrimitives.WriteUInt32LittleEndian(to[at..], 0x06054B50);
        to.Slice(at + 4, 4).Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(to[(at + 8)..], (ushort)Math.Min(entries, Full16));
        BinaryPrimitives.WriteUInt16LittleEndian(to[(at + 10)..], (ushort)Math.Min(entries, Full16));
        BinaryPrimitives.WriteUInt32LittleEndian(to[(at + 12)..], (uint)Math.Min(length, Full32));
        BinaryPrimitives.WriteUInt32LittleEndian(to[(at + 16)..], (uint)Math.Min(offset, Full32));
        BinaryPrimitives.WriteUInt16LittleEndian(to[(at + 20)..], 0);
        return at + 22;
    }

    // What local and central header have in common: from "version needed" to "name length".
    private static void WriteCommon(Span<byte> to, ReadOnlySpan<byte> name, in ZipEntry entry, bool zip64, in ZipEntry known)
    {
        bool utf8 = name.IndexOfAnyExceptInRange((byte)0, (byte)0x7F) >= 0;
        BinaryPrimitives.WriteUInt16LittleEndian(to, VersionNeeded(zip64));
        BinaryPrimitives.WriteUInt16LittleEndian(to[2..], (ushort)((entry.Streamed ? 1 << 3 : 0) | (utf8 ? 1 << 11 : 0)));
        BinaryPrimitives.WriteUInt16LittleEndian(to[4..], (ushort)(entry.Stored ? 0 : 8));
        BinaryPrimitives.WriteUInt16LittleEndian(to[6..], 0);
        BinaryPrimitives.WriteUInt16LittleEndian(to[8..], Date19800101);
        BinaryPrimitives.WriteUInt32LittleEndian(to[10..], known.Crc32);
        BinaryPrimitives.WriteUInt32LittleEndian(to[14..], (uint)Math.Min(known.Compressed, Full32));
        BinaryPrimitives.WriteUInt32LittleEndian(to[18..], (uint)Math.Min(known.Size, Full32));
        BinaryPrimitives.WriteUInt16LittleEndian(to[22..], (ushort)name.Length);
    }

    // A streamed entry must say before its data how wide its descriptor will be: by its size, which was listed.
    private static bool LocalZip64(in ZipEntry entry) => entry.Streamed ? entry.Size > SureToFit32 : entry.Size >= Full32 || entry.Compressed >= Full32;

    private static ushort VersionNeeded(bool zip64) => (ushort)(zip64 ? 45 : 20);

    private static int WriteLong(Span<byte> to, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, value);
        return 8;
    }
}

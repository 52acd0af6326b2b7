using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace OpenData.Server.Packaging.Inspection;

/// <summary>What the directory of a zip file that came within a delivery says of an entry (APPNOTE 4.3.12).</summary>
/// <param name="Name">Its name, by whatever code page.</param>
/// <param name="Method">How it is compressed: 0 not at all, 8 deflate.</param>
/// <param name="IsEncrypted">True where it is encrypted.</param>
/// <param name="IsLink">True for a symbolic link or a device, where Unix wrote it.</param>
/// <param name="Crc32">The checksum of its content.</param>
/// <param name="Packed">Its size in the file, in bytes; as it is told, so it may be negative.</param>
/// <param name="Unpacked">Its size unpacked, likewise.</param>
/// <param name="At">Where it begins, likewise, counted from where its writer began.</param>
internal readonly record struct NestedEntry(string Name, int Method, bool IsEncrypted, bool IsLink, uint Crc32, long Packed, long Unpacked, long At)
{
    // What APPNOTE D.1 says names are in where nothing says UTF-8. Often they are in something else; every byte is a character of it.
    private static readonly Encoding Ibm437 = CodePagesEncodingProvider.Instance.GetEncoding(437)!;

    /// <summary>Reads one.</summary>
    /// <param name="record">The whole record.</param>
    /// <param name="nameLength">The length of its name, in bytes.</param>
    /// <param name="extraLength">The length of its extra fields.</param>
    public static NestedEntry Read(ReadOnlySpan<byte> record, int nameLength, int extraLength)
    {
        int flags = BinaryPrimitives.ReadUInt16LittleEndian(record[8..]);
        long packed = BinaryPrimitives.ReadUInt32LittleEndian(record[20..]);
        long unpacked = BinaryPrimitives.ReadUInt32LittleEndian(record[24..]);
        long at = BinaryPrimitives.ReadUInt32LittleEndian(record[42..]);
        ReadZip64(record.Slice(46 + nameLength, extraLength), ref unpacked, ref packed, ref at);
        uint unixType = record[5] == 3 ? BinaryPrimitives.ReadUInt32LittleEndian(record[38..]) >> 28 : 0;
        ReadOnlySpan<byte> name = record.Slice(46, nameLength);
        return new NestedEntry(
            ((flags & 1 << 11) != 0 || Utf8.IsValid(name) ? Encoding.UTF8 : Ibm437).GetString(name),
            BinaryPrimitives.ReadUInt16LittleEndian(record[10..]),
            (flags & 1) != 0,
            unixType is not (0 or 4 or 8),
            BinaryPrimitives.ReadUInt32LittleEndian(record[16..]),
            packed,
            unpacked,
            at);
    }

    private static void ReadZip64(ReadOnlySpan<byte> extra, ref long unpacked, ref long packed, ref long at)
    {
        while (extra.Length >= 4)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (size > extra.Length - 4)
            {
                return;
            }
            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == 1)
            {
                ReadOnlySpan<byte> fields = extra.Slice(4, size);
                Take(ref fields, ref unpacked);
                Take(ref fields, ref packed);
                Take(ref fields, ref at);
                return;
            }
            extra = extra[(4 + size)..];
        }
    }

    private static void Take(ref ReadOnlySpan<byte> fields, ref long value)
    {
        if (value == 0xFFFFFFFF && fields.Length >= 8)
        {
            value = BinaryPrimitives.ReadInt64LittleEndian(fields);
            fields = fields[8..];
        }
    }
}

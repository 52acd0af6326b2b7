using System.Buffers.Binary;
using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Drawings;

/// <summary>Puts strips of <see cref="GroupFour"/> together to a little-endian TIFF 6.0 file with one page.</summary>
internal static class TiffImage
{
    private const ushort Short = 3;
    private const ushort Long = 4;
    private const ushort Rational = 5;
    private const int Entries = 13;

    public static void Write(Utf8Text to, int width, IReadOnlyList<byte[]> strips)
    {
        int directory = 8;
        int resolution = directory + 2 + Entries * 12 + 4;
        int offsets = resolution + 8;
        int counts = offsets + strips.Count * 4;
        int data = counts + strips.Count * 4;
        byte[] head = new byte[data];
        "II*\0"u8.CopyTo(head);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(4), directory);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(directory), Entries);
        int at = directory + 2;
        Entry(254, Long, 1, 0);                                                       // NewSubfileType
        Entry(256, Long, 1, width);                                                   // ImageWidth
        Entry(257, Long, 1, strips.Count * 8);                                        // ImageLength
        Entry(258, Short, 1, 1);                                                      // BitsPerSample
        Entry(259, Short, 1, 4);                                                      // Compression: T.6
        Entry(262, Short, 1, 0);                                                      // PhotometricInterpretation: white is zero
        Entry(273, Long, strips.Count, strips.Count == 1 ? data : offsets);           // StripOffsets
        Entry(277, Short, 1, 1);                                                      // SamplesPerPixel
        Entry(278, Long, 1, 8);                                                       // RowsPerStrip
        Entry(279, Long, strips.Count, strips.Count == 1 ? strips[0].Length : counts); // StripByteCounts
        Entry(282, Rational, 1, resolution);                                          // XResolution
        Entry(283, Rational, 1, resolution);                                          // YResolution
        Entry(296, Short, 1, 2);                                                      // ResolutionUnit: inch
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(resolution), 100);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(resolution + 4), 1);
        int next = data;
        for (int strip = 0; strip < strips.Count; strip++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(offsets + strip * 4), next);
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(counts + strip * 4), strips[strip].Length);
            next += strips[strip].Length;
        }
        to.Raw(head);
        foreach (byte[] strip in strips)
        {
            to.Raw(strip);
        }

        void Entry(ushort tag, ushort type, int count, int value)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(at), tag);
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(at + 2), type);
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(at + 4), count);
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(at + 8), value);
            at += 12;
        }
    }
}

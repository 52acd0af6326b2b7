using System.Buffers.Binary;

namespace OpenData.Server.Packaging.Deflate;

/// <summary>Deflate's stored blocks (RFC 1951, 3.2.4), for bytes that do not compress inside a stream that has begun.</summary>
internal static class StoredBlocks
{
    private const int MaxLength = 65535;
    private const int HeaderLength = 5;

    /// <summary>The last block of a stream whose other blocks end on a byte: empty, with fixed codes (RFC 1951, 3.2.6).</summary>
    public static ReadOnlySpan<byte> End => [0x03, 0x00];

    /// <summary>Bytes of headers for so many bytes.</summary>
    public static int Overhead(int bytes) => HeaderLength * ((bytes + MaxLength - 1) / MaxLength);

    /// <summary>Writes blocks that are not the last of their stream; what came before must end on a byte.</summary>
    public static int Write(ReadOnlySpan<byte> input, Span<byte> output)
    {
        int at = 0;
        while (!input.IsEmpty)
        {
            ReadOnlySpan<byte> part = input[..Math.Min(input.Length, MaxLength)];
            output[at] = 0;
            BinaryPrimitives.WriteUInt16LittleEndian(output[(at + 1)..], (ushort)part.Length);
            BinaryPrimitives.WriteUInt16LittleEndian(output[(at + 3)..], (ushort)~part.Length);
            part.CopyTo(output[(at + HeaderLength)..]);
            at += HeaderLength + part.Length;
            input = input[part.Length..];
        }
        return at;
    }
}

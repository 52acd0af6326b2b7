using System.Buffers;
using System.Security.Cryptography;

namespace OpenData.Server.Storage;

/// <summary>Collects the bytes of one part in pooled memory that grows as they come: a manifest takes kilobytes, not a whole part.</summary>
internal sealed class PartBuffer(int capacity) : IDisposable
{
    private const int Smallest = 64 << 10;

    private byte[] bytes = ArrayPool<byte>.Shared.Rent(Math.Min(capacity, Smallest));

    public int Length { get; private set; }

    public bool IsFull => Length == capacity;

    /// <summary>Takes as much of the data as has room, and tells how much.</summary>
    public int Append(ReadOnlySpan<byte> data)
    {
        int taken = Math.Min(data.Length, capacity - Length);
        if (Length + taken > bytes.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(capacity, Math.Max(2L * bytes.Length, Length + taken)));
            bytes.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(bytes);
            bytes = larger;
        }
        data[..taken].CopyTo(bytes.AsSpan(Length));
        Length += taken;
        return taken;
    }

#pragma warning disable CA5351 // MD5 is what S3's Content-MD5 and ETag are made of; it guards against accidents, not against attackers.
    public byte[] Md5() => MD5.HashData(bytes.AsSpan(0, Length));
#pragma warning restore CA5351

    public MemoryStream OpenRead() => new(bytes, 0, Length, writable: false);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(bytes);
        bytes = [];
        Length = 0;
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using OpenData.Format;

namespace OpenData.Server.Packaging;

/// <summary>
/// SHA-256 over the names, sizes and digests of all entries in order: for each the name in UTF-8, a zero byte, the size in eight bytes
/// (little endian) and the 32 bytes of the SHA-256. It does not depend on volumes, engine or level.
/// </summary>
internal sealed class DeliveryDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _used;

    /// <summary>Takes the next entry.</summary>
    public void Append(ReadOnlySpan<byte> name, long size, ReadOnlySpan<byte> sha256)
    {
        if (_buffer.Length - _used < name.Length + 1 + sizeof(long) + Sha256Digest.Size)
        {
            Flush();
        }
        Span<byte> to = _buffer.AsSpan(_used);
        name.CopyTo(to);
        to[name.Length] = 0;
        BinaryPrimitives.WriteInt64LittleEndian(to[(name.Length + 1)..], size);
        sha256.CopyTo(to[(name.Length + 9)..]);
        _used += name.Length + 9 + sha256.Length;
    }

    /// <summary>The digest. Call once, at the end.</summary>
    public Sha256Digest Finish()
    {
        Flush();
        return Sha256Digest.FinishAndReset(_hash);
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Flush()
    {
        _hash.AppendData(_buffer, 0, _used);
        _used = 0;
    }
}

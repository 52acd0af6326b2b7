using OpenData.Format;
using OpenData.Server.Storage;

namespace OpenData.Server.Gateway.Content;

/// <summary>A stored file and what its bytes must be.</summary>
/// <param name="Key">Where it is stored.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its digest.</param>
/// <param name="Blocks">XXH128 of each block of <see cref="PackagedArchive.BlockLength"/> bytes, 16 bytes each; empty where only the digest is known.</param>
public sealed record StoredContent(BlobKey Key, long Bytes, Sha256Digest Sha256, ReadOnlyMemory<byte> Blocks);

/// <summary>Stored bytes are not what was published. No byte of the damaged block may count as good.</summary>
/// <param name="key">Which file.</param>
/// <param name="what">What differs.</param>
public sealed class CorruptContentException(BlobKey key, string what) : IOException($"The stored file {key} is damaged: {what}")
{
    /// <summary>Which file.</summary>
    public BlobKey Key { get; } = key;
}

using System.Buffers;
using System.IO.Hashing;
using System.Security.Cryptography;
using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Storage;

namespace OpenData.Server.Releases;

/// <summary>
/// What stands between packaging and publishing: every stored file is read back from the store and compared with what was written. Archives
/// by the XXH128 of their blocks (memory speed, and it says where), other files by SHA-256.
/// </summary>
public sealed class PublishBarrier(BlobStore store)
{
    private const int HashBytes = 16;

    /// <summary>Passes when every byte is as it was written.</summary>
    /// <exception cref="BarrierFailedException">Names the first file that is not, and where. Nothing must be published.</exception>
    public async Task PassAsync(Package package, CancellationToken stop)
    {
        Dictionary<string, PackagedArchive> archives = package.Archives.ToDictionary(archive => archive.Manifest.Name, StringComparer.Ordinal);
        foreach (StoredFile file in package.Files)
        {
            BlobKey key = BlobKey.Of(package.Release, file.Name);
            if (!archives.Remove(file.Name, out PackagedArchive? archive))
            {
                await CheckFileAsync(key, file, stop);
            }
            else if (archive.Manifest.Bytes == file.Bytes && archive.Manifest.Sha256 == file.Sha256)
            {
                await CheckArchiveAsync(key, archive, stop);
            }
            else
            {
                throw new BarrierFailedException(key, null, "the package says two different things of it");
            }
        }
        if (archives.Count > 0)
        {
            throw new BarrierFailedException(BlobKey.Of(package.Release, archives.Keys.First()), null, "it is not among the package's stored files");
        }
    }

    /// <summary>Compares a stored archive with its blocks.</summary>
    /// <exception cref="BarrierFailedException">It differs; says where.</exception>
    public async Task CheckArchiveAsync(BlobKey key, PackagedArchive archive, CancellationToken stop)
    {
        long bytes = archive.Manifest.Bytes;
        if (archive.Blocks.Length != HashBytes * Pieces.Count(bytes, PackagedArchive.BlockLength))
        {
            throw new BarrierFailedException(key, null, $"{archive.Blocks.Length / HashBytes} block checksums do not fit {bytes} bytes");
        }
        byte[] block = ArrayPool<byte>.Shared.Rent(PackagedArchive.BlockLength);
        byte[] hash = new byte[HashBytes];
        try
        {
            await using BlobReader reader = await OpenAsync(key, bytes, stop);
            await using Stream content = await reader.ReadAsync(0, bytes, stop);
            for (long offset = 0; offset < bytes; offset += PackagedArchive.BlockLength)
            {
                Memory<byte> part = block.AsMemory(0, (int)Math.Min(PackagedArchive.BlockLength, bytes - offset));
                int read = await content.ReadAtLeastAsync(part, part.Length, throwOnEndOfStream: false, stop);
                XxHash128.Hash(part.Span[..read], hash);
                if (!archive.Blocks.AsSpan((int)(offset / PackagedArchive.BlockLength) * HashBytes, HashBytes).SequenceEqual(hash))
                {
                    throw new BarrierFailedException(key, offset, $"the {part.Length} bytes from byte {offset} are not the ones that were written");
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>Compares a stored file with its digest.</summary>
    /// <exception cref="BarrierFailedException">It differs.</exception>
    public async Task CheckFileAsync(BlobKey key, StoredFile file, CancellationToken stop)
    {
        await using BlobReader reader = await OpenAsync(key, file.Bytes, stop);
        await using Stream content = await reader.ReadAsync(0, file.Bytes, stop);
        Sha256Digest digest = new(await SHA256.HashDataAsync(content, stop));
        if (digest != file.Sha256)
        {
            throw new BarrierFailedException(key, null, $"its SHA-256 is {digest}, not {file.Sha256} as written");
        }
    }

    /// <summary>The check of one block.</summary>
    internal static byte[] Check(ReadOnlySpan<byte> block) => XxHash128.Hash(block);

    private async Task<BlobReader> OpenAsync(BlobKey key, long bytes, CancellationToken stop)
    {
        BlobReader reader = await store.OpenAsync(key, stop) ?? throw new BarrierFailedException(key, null, "it is not there");
        if (reader.Bytes == bytes)
        {
            return reader;
        }
        long stored = reader.Bytes;
        await reader.DisposeAsync();
        throw new BarrierFailedException(key, Math.Min(stored, bytes), $"it has {stored} bytes, not {bytes} as written");
    }
}

/// <summary>What the store gives back is not what was written. Nothing became visible; the run may be repeated.</summary>
/// <param name="key">Which blob.</param>
/// <param name="offset">From which byte on, where known.</param>
/// <param name="why">What differs.</param>
public sealed class BarrierFailedException(BlobKey key, long? offset, string why)
    : IOException($"The stored file '{key}' is not what was written: {why}. Nothing was published.")
{
    /// <summary>Which blob.</summary>
    public BlobKey Key { get; } = key;

    /// <summary>From which byte on, where known.</summary>
    public long? Offset { get; } = offset;
}

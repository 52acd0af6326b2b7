using System.Buffers;
using System.Globalization;
using System.IO.Hashing;
using System.Security.Cryptography;
using OpenData.Format;
using OpenData.Server.Storage;

namespace OpenData.Server.Releases.Scrubbing;

/// <summary>
/// Reads a stored file to its end and compares it with what was published: an archive by the XXH128 of its blocks of 1 MiB, which is fast and
/// names the block, and where that differs by the SHA-256 of the piece of 4 MiB around it, read once more, which decides; a small file by its SHA-256.
/// </summary>
public sealed class StoredFileCheck(BlobStore store, ReleaseQueries releases) : IDisposable
{
    private const int BlockLength = PackagedArchive.BlockLength;
    private const int ChecksumLength = 16;

    /// <summary>What is asked of a store that is not a local folder with one request.</summary>
    private const int Window = 8 * BlockLength;

    private readonly BackgroundReads _reads = new();

    /// <summary>Reads a file.</summary>
    /// <param name="file">Which.</param>
    /// <param name="position">Where to begin, a multiple of a block: 0, or where an earlier pass stopped. Small files are always read whole.</param>
    /// <param name="throttle">Asked before each block.</param>
    /// <param name="onBlock">Told after each block where the next one begins, and whether this one is good; false stops the pass there.</param>
    /// <param name="stop">Cancels.</param>
    /// <exception cref="IOException">The store cannot be used just now: nothing is known of the file.</exception>
    public async Task<FileVerdict> RunAsync(ScrubbedFile file, long position, ScrubThrottle throttle, Func<CheckedBlock, Task<bool>> onBlock, CancellationToken stop)
    {
        await using BlobReader? reader = await store.OpenAsync(file.Key, stop);
        if (reader is null)
        {
            return new FileVerdict(ScrubResult.Missing, $"there is no {file.Key} in {store.Place}");
        }
        if (reader.Bytes != file.Bytes)
        {
            return new FileVerdict(
                ScrubResult.Damaged,
                string.Create(CultureInfo.InvariantCulture, $"it has {reader.Bytes} bytes instead of {file.Bytes}"),
                Math.Min(reader.Bytes, file.Bytes));
        }
        Source source = new(reader, file.Bytes, _reads, throttle);
        await using (source)
        {
            return file.Archive && await releases.ArchiveAsync(file.Release, file.Name, stop) is { } archive
                ? await CheckArchiveAsync(archive, source, position, onBlock, stop)
                : await CheckWholeAsync(file, source, stop);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reads.Dispose();

    private static async Task<FileVerdict> CheckArchiveAsync(
        PackagedArchive archive, Source source, long position, Func<CheckedBlock, Task<bool>> onBlock, CancellationToken stop)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BlockLength);
        try
        {
            byte[]? mended = null;
            FileVerdict verdict = new(ScrubResult.Good);
            for (long offset = position; offset < archive.Manifest.Bytes; offset += BlockLength)
            {
                Memory<byte> block = buffer.AsMemory(0, (int)Math.Min(BlockLength, archive.Manifest.Bytes - offset));
                string? fault = await source.ReadAsync(offset, block, stop);
                bool good = fault is null && IsAsPackaged(archive, archive.Blocks, offset, block.Span);
                if (!good)
                {
                    fault = await JudgeAsync(archive, source, offset, buffer, stop);
                    good = fault is null;
                    if (good && !IsAsPackaged(archive, mended ?? archive.Blocks, offset, block.Span))
                    {
                        mended ??= Sized(archive);
                        XxHash128.Hash(block.Span, mended.AsSpan(ChecksumAt(offset), ChecksumLength));
                    }
                }
                if (!good)
                {
                    verdict = verdict.IsGood ? new FileVerdict(ScrubResult.Damaged, fault, offset, 1) : verdict with { BadBlocks = verdict.BadBlocks + 1 };
                }
                if (!await onBlock(new CheckedBlock(offset, offset + block.Length, good ? null : fault)))
                {
                    return verdict with { Stopped = true, Mended = mended };
                }
            }
            return verdict with { Mended = mended };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// A block does not fit its checksum: the piece around it is read again and its SHA-256 decides. Where that is right, the block is left in
    /// the buffer as it was read now: the read before it failed, or the checksum is wrong.
    /// </summary>
    /// <returns>What is wrong, or null.</returns>
    private static async Task<string?> JudgeAsync(PackagedArchive archive, Source source, long block, byte[] buffer, CancellationToken stop)
    {
        ArchiveManifest manifest = archive.Manifest;
        int number = (int)(block / manifest.PieceLength);
        long start = (long)number * manifest.PieceLength;
        byte[] piece = ArrayPool<byte>.Shared.Rent((int)Math.Min(manifest.PieceLength, manifest.Bytes - start));
        try
        {
            Memory<byte> bytes = piece.AsMemory(0, (int)Math.Min(manifest.PieceLength, manifest.Bytes - start));
            if (await source.ReadAsync(start, bytes, stop) is { } fault)
            {
                return fault;
            }
            if (Sha256Digest.Of(bytes.Span) != manifest.Pieces[number])
            {
                return string.Create(
                    CultureInfo.InvariantCulture, $"the block of 1 MiB at byte {block} is not what was published (piece {number}, from byte {start}, has another SHA-256)");
            }
            int length = (int)Math.Min(BlockLength, manifest.Bytes - block);
            bytes.Slice((int)(block - start), length).CopyTo(buffer);
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private static async Task<FileVerdict> CheckWholeAsync(ScrubbedFile file, Source source, CancellationToken stop)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BlockLength);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            // Twice before it is called damaged: the fault may have been in the reading.
            for (int attempt = 1; ; attempt++)
            {
                string? fault = null;
                for (long offset = 0; offset < file.Bytes && fault is null; offset += BlockLength)
                {
                    Memory<byte> block = buffer.AsMemory(0, (int)Math.Min(BlockLength, file.Bytes - offset));
                    fault = await source.ReadAsync(offset, block, stop);
                    hash.AppendData(block.Span);
                }
                Sha256Digest found = Sha256Digest.FinishAndReset(hash);
                if (fault is null && found == file.Sha256)
                {
                    return new FileVerdict(ScrubResult.Good);
                }
                if (attempt == 2)
                {
                    return new FileVerdict(ScrubResult.Damaged, fault ?? $"its SHA-256 is {found} instead of {file.Sha256}", 0, 1);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsAsPackaged(PackagedArchive archive, byte[] checksums, long offset, ReadOnlySpan<byte> block)
    {
        if (checksums.Length != ChecksumLength * Pieces.Count(archive.Manifest.Bytes, BlockLength))
        {
            return false;
        }
        Span<byte> found = stackalloc byte[ChecksumLength];
        XxHash128.Hash(block, found);
        return found.SequenceEqual(checksums.AsSpan(ChecksumAt(offset), ChecksumLength));
    }

    private static int ChecksumAt(long offset) => (int)(offset / BlockLength) * ChecksumLength;

    /// <summary>A copy of the checksums that has room for all blocks.</summary>
    private static byte[] Sized(PackagedArchive archive)
    {
        byte[] checksums = archive.Blocks;
        Array.Resize(ref checksums, ChecksumLength * Pieces.Count(archive.Manifest.Bytes, BlockLength));
        return ReferenceEquals(checksums, archive.Blocks) ? [.. checksums] : checksums;
    }

    /// <summary>The bytes of the file: of a local one straight from its device, of another through a stream that is opened again now and then.</summary>
    private sealed class Source(BlobReader reader, long bytes, BackgroundReads reads, ScrubThrottle throttle) : IAsyncDisposable
    {
        private Stream? _window;
        private long _position;

        /// <returns>Why these bytes cannot be had although the store answers, or null.</returns>
        /// <exception cref="IOException">The store does not answer.</exception>
        public async Task<string?> ReadAsync(long offset, Memory<byte> target, CancellationToken stop)
        {
            await throttle.TakeAsync(target.Length, stop);
            return reader.File is null ? await FromStoreAsync(offset, target, stop) : await FromDeviceAsync(offset, target);
        }

        public async ValueTask DisposeAsync()
        {
            if (_window is not null)
            {
                await _window.DisposeAsync();
            }
        }

        private async Task<string?> FromDeviceAsync(long offset, Memory<byte> target)
        {
            try
            {
                int read = await reads.ReadAsync(reader.File!, target, offset);
                return read == target.Length ? null : string.Create(CultureInfo.InvariantCulture, $"it ends at byte {offset + read} instead of {bytes}");
            }
            catch (IOException e)
            {
                return string.Create(CultureInfo.InvariantCulture, $"the {target.Length} bytes at {offset} cannot be read: {e.Message}");
            }
        }

        private async Task<string?> FromStoreAsync(long offset, Memory<byte> target, CancellationToken stop)
        {
            if (_window is null || _position != offset || _window.Position + target.Length > _window.Length)
            {
                await DisposeAsync();
                _window = null;
                _window = await reader.ReadAsync(offset, Math.Min(Math.Max(Window, target.Length), bytes - offset), stop);
                _position = offset;
            }
            await _window.ReadExactlyAsync(target, stop);
            _position += target.Length;
            return null;
        }
    }
}

/// <summary>A block that was compared.</summary>
/// <param name="Offset">Where it begins.</param>
/// <param name="Next">Where the next one begins.</param>
/// <param name="Fault">What is wrong with it, or null.</param>
public readonly record struct CheckedBlock(long Offset, long Next, string? Fault);

/// <summary>What reading a file has shown.</summary>
/// <param name="Result"><see cref="ScrubResult.Good"/>, <see cref="ScrubResult.Damaged"/> or <see cref="ScrubResult.Missing"/>.</param>
/// <param name="Reason">What is wrong, in words.</param>
/// <param name="FirstBad">From which byte on, where known.</param>
/// <param name="BadBlocks">Blocks that differ among those that were read now.</param>
/// <param name="Mended">The checksums of the archive's blocks where those on record are wrong although the file is right, else null.</param>
/// <param name="Stopped">True where the pass was stopped before the end: so far so good, or bad.</param>
public sealed record FileVerdict(ScrubResult Result, string? Reason = null, long? FirstBad = null, long BadBlocks = 0, byte[]? Mended = null, bool Stopped = false)
{
    /// <summary>True where nothing wrong was seen.</summary>
    public bool IsGood => Result is ScrubResult.Good;
}

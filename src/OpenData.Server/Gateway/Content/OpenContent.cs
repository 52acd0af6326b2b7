using System.Buffers;
using System.IO.Hashing;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using OpenData.Format;
using OpenData.Server.Gateway.Http;
using OpenData.Server.Storage;

namespace OpenData.Server.Gateway.Content;

/// <summary>A stored file that is open: one handle, and one memory of what was checked, for all who read it.</summary>
public sealed class OpenContent
{
    private const int BlocksInChunk = ChunkCache.ChunkLength / BlockChecks.BlockLength;

    private readonly StoredContent _stored;
    private readonly BlobReader _reader;
    private readonly Action<CorruptContentException> _onCorrupt;
    private readonly Residency _residency;
    private readonly Lock _lock = new();
    private Task? _wholeCheck;

    /// <param name="stored">What its bytes must be.</param>
    /// <param name="reader">Where they are.</param>
    /// <param name="recheck">For how long a check counts.</param>
    /// <param name="time">The clock of that.</param>
    /// <param name="onCorrupt">Told of every wrong byte.</param>
    internal OpenContent(StoredContent stored, BlobReader reader, TimeSpan recheck, TimeProvider time, Action<CorruptContentException> onCorrupt)
    {
        _stored = stored;
        _reader = reader;
        _onCorrupt = onCorrupt;
        Checks = new BlockChecks(stored, recheck, time);
        _residency = new Residency(stored.Bytes, time);
        if (reader.Bytes != stored.Bytes)
        {
            throw Corrupt(new CorruptContentException(stored.Key, $"it has {reader.Bytes} bytes instead of {stored.Bytes}"));
        }
    }

    /// <summary>Its size.</summary>
    public long Bytes => _stored.Bytes;

    internal SafeFileHandle? File => _reader.File;

    internal BlockChecks Checks { get; }

    /// <summary>Opens a range for one response.</summary>
    /// <exception cref="CorruptContentException">The file is not what was published.</exception>
    public async Task<ContentSource> ReadAsync(ByteRange range, CancellationToken stop)
    {
        if (!Checks.ByBlock)
        {
            await CheckWholeAsync(stop);
        }
        return File is not null
            ? new FileContentSource(this, range)
            : new StreamContentSource(await StreamAsync(range, stop));
    }

    /// <summary>Opens a range as a stream, checked all the same.</summary>
    /// <exception cref="CorruptContentException">The file is not what was published; also while reading.</exception>
    public async Task<Stream> StreamAsync(ByteRange range, CancellationToken stop)
    {
        if (!Checks.ByBlock)
        {
            await CheckWholeAsync(stop);
            return await _reader.ReadAsync(range.Offset, range.Length, stop);
        }
        if (range.Length == 0)
        {
            return Stream.Null;
        }
        if (_reader is CachedBlob && range.Length <= ChunkCache.ChunkLength)
        {
            await HaveBlocksAsync(range.Offset, (int)range.Length);
            return new FileRange(_stored.Key, File!, range.Offset, range.Length);
        }
        return await CheckedStoreStream.OpenAsync(this, _reader, range, stop);
    }

    internal ValueTask CloseAsync() => _reader.DisposeAsync();

    /// <summary>
    /// Has bytes of a local file checked and in memory, so that they can be sent without waiting. At once where they are; otherwise they are
    /// fetched on a pool thread.
    /// </summary>
    /// <exception cref="CorruptContentException">They are not what was published.</exception>
    internal ValueTask HaveAtHandAsync(long offset, int length, CancellationToken stop) =>
        AreChecked(offset, length) && _residency.Holds(File!, offset, length)
            ? ValueTask.CompletedTask
            : FetchAsync(offset, length, stop);

    /// <summary>Reads bytes of a local file, waiting for the disk.</summary>
    internal void ReadWaiting(Span<byte> target, long position)
    {
        for (int read; !target.IsEmpty; target = target[read..], position += read)
        {
            read = RandomAccess.Read(File!, target, position);
            if (read == 0)
            {
                throw TooShort(position);
            }
        }
    }

    private bool AreChecked(long offset, int length)
    {
        if (!Checks.ByBlock)
        {
            return Checks.IsChecked(0);
        }
        for (long block = offset / BlockChecks.BlockLength; block <= (offset + length - 1) / BlockChecks.BlockLength; block++)
        {
            if (!Checks.IsChecked(block))
            {
                return false;
            }
        }
        return true;
    }

    private async ValueTask FetchAsync(long offset, int length, CancellationToken stop)
    {
        if (!Checks.ByBlock)
        {
            await CheckWholeAsync(stop); // where its time has come again in the middle of a response
        }
        await Task.Run(() => ReadInAsync(offset, length), stop);
    }

    private async Task ReadInAsync(long offset, int length)
    {
        await HaveBlocksAsync(offset, length);
        PageCache.Prefetch(File!, offset, BlockChecks.BlockLength);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            ReadWaiting(buffer.AsSpan(0, length), offset);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Makes sure that a local file has the blocks that a range touches, and has them right; waits for the disk or the store, so not on the pacer's thread.</summary>
    /// <exception cref="CorruptContentException">They are not what was published.</exception>
    internal async ValueTask HaveBlocksAsync(long offset, int length)
    {
        for (long block = offset / BlockChecks.BlockLength; block <= (offset + length - 1) / BlockChecks.BlockLength && Checks.ByBlock; block++)
        {
            if (!Checks.IsChecked(block))
            {
                await HaveBlockAsync(block);
            }
        }
    }

    internal void Check(long block, XxHash128 hash)
    {
        try
        {
            Checks.Check(block, hash);
        }
        catch (CorruptContentException e)
        {
            throw Corrupt(e);
        }
    }

    internal CorruptContentException TooShort(long position) => Corrupt(new CorruptContentException(_stored.Key, $"it ends at {position} instead of {_stored.Bytes}"));

    private async ValueTask HaveBlockAsync(long block)
    {
        if (_reader is CachedBlob cached)
        {
            await FillAsync(cached, block);
            // A reader who began with this chunk will want the next one soon.
            long next = ((block / BlocksInChunk) + 1) * BlocksInChunk;
            if (block % BlocksInChunk == 0 && next * BlockChecks.BlockLength < Bytes && !Checks.IsChecked(next))
            {
                _ = HaveAheadAsync(next);
            }
        }
        Check(block, Hash(block));
    }

    /// <summary>What fails ahead of its need fails again when it is needed, and is told then.</summary>
    private async Task HaveAheadAsync(long block)
    {
        await Task.Yield();
        try
        {
            await FillAsync((CachedBlob)_reader, block);
        }
        catch (Exception e) when (e is IOException or BlobStoreUnavailableException or ObjectDisposedException)
        {
            return;
        }
    }

    private async Task FillAsync(CachedBlob cached, long block)
    {
        long offset = block * BlockChecks.BlockLength;
        Task? seen = cached.LastFetch(offset);
        if (!Checks.IsRight(block, Hash(block)))
        {
            await cached.FetchAsync(offset, seen, CheckFetched, CancellationToken.None);
        }
    }

    private void CheckFetched(long offset, ReadOnlyMemory<byte> bytes)
    {
        for (int at = 0; at < bytes.Length; at += BlockChecks.BlockLength)
        {
            XxHash128 hash = new();
            hash.Append(bytes.Span[at..Math.Min(at + BlockChecks.BlockLength, bytes.Length)]);
            if (!Checks.IsRight((offset + at) / BlockChecks.BlockLength, hash))
            {
                throw Corrupt(new CorruptContentException(_stored.Key, $"the block of 1 MiB at {offset + at} came from the store with another checksum"));
            }
        }
    }

    /// <summary>Reads a block of the local file.</summary>
    private XxHash128 Hash(long block)
    {
        XxHash128 hash = new();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            long end = Checks.EndOf(block);
            for (long position = block * BlockChecks.BlockLength; position < end;)
            {
                int read = RandomAccess.Read(File!, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - position)), position);
                if (read == 0)
                {
                    throw TooShort(position);
                }
                hash.Append(buffer.AsSpan(0, read));
                position += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return hash;
    }

    /// <summary>Small files beside the archives are read whole and compared with their digest, once for each opening and interval of checks.</summary>
    private Task CheckWholeAsync(CancellationToken stop)
    {
        if (Checks.IsChecked(0))
        {
            return Task.CompletedTask;
        }
        lock (_lock)
        {
            // Not with the first caller's token: others wait for the same check. One that failed, or no longer counts, is made again.
            if (_wholeCheck is null or { IsCompleted: true })
            {
                _wholeCheck = Task.Run(CheckWholeAsync, CancellationToken.None);
            }
            return _wholeCheck.WaitAsync(stop);
        }
    }

    private async Task CheckWholeAsync()
    {
        await using Stream stream = await _reader.ReadAsync(0, Bytes, CancellationToken.None);
        Sha256Digest found = new(await SHA256.HashDataAsync(stream));
        if (found != _stored.Sha256)
        {
            throw Corrupt(new CorruptContentException(_stored.Key, $"its SHA-256 is {found} instead of {_stored.Sha256}"));
        }
        Checks.MarkChecked(0);
    }

    private CorruptContentException Corrupt(CorruptContentException e)
    {
        _onCorrupt(e);
        return e;
    }
}

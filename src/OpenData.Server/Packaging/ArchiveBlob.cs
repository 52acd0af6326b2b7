using System.IO.Hashing;
using System.Threading.Channels;
using OpenData.Format;
using OpenData.Server.Storage;

namespace OpenData.Server.Packaging;

/// <summary>
/// A file of a release on its way to the store: bytes are gathered into blocks; behind the caller's back each block is hashed and stored, so
/// that compressing need not wait for either. Commits once everything is stored, or leaves nothing. Not thread-safe.
/// </summary>
internal sealed class ArchiveBlob : IAsyncDisposable
{
    private const int BlocksUnderWay = 4;

    private readonly Channel<ReadOnlyMemory<byte>> _filled = Channel.CreateBounded<ReadOnlyMemory<byte>>(BlocksUnderWay);
    private readonly Channel<byte[]> _free = Channel.CreateUnbounded<byte[]>();
    private readonly CancellationTokenSource _abandoned;
    private readonly Task<StoredArchive> _storing;
    private byte[] _block = [];
    private int _used;
    private int _allocated;

    private ArchiveBlob(BlobWriter writer, CancellationToken stop)
    {
        _abandoned = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _storing = Task.Run(() => StoreAsync(writer, _abandoned.Token), CancellationToken.None);
    }

    /// <summary>Bytes taken so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Starts a blob.</summary>
    public static async Task<ArchiveBlob> CreateAsync(BlobStore store, BlobKey key, CancellationToken stop) =>
        new(await store.CreateAsync(key, stop), stop);

    /// <summary>Takes the next bytes; the buffer may be used again when this returns.</summary>
    /// <exception cref="IOException">The store failed: with this or with earlier bytes.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken stop)
    {
        Bytes += data.Length;
        while (!data.IsEmpty)
        {
            if (_used == _block.Length)
            {
                await NextBlockAsync(stop);
            }
            int take = Math.Min(data.Length, _block.Length - _used);
            data[..take].CopyTo(_block.AsMemory(_used));
            data = data[take..];
            _used += take;
        }
    }

    /// <summary>No more bytes. The task ends when the blob is durable and visible, and yields its digests.</summary>
    public async Task<StoredArchive> CommitAsync(CancellationToken stop)
    {
        if (_used > 0)
        {
            await SendAsync(_block.AsMemory(0, _used), stop);
        }
        _filled.Writer.TryComplete();
        return await _storing;
    }

    /// <summary>Abandons the blob unless it was committed; returns when nothing of it is left.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_filled.Writer.TryComplete())
        {
            await _abandoned.CancelAsync();
        }
        await _storing.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _abandoned.Dispose();
    }

    private async ValueTask NextBlockAsync(CancellationToken stop)
    {
        if (_used > 0)
        {
            await SendAsync(_block, stop);
        }
        if (!_free.Reader.TryRead(out byte[]? next))
        {
            if (_allocated < BlocksUnderWay)
            {
                next = GC.AllocateUninitializedArray<byte>(PackagedArchive.BlockLength);
                _allocated++;
            }
            else
            {
                next = await ReadFreeAsync(stop);
            }
        }
        (_block, _used) = (next, 0);
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> block, CancellationToken stop)
    {
        try
        {
            await _filled.Writer.WriteAsync(block, stop);
        }
        catch (ChannelClosedException)
        {
            await _storing; // it ended early: throws what stopped it
            throw;
        }
    }

    private async ValueTask<byte[]> ReadFreeAsync(CancellationToken stop)
    {
        try
        {
            return await _free.Reader.ReadAsync(stop);
        }
        catch (ChannelClosedException)
        {
            await _storing;
            throw;
        }
    }

    private async Task<StoredArchive> StoreAsync(BlobWriter writer, CancellationToken stop)
    {
        try
        {
            await using (writer)
            {
                using PieceHasher hasher = new();
                MemoryStream checks = new();
                byte[] check = new byte[16];
                await foreach (ReadOnlyMemory<byte> block in _filled.Reader.ReadAllAsync(stop))
                {
                    hasher.Append(block.Span);
                    XxHash128.Hash(block.Span, check);
                    checks.Write(check);
                    await writer.WriteAsync(block, stop);
                    if (System.Runtime.InteropServices.MemoryMarshal.TryGetArray(block, out ArraySegment<byte> segment))
                    {
                        _free.Writer.TryWrite(segment.Array!);
                    }
                }
                stop.ThrowIfCancellationRequested();
                await writer.CommitAsync(stop);
                (Sha256Digest whole, IReadOnlyList<Sha256Digest> pieces) = hasher.Finish();
                return new StoredArchive(hasher.Bytes, whole, pieces, checks.ToArray());
            }
        }
        finally
        {
            _filled.Writer.TryComplete();
            _free.Writer.TryComplete();
        }
    }
}

/// <summary>What is known of a file once it is stored.</summary>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Digest of the whole.</param>
/// <param name="Pieces">Digest of each piece of 4 MiB.</param>
/// <param name="Blocks">XXH128 of each block of 1 MiB.</param>
internal sealed record StoredArchive(long Bytes, Sha256Digest Sha256, IReadOnlyList<Sha256Digest> Pieces, byte[] Blocks);

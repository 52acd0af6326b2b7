using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace OpenData.Server.Storage;

/// <summary>A blob of a remote store with a local file that is filled in as it is needed. What was in the file when it was opened must be compared with checksums before it is used.</summary>
public sealed class CachedBlob : BlobReader
{
    private readonly BlobKey _key;
    private readonly BlobStore _store;
    private readonly ChunkCache _cache;
    private readonly ChunkCache.Entry _entry;
    private readonly ConcurrentDictionary<long, Task> _fetches = [];
    private readonly Lock _lock = new();
    private Task<BlobReader>? _origin;
    private int _disposed;

    internal CachedBlob(SafeFileHandle file, BlobKey key, long bytes, BlobStore store, ChunkCache cache, ChunkCache.Entry entry)
    {
        (File, _key, Bytes, _store, _cache, _entry) = (file, key, bytes, store, cache, entry);
    }

    /// <inheritdoc/>
    public override long Bytes { get; }

    /// <summary>The local file.</summary>
    public override SafeFileHandle File { get; }

    /// <summary>Reads the store, not the local file.</summary>
    public override async Task<Stream> ReadAsync(long offset, long length, CancellationToken stop)
    {
        CheckRange(offset, length);
        return await (await OriginAsync().WaitAsync(stop)).ReadAsync(offset, length, stop);
    }

    /// <summary>
    /// The last reading of the chunk that holds this byte, to be taken before looking at what the file has of it. Null while it is under way: whoever looks meanwhile finds the
    /// chunk wrong for that alone, and has to wait for it and not to begin another.
    /// </summary>
    public Task? LastFetch(long offset) => _fetches.TryGetValue(offset / ChunkCache.ChunkLength, out Task? fetch) && fetch.IsCompleted ? fetch : null;

    /// <summary>
    /// Fills the chunk that holds this byte in from the store; all who want it share one reading, also those who looked before it was there and ask after.
    /// </summary>
    /// <param name="offset">Any byte of the chunk.</param>
    /// <param name="seen"><see cref="LastFetch"/> from before the chunk was found wrong: a later one is waited for, and only where there is none the store is asked.</param>
    /// <param name="check">Compares what came from the store, given with its offset, with its checksums, and throws if it is wrong: a wrong byte is not even written,
    /// for others may read this very chunk. Called once a chunk, on any thread.</param>
    /// <param name="stop">Ends the wait, not the reading.</param>
    /// <exception cref="IOException">The store failed, or has no such blob; or what <paramref name="check"/> threw.</exception>
    public Task FetchAsync(long offset, Task? seen, Action<long, ReadOnlyMemory<byte>> check, CancellationToken stop)
    {
        long chunk = offset / ChunkCache.ChunkLength;
        lock (_lock)
        {
            if (!_fetches.TryGetValue(chunk, out Task? fetch) || fetch == seen || fetch.IsFaulted)
            {
                // Not with the first caller's token: others wait for the same bytes.
                _fetches[chunk] = fetch = Task.Run(() => FetchNowAsync(chunk, check), CancellationToken.None);
            }
            return fetch.WaitAsync(stop);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }
        // Readings that nobody waits for any longer still write into the file.
        await Task.WhenAll(_fetches.Values).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        File.Dispose();
        _cache.Close(_entry);
        if (_origin is { IsCompletedSuccessfully: true })
        {
            await (await _origin).DisposeAsync();
        }
    }

    private async Task FetchNowAsync(long chunk, Action<long, ReadOnlyMemory<byte>> check)
    {
        byte[] buffer = await _cache.RentAsync();
        try
        {
            long offset = chunk * ChunkCache.ChunkLength;
            Memory<byte> bytes = buffer.AsMemory(0, (int)Math.Min(ChunkCache.ChunkLength, Bytes - offset));
            await using (Stream stream = await (await OriginAsync()).ReadAsync(offset, bytes.Length, CancellationToken.None))
            {
                await stream.ReadExactlyAsync(bytes, CancellationToken.None);
            }
            check(offset, bytes);
            await RandomAccess.WriteAsync(File, bytes, offset);
            _cache.Count(bytes.Length);
        }
        finally
        {
            _cache.Return(buffer);
        }
    }

    /// <summary>The store is asked only when something is missing here.</summary>
    private Task<BlobReader> OriginAsync()
    {
        lock (_lock)
        {
            if (_origin is null or { IsFaulted: true })
            {
                _origin = OpenOriginAsync();
            }
            return _origin;
        }
    }

    private async Task<BlobReader> OpenOriginAsync()
    {
        BlobReader origin = await _store.OpenAsync(_key, CancellationToken.None) ?? throw new FileNotFoundException($"The store at {_store.Place} has no {_key}.");
        return origin.Bytes == Bytes ? origin : throw new IOException($"{_key} at {_store.Place} has {origin.Bytes} bytes instead of {Bytes}.");
    }
}

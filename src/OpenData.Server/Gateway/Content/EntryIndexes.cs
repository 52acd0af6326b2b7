using Microsoft.Extensions.Options;
using OpenData.Server.Gateway.Http;
using OpenData.Server.Storage;

namespace OpenData.Server.Gateway.Content;

/// <summary>
/// The entry indexes that were used lately, up to so much memory. Reading one takes a moment of a core: of those who ask for the same one
/// waits for the other, and only two different ones are read at a time.
/// </summary>
public sealed class EntryIndexes(OpenContents contents, IOptions<GatewayOptions> options) : IDisposable
{
    private readonly Dictionary<BlobKey, LinkedListNode<Known>> _known = [];
    private readonly LinkedList<Known> _byUse = [];
    private readonly Dictionary<BlobKey, Task<EntryIndex?>> _reading = [];
    private readonly SemaphoreSlim _readers = new(2, 2);
    private readonly Lock _lock = new();
    private long _memory;

    /// <summary>The index stored as this file; null where the store has none.</summary>
    /// <exception cref="CorruptContentException">It is not what was published.</exception>
    public Task<EntryIndex?> OfAsync(StoredContent file, CancellationToken stop)
    {
        lock (_lock)
        {
            if (_known.TryGetValue(file.Key, out LinkedListNode<Known>? node))
            {
                _byUse.Remove(node);
                _byUse.AddLast(node);
                return Task.FromResult<EntryIndex?>(node.Value.Index);
            }
            if (!_reading.TryGetValue(file.Key, out Task<EntryIndex?>? reading))
            {
                _reading[file.Key] = reading = Task.Run(() => ReadAsync(file), CancellationToken.None);
            }
            return reading.WaitAsync(stop);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _readers.Dispose();

    private async Task<EntryIndex?> ReadAsync(StoredContent file)
    {
        EntryIndex? index = null;
        await _readers.WaitAsync();
        try
        {
            using OpenContents.Lease? lease = await contents.OpenAsync(file, CancellationToken.None);
            if (lease is not null)
            {
                await using Stream stream = await lease.Content.StreamAsync(new ByteRange(0, file.Bytes), CancellationToken.None);
                index = await EntryIndex.ReadAsync(stream, CancellationToken.None);
            }
            return index;
        }
        finally
        {
            _readers.Release();
            lock (_lock)
            {
                _reading.Remove(file.Key);
                if (index is not null)
                {
                    Keep(file.Key, index);
                }
            }
        }
    }

    private void Keep(BlobKey key, EntryIndex index)
    {
        _known[key] = _byUse.AddLast(new Known(key, index));
        _memory += index.Memory;
        while (_memory > options.Value.EntryIndexBytes && _byUse.First is { } oldest)
        {
            _byUse.RemoveFirst();
            _known.Remove(oldest.Value.Key);
            _memory -= oldest.Value.Index.Memory;
        }
    }

    private sealed record Known(BlobKey Key, EntryIndex Index);
}

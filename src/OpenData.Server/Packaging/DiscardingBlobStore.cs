using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using OpenData.Server.Storage;

namespace OpenData.Server.Packaging;

/// <summary>
/// Forgets what is written into it and keeps the lengths: for packaging an edition once more only to compare digests. Nothing can be read back.
/// </summary>
public sealed class DiscardingBlobStore(TimeProvider time) : BlobStore
{
    private readonly ConcurrentDictionary<string, BlobInfo> _blobs = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override string Place => "nowhere";

    /// <inheritdoc/>
    public override Task ProbeAsync(CancellationToken stop) => Task.CompletedTask;

    /// <inheritdoc/>
    public override Task<BlobWriter> CreateAsync(BlobKey key, CancellationToken stop) => Task.FromResult<BlobWriter>(new Writer(this, key));

    /// <summary>Always null: nothing is kept.</summary>
    public override Task<BlobReader?> OpenAsync(BlobKey key, CancellationToken stop) => Task.FromResult<BlobReader?>(null);

    /// <inheritdoc/>
    public override async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken stop)
    {
        foreach (BlobInfo blob in _blobs.Values.Where(blob => blob.Key.Path.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(blob => blob.Key.Path, StringComparer.Ordinal))
        {
            stop.ThrowIfCancellationRequested();
            yield return blob;
        }
        await Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task DeleteAsync(BlobKey key, CancellationToken stop)
    {
        _blobs.TryRemove(key.Path, out _);
        return Task.CompletedTask;
    }

    private sealed class Writer(DiscardingBlobStore store, BlobKey key) : BlobWriter
    {
        private long _bytes;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken stop)
        {
            stop.ThrowIfCancellationRequested();
            _bytes += data.Length;
            return ValueTask.CompletedTask;
        }

        public override Task CommitAsync(CancellationToken stop)
        {
            store._blobs[key.Path] = new BlobInfo(key, _bytes, store.Time.GetUtcNow());
            return Task.CompletedTask;
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private TimeProvider Time { get; } = time;
}

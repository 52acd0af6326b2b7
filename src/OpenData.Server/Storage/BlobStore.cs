using Microsoft.Win32.SafeHandles;

namespace OpenData.Server.Storage;

/// <summary>
/// Holds blobs. Contract, proved by one conformance suite over every store:
/// a blob is invisible until its writer committed it, and then whole and durable; a writer that is disposed without commit leaves nothing;
/// a commit over an existing key replaces it atomically (only unpublished revisions are ever written again);
/// a reader stays on the bytes it was opened on, or fails, but never mixes two versions.
/// </summary>
public abstract class BlobStore
{
    /// <summary>Names the store for messages and logs, without secrets: a folder, or an address and bucket.</summary>
    public abstract string Place { get; }

    /// <summary>Fails if the store does not answer or cannot be written.</summary>
    /// <exception cref="BlobStoreUnavailableException">Says which store, where, and what to look at.</exception>
    public abstract Task ProbeAsync(CancellationToken stop);

    /// <summary>Starts a blob of yet unknown length.</summary>
    public abstract Task<BlobWriter> CreateAsync(BlobKey key, CancellationToken stop);

    /// <summary>Opens a blob, or returns null where there is none.</summary>
    public abstract Task<BlobReader?> OpenAsync(BlobKey key, CancellationToken stop);

    /// <summary>All blobs whose keys begin with the prefix, in ordinal order of keys; a key that this system did not write is not listed.</summary>
    public abstract IAsyncEnumerable<BlobInfo> ListAsync(string prefix, CancellationToken stop);

    /// <summary>Removes a blob; nothing happens where there is none.</summary>
    public abstract Task DeleteAsync(BlobKey key, CancellationToken stop);

    /// <summary>Removes what writers of killed processes left behind, once it is older than this, and tells how many; nobody can see it but the disk.</summary>
    public virtual Task<int> ClearUnfinishedAsync(TimeSpan olderThan, CancellationToken stop) => Task.FromResult(0);
}

/// <param name="Key">Its key.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="ModifiedAt">When it was committed, in UTC, by the store's clock.</param>
public readonly record struct BlobInfo(BlobKey Key, long Bytes, DateTimeOffset ModifiedAt);

/// <summary>Writes one blob: commits it whole or leaves nothing. Not thread-safe.</summary>
public abstract class BlobWriter : IAsyncDisposable
{
    /// <summary>Appends bytes. The buffer may be used again when this returns.</summary>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken stop);

    /// <summary>Makes the blob durable and visible. After this only <see cref="DisposeAsync"/> may be called.</summary>
    public abstract Task CommitAsync(CancellationToken stop);

    /// <summary>Removes whatever was written unless it was committed.</summary>
    public abstract ValueTask DisposeAsync();
}

/// <summary>Reads one blob at any place, by any number of callers at once, pinned to the version that was opened.</summary>
public abstract class BlobReader : IAsyncDisposable
{
    /// <summary>Length in bytes.</summary>
    public abstract long Bytes { get; }

    /// <summary>A handle for positional reads where the blob is a local file, else null.</summary>
    public virtual SafeFileHandle? File => null;

    /// <summary>
    /// Opens the bytes <c>[offset, offset + length)</c> for reading in order. A store that breaks off is asked again, from the byte where it
    /// broke off and for the same version; after the last try the stream throws.
    /// </summary>
    public abstract Task<Stream> ReadAsync(long offset, long length, CancellationToken stop);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Refuses a range that does not lie in the blob.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not.</exception>
    protected void CheckRange(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Bytes - offset);
    }
}

/// <summary>The store cannot be used.</summary>
/// <param name="place">Which store.</param>
/// <param name="why">What failed and what to look at.</param>
/// <param name="inner">The cause.</param>
public sealed class BlobStoreUnavailableException(string place, string why, Exception? inner = null)
    : IOException($"The blob store at {place} cannot be used: {why}", inner)
{
    /// <summary>Which store.</summary>
    public string Place { get; } = place;
}

namespace OpenData.Server.Storage;

/// <summary>
/// A second copy of what is stored. Nothing that comes from it is trusted: whoever reads compares with digests, and reads no more than is missing.
/// </summary>
public abstract class SecondStore
{
    /// <summary>False where none is configured.</summary>
    public virtual bool IsConfigured => true;

    /// <summary>Names it for messages and logs, without secrets.</summary>
    public abstract string Place { get; }

    /// <summary>Opens bytes of a file, at least from <paramref name="offset"/> on; null where it has no such file, or one that is too short.</summary>
    /// <exception cref="IOException">It cannot be used just now.</exception>
    public abstract Task<Stream?> OpenAsync(BlobKey key, long offset, long length, CancellationToken stop);
}

/// <summary>None is configured.</summary>
internal sealed class NoSecondStore : SecondStore
{
    public override bool IsConfigured => false;

    public override string Place => $"no second store ({SecondStoreOptions.Section}:Kind is none)";

    public override Task<Stream?> OpenAsync(BlobKey key, long offset, long length, CancellationToken stop) => Task.FromResult<Stream?>(null);
}

/// <summary>Another blob store.</summary>
internal sealed class SecondBlobStore(BlobStore store) : SecondStore
{
    public override string Place => store.Place;

    public override async Task<Stream?> OpenAsync(BlobKey key, long offset, long length, CancellationToken stop)
    {
        BlobReader? reader = await store.OpenAsync(key, stop);
        if (reader is null)
        {
            return null;
        }
        if (reader.Bytes < offset + length)
        {
            await reader.DisposeAsync();
            return null;
        }
        return new OwningStream(await reader.ReadAsync(offset, length, stop), reader);
    }

    /// <summary>Closes the file with the range of it.</summary>
    private sealed class OwningStream(Stream range, BlobReader reader) : Streams.ForwardStream
    {
        public override long Length => range.Length;

        public override long Position { get => range.Position; set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => range.ReadAsync(buffer, cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            await range.DisposeAsync();
            await reader.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}

namespace OpenData.Server.Gateway.Content;

/// <summary>
/// The bytes of one response, in order. Bytes are read ahead of the grant to send them, and a grant may be for fewer: so reading and using up
/// are two steps.
/// </summary>
public abstract class ContentSource : IAsyncDisposable
{
    /// <summary>
    /// Reads the next bytes that were not used up; after it <see cref="Use"/> is called, with 0 if need be. Returns at once where that needs no waiting, on the
    /// caller's thread, which may be the pacer's; never waits on it.
    /// </summary>
    /// <returns>1 or more bytes; 0 only at the end.</returns>
    /// <exception cref="CorruptContentException">They are not what was published.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken stop);

    /// <summary>The first so many bytes of what was read last were used up.</summary>
    /// <param name="read">What was read last, still unchanged.</param>
    /// <param name="used">How many of them.</param>
    public abstract void Use(ReadOnlySpan<byte> read, int used);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

namespace OpenData.Server.Gateway.Content;

/// <summary>
/// The bytes of one response, in order, in two steps: they are made ready before anything is granted, which may take a disk or a store, and read
/// after it, which must not wait. So a stream that waits for its turn holds no buffer of the connection, and the pacer's thread never waits.
/// </summary>
public abstract class ContentSource : IAsyncDisposable
{
    /// <summary>
    /// Makes the next bytes ready. Returns at once where that needs no waiting, on the caller's thread, which may be the pacer's; never waits on it.
    /// </summary>
    /// <returns>How many can be read now: 1 to <paramref name="most"/>; 0 only at the end.</returns>
    /// <exception cref="CorruptContentException">They are not what was published.</exception>
    public abstract ValueTask<int> PrepareAsync(int most, CancellationToken stop);

    /// <summary>Reads bytes that are ready, as many as the buffer is long, and goes on behind them.</summary>
    public abstract ValueTask ReadAsync(Memory<byte> target, CancellationToken stop);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

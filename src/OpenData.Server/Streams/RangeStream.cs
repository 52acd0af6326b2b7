namespace OpenData.Server.Streams;

/// <summary>The bytes of a range, read once and in order. The whole range or an exception: never fewer bytes with a quiet end.</summary>
internal abstract class RangeStream(long length) : ForwardStream
{
    /// <summary>Bytes that are still to come.</summary>
    protected long Remaining { get; private set; } = length;

    /// <summary>Bytes that were handed out.</summary>
    public sealed override long Position { get => Length - Remaining; set => throw new NotSupportedException(); }

    public sealed override long Length { get; } = length;

    public sealed override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int wanted = (int)Math.Min(buffer.Length, Remaining);
        if (wanted == 0)
        {
            return 0;
        }
        int read = await ReadSomeAsync(buffer[..wanted], cancellationToken);
        Remaining -= read;
        return read;
    }

    /// <summary>Reads at least one byte of what is at <see cref="Position"/>, or throws.</summary>
    protected abstract ValueTask<int> ReadSomeAsync(Memory<byte> buffer, CancellationToken stop);
}

namespace OpenData.Server.Streams;

/// <summary>The bytes of a range, read once and in order. The whole range or an exception: never fewer bytes with a quiet end.</summary>
internal abstract class RangeStream(long length) : Stream
{
    /// <summary>Bytes that are still to come.</summary>
    protected long Remaining { get; private set; } = length;

    /// <summary>Bytes that were handed out.</summary>
    public override long Position { get => Length - Remaining; set => throw new NotSupportedException(); }

    public override long Length { get; } = length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

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

    public sealed override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

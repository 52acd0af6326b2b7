using System.Buffers;

namespace OpenData.Server.Gateway.Content;

/// <summary>
/// Bytes of a stream that is read once. What was read and not used up is kept. The stream is always read on a pool thread: it may inflate, or
/// wait in ways of its own.
/// </summary>
internal sealed class StreamContentSource(Stream stream) : ContentSource
{
    private byte[]? _kept;
    private int _keptLength;

    public override ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken stop)
    {
        if (_keptLength > 0)
        {
            int take = Math.Min(_keptLength, target.Length);
            _kept.AsSpan(0, take).CopyTo(target.Span);
            return new ValueTask<int>(take);
        }
        return new ValueTask<int>(Task.Run(async () => await stream.ReadAtLeastAsync(target, target.Length, throwOnEndOfStream: false, stop), stop));
    }

    public override void Use(ReadOnlySpan<byte> read, int used)
    {
        if (_keptLength > 0)
        {
            _keptLength -= used;
            _kept.AsSpan(used, _keptLength).CopyTo(_kept);
        }
        else if (used < read.Length)
        {
            ReadOnlySpan<byte> rest = read[used..];
            if (_kept is null || _kept.Length < rest.Length)
            {
                Release();
                _kept = ArrayPool<byte>.Shared.Rent(rest.Length);
            }
            rest.CopyTo(_kept);
            _keptLength = rest.Length;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        Release();
        await stream.DisposeAsync();
        await base.DisposeAsync();
    }

    private void Release()
    {
        if (_kept is not null)
        {
            ArrayPool<byte>.Shared.Return(_kept);
            _kept = null;
        }
    }
}

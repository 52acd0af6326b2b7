using OpenData.Server.Gateway.Http;

namespace OpenData.Server.Gateway.Content;

/// <summary>A range of a local file: read from memory; what is not there yet, or not checked yet, is fetched on a pool thread.</summary>
internal sealed class FileContentSource(OpenContent content, ByteRange range) : ContentSource
{
    private long _position = range.Offset;

    public override ValueTask<int> PrepareAsync(int most, CancellationToken stop)
    {
        int length = (int)Math.Min(most, range.End - _position);
        if (length == 0)
        {
            return new ValueTask<int>(0);
        }
        ValueTask ready = content.HaveAtHandAsync(_position, length, stop);
        return ready.IsCompletedSuccessfully ? new ValueTask<int>(length) : WaitAsync(ready, length);
    }

    public override ValueTask ReadAsync(Memory<byte> target, CancellationToken stop)
    {
        long position = _position;
        _position += target.Length;
        for (int read; !target.IsEmpty; target = target[read..], position += read)
        {
            read = PageCache.Read(content.File!, target.Span, position);
            if (read == 0)
            {
                Memory<byte> rest = target;
                return new ValueTask(Task.Run(() => content.ReadWaiting(rest.Span, position), stop)); // the kernel dropped it in this very moment
            }
        }
        return ValueTask.CompletedTask;
    }

    private static async ValueTask<int> WaitAsync(ValueTask ready, int length)
    {
        await ready;
        return length;
    }
}

using OpenData.Server.Gateway.Http;

namespace OpenData.Server.Gateway.Content;

/// <summary>Ranges of a local file: read where they are in memory already, on a pool thread where they are not, each block checked before its first use.</summary>
internal sealed class FileContentSource(OpenContent content, ByteRange range) : ContentSource
{
    private long _position = range.Offset;

    public override ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken stop)
    {
        int wanted = (int)Math.Min(target.Length, range.End - _position);
        if (wanted == 0)
        {
            return new ValueTask<int>(0);
        }
        target = target[..wanted];
        if (content.AreChecked(_position, wanted))
        {
            int read = PageCache.Read(content.File!, target.Span, _position);
            if (read > 0)
            {
                return new ValueTask<int>(read);
            }
        }
        return new ValueTask<int>(Task.Run(() => ReadWaitingAsync(target), stop));
    }

    public override void Use(ReadOnlySpan<byte> read, int used) => _position += used;

    private async Task<int> ReadWaitingAsync(Memory<byte> target)
    {
        await content.HaveBlocksAsync(_position, target.Length);
        PageCache.Prefetch(content.File!, _position, BlockChecks.BlockLength);
        int read = RandomAccess.Read(content.File!, target.Span, _position);
        return read > 0 ? read : throw content.TooShort(_position);
    }
}

using System.Buffers;
using System.IO.Hashing;
using OpenData.Server.Gateway.Http;
using OpenData.Server.Storage;

namespace OpenData.Server.Gateway.Content;

/// <summary>
/// A range that comes straight from a store that is not a local file. Blocks that were not checked yet are checked as they pass: reading begins
/// where such a block begins, and the last bytes of a block, or of the range within it, are handed out only when the whole block was found good.
/// </summary>
internal sealed class CheckedStoreStream : Stream
{
    private readonly Stream _inner;
    private readonly BlockChecks _checks;
    private readonly OpenContent _content;
    private readonly ByteRange _range;
    private readonly long _end;
    private readonly XxHash128 _hash = new();
    private long _position;
    private bool _hashing;

    private CheckedStoreStream(Stream inner, OpenContent content, ByteRange range, long start, long end)
    {
        _inner = inner;
        _content = content;
        _checks = content.Checks;
        _range = range;
        _position = start;
        _end = end;
        _hashing = IsWholeAndUnchecked(start / BlockChecks.BlockLength);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Opens a range of an archive with checksums of blocks.</summary>
    public static async Task<Stream> OpenAsync(OpenContent content, BlobReader reader, ByteRange range, CancellationToken stop)
    {
        BlockChecks checks = content.Checks;
        long firstBlock = range.Offset / BlockChecks.BlockLength;
        long lastBlock = (range.End - 1) / BlockChecks.BlockLength;
        long start = checks.IsChecked(firstBlock) ? range.Offset : firstBlock * BlockChecks.BlockLength;
        long end = checks.IsChecked(lastBlock) ? range.End : checks.EndOf(lastBlock);
        CheckedStoreStream stream = new(await reader.ReadAsync(start, end - start, stop), content, range, start, end);
        await stream.SkipAsync(range.Offset - start, stop);
        return stream;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await TakeAsync(buffer[..(int)Math.Min(buffer.Length, Math.Max(0, _range.End - _position))], cancellationToken);
        if (_position == _range.End && _hashing)
        {
            await SkipAsync(_checks.EndOf((_position - 1) / BlockChecks.BlockLength) - _position, cancellationToken);
        }
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>A check may be forgotten at any moment; a block of which not all is read here cannot be judged here.</summary>
    private bool IsWholeAndUnchecked(long block) =>
        _position <= block * BlockChecks.BlockLength && _end >= _checks.EndOf(block) && !_checks.IsChecked(block);

    /// <summary>Reads the next bytes of one block, and judges the block when they are its last.</summary>
    private async ValueTask<int> TakeAsync(Memory<byte> buffer, CancellationToken stop)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }
        long block = _position / BlockChecks.BlockLength;
        long blockEnd = _checks.EndOf(block);
        int read = await _inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, blockEnd - _position)], stop);
        if (read == 0)
        {
            throw _content.TooShort(_position);
        }
        if (_hashing)
        {
            _hash.Append(buffer.Span[..read]);
        }
        _position += read;
        if (_position == blockEnd)
        {
            if (_hashing)
            {
                _content.Check(block, _hash);
            }
            _hashing = blockEnd < _end && IsWholeAndUnchecked(block + 1);
        }
        return read;
    }

    private async ValueTask SkipAsync(long bytes, CancellationToken stop)
    {
        if (bytes == 0)
        {
            return;
        }
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            while (bytes > 0)
            {
                bytes -= await TakeAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, bytes)), stop);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

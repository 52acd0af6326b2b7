using System.Buffers;

namespace OpenData.Server.Gateway.Http;

/// <summary>
/// Collects the bytes of a document in pieces that stay small. One array that doubles as it grows makes three times the document's length of garbage,
/// most of it on the heap of large objects, whose collection stops everybody.
/// </summary>
internal sealed class SegmentedBuffer : Stream, IBufferWriter<byte>
{
    private const int SegmentSize = 16 * 1024;

    private readonly List<ReadOnlyMemory<byte>> _full = [];
    private byte[] _last = [];
    private int _used;

    /// <summary>What was written. Nothing may be written after it.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Finish()
    {
        if (_used > 0)
        {
            // What is short is kept in memory by some: without the rest of its segment.
            _full.Add(_full.Count == 0 ? _last.AsSpan(0, _used).ToArray() : _last.AsMemory(0, _used));
            (_last, _used) = ([], 0);
        }
        return _full;
    }

    /// <summary>The pieces of a short document as one.</summary>
    public static byte[] Joined(IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
        byte[] all = new byte[pieces.Sum(piece => piece.Length)];
        int at = 0;
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            piece.Span.CopyTo(all.AsSpan(at));
            at += piece.Length;
        }
        return all;
    }

    public void Advance(int count) => _used += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_last.Length - _used < Math.Max(1, sizeHint))
        {
            if (_used > 0)
            {
                _full.Add(_last.AsMemory(0, _used));
            }
            (_last, _used) = (new byte[Math.Max(SegmentSize, sizeHint)], 0);
        }
        return _last.AsMemory(_used);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            Span<byte> free = GetSpan();
            int taken = Math.Min(free.Length, buffer.Length);
            buffer[..taken].CopyTo(free);
            Advance(taken);
            buffer = buffer[taken..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

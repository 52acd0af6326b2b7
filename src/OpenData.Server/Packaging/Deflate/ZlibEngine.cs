using System.IO.Compression;

namespace OpenData.Server.Packaging.Deflate;

/// <summary>The zlib (zlib-ng) that comes with the .NET runtime: there on every machine. The runtime's version stands for the library's.</summary>
internal sealed class ZlibEngine : DeflateEngine
{
    /// <inheritdoc/>
    public override string Name => $"zlib-ng of .NET {Environment.Version}";

    /// <inheritdoc/>
    public override int DefaultLevel => 6;

    /// <inheritdoc/>
    public override int MaxLevel => 9;

    /// <inheritdoc/>
    public override Deflater Create(int level) => new Compressor(level);

    private sealed class Compressor(int level) : Deflater
    {
        private readonly ZLibCompressionOptions _options = new() { CompressionLevel = level };
        private readonly BoundedStream _sink = new();

        public override int Compress(ReadOnlySpan<byte> input, Span<byte> output)
        {
            _sink.Begin(output.Length);
            using (DeflateStream deflate = new(_sink, _options, leaveOpen: true))
            {
                deflate.Write(input);
            }
            return _sink.CopyTo(output);
        }

        protected override int CompressOpen(ReadOnlySpan<byte> input, Span<byte> output)
        {
            _sink.Begin(output.Length);
            using DeflateStream deflate = new(_sink, _options, leaveOpen: true);
            deflate.Write(input);
            deflate.Flush(); // Z_SYNC_FLUSH: an empty stored block, ending on a byte
            return _sink.CopyTo(output);
        }

        public override void Dispose() => _sink.Dispose();
    }

    /// <summary>Keeps what is written up to a bound, and remembers when it was passed.</summary>
    private sealed class BoundedStream : Stream
    {
        private byte[] _buffer = [];
        private int _bound;
        private int _length;
        private bool _overflowed;

        public void Begin(int bound)
        {
            if (_buffer.Length < bound)
            {
                _buffer = GC.AllocateUninitializedArray<byte>(bound);
            }
            (_bound, _length, _overflowed) = (bound, 0, false);
        }

        public int CopyTo(Span<byte> output)
        {
            if (_overflowed)
            {
                return 0;
            }
            _buffer.AsSpan(0, _length).CopyTo(output);
            return _length;
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (buffer.Length > _bound - _length)
            {
                _overflowed = true;
                return;
            }
            buffer.CopyTo(_buffer.AsSpan(_length));
            _length += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

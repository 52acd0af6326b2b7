using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace OpenData.Server.Packaging.Deflate;

/// <summary>
/// Intel's ISA-L, called where it is installed: twice as fast as libdeflate's fastest level, and a few per cent larger. For deliveries that
/// must be out soon. It chooses its code by the processor, so the fingerprint in its name tells machines apart whose bytes differ.
/// </summary>
internal sealed unsafe class IsalEngine : DeflateEngine
{
    private readonly delegate* unmanaged<byte*, void> _begin;
    private readonly delegate* unmanaged<byte*, int> _compress;

    private IsalEngine(nint library)
    {
        _begin = (delegate* unmanaged<byte*, void>)NativeLibrary.GetExport(library, "isal_deflate_stateless_init");
        _compress = (delegate* unmanaged<byte*, int>)NativeLibrary.GetExport(library, "isal_deflate_stateless");
        Name = "isa-l " + EngineFingerprint.Of(this, [1, 2, 3]);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override int DefaultLevel => 2;

    /// <inheritdoc/>
    public override int MaxLevel => 3;

    /// <inheritdoc/>
    public override Deflater Create(int level) => new Compressor(this, level);

    /// <summary>Loads the library; false where it is not installed. It stays loaded.</summary>
    public static bool TryLoad([NotNullWhen(true)] out IsalEngine? engine)
    {
        engine = NativeLibrary.TryLoad("libisal.so.2", out nint library) ? new IsalEngine(library) : null;
        return engine is not null;
    }

    private sealed class Compressor : Deflater
    {
        // struct isal_zstream of igzip_lib.h: what a caller fills in stands before the library's own state.
        private const int NextIn = 0;
        private const int AvailableIn = 8;
        private const int NextOut = 16;
        private const int AvailableOut = 24;
        private const int TotalOut = 28;
        private const int Level = 40;
        private const int LevelBufferLength = 44;
        private const int LevelBuffer = 48;
        private const int EndOfStream = 56;
        private const int Flush = 58;

        private const ushort NoFlush = 0;
        private const ushort FullFlush = 2; // ends on a byte, with nothing behind it that looks back
        private const int StreamLength = 256 * 1024; // twice what the library's state takes
        private const int WorkLength = 512 * 1024; // more than any level asks for

        private readonly IsalEngine _engine;
        private readonly int _level;
        private byte* _stream;

        public Compressor(IsalEngine engine, int level)
        {
            (_engine, _level) = (engine, level);
            _stream = (byte*)NativeMemory.AlignedAlloc(StreamLength + WorkLength, 64);
        }

        public override int Compress(ReadOnlySpan<byte> input, Span<byte> output) => Run(input, output, isWhole: true);

        protected override int CompressOpen(ReadOnlySpan<byte> input, Span<byte> output) => Run(input, output, isWhole: false);

        private int Run(ReadOnlySpan<byte> input, Span<byte> output, bool isWhole)
        {
            fixed (byte* from = input)
            fixed (byte* to = output)
            {
                _engine._begin(_stream);
                *(byte**)(_stream + NextIn) = from;
                *(uint*)(_stream + AvailableIn) = (uint)input.Length;
                *(byte**)(_stream + NextOut) = to;
                *(uint*)(_stream + AvailableOut) = (uint)output.Length;
                *(uint*)(_stream + Level) = (uint)_level;
                *(uint*)(_stream + LevelBufferLength) = WorkLength;
                *(byte**)(_stream + LevelBuffer) = _stream + StreamLength;
                *(ushort*)(_stream + EndOfStream) = (ushort)(isWhole ? 1 : 0);
                *(ushort*)(_stream + Flush) = isWhole ? NoFlush : FullFlush;
                bool isDone = _engine._compress(_stream) == 0 && *(uint*)(_stream + AvailableIn) == 0;
                return isDone ? (int)*(uint*)(_stream + TotalOut) : 0;
            }
        }

        public override void Dispose()
        {
            if (_stream is not null)
            {
                NativeMemory.AlignedFree(_stream);
                _stream = null;
            }
            GC.SuppressFinalize(this);
        }

        ~Compressor() => Dispose();
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace OpenData.Server.Packaging.Deflate;

/// <summary>libdeflate, called where it is installed: about twice as fast as zlib for whole buffers and far cheaper for small ones.</summary>
internal sealed unsafe class LibdeflateEngine : DeflateEngine
{
    // The library does not tell its version. What matters is the bytes it makes: a fingerprint over them tells versions apart, and those
    // that were looked at have their names.
    private static readonly Dictionary<string, string> KnownVersions = new(StringComparer.Ordinal) { ["86a88ad5"] = "1.14" };

    private readonly delegate* unmanaged<int, nint> _allocate;
    private readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint> _compress;
    private readonly delegate* unmanaged<nint, void> _free;

    private LibdeflateEngine(nint library)
    {
        _allocate = (delegate* unmanaged<int, nint>)NativeLibrary.GetExport(library, "libdeflate_alloc_compressor");
        _compress = (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint>)NativeLibrary.GetExport(library, "libdeflate_deflate_compress");
        _free = (delegate* unmanaged<nint, void>)NativeLibrary.GetExport(library, "libdeflate_free_compressor");
        string fingerprint = EngineFingerprint.Of(this, [1, 4, 6, 9]);
        Name = "libdeflate " + KnownVersions.GetValueOrDefault(fingerprint, fingerprint);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override int DefaultLevel => 4;

    /// <inheritdoc/>
    public override int MaxLevel => 12;

    /// <summary>Level 1 instead of the default 4 takes 15 µs for 2 KB of XML instead of 24, and 1.7 % more bytes. Whoever asks for more than the default gets it.</summary>
    public override int TinyLevel(int level) => level <= DefaultLevel ? 1 : level;

    /// <inheritdoc/>
    public override Deflater Create(int level) => new Compressor(this, level);

    /// <summary>Loads the library; false where it is not installed. It stays loaded.</summary>
    public static bool TryLoad([NotNullWhen(true)] out LibdeflateEngine? engine)
    {
        engine = NativeLibrary.TryLoad("libdeflate.so.0", out nint library) || NativeLibrary.TryLoad("libdeflate", out library)
            ? new LibdeflateEngine(library)
            : null;
        return engine is not null;
    }

    private sealed class Compressor : Deflater
    {
        private readonly LibdeflateEngine _engine;
        private readonly DeflateStreams _streams = new();
        private nint _state;

        public Compressor(LibdeflateEngine engine, int level)
        {
            _engine = engine;
            _state = engine._allocate(level);
            if (_state == 0)
            {
                throw new InsufficientMemoryException($"libdeflate has no compressor for level {level}: out of memory, or a level it does not know.");
            }
        }

        public override int Compress(ReadOnlySpan<byte> input, Span<byte> output)
        {
            fixed (byte* from = input)
            fixed (byte* to = output)
            {
                return (int)_engine._compress(_state, from, (nuint)input.Length, to, (nuint)output.Length);
            }
        }

        protected override int CompressOpen(ReadOnlySpan<byte> input, Span<byte> output)
        {
            int length = Compress(input, output);
            return length == 0 ? 0 : _streams.Open(output, length);
        }

        public override void Dispose()
        {
            if (_state != 0)
            {
                _engine._free(_state);
                _state = 0;
            }
            GC.SuppressFinalize(this);
        }

        ~Compressor() => Dispose();
    }
}

namespace OpenData.Server.Packaging.Deflate;

/// <summary>A deflate implementation (RFC 1951). The same engine, level and input give the same bytes on any machine.</summary>
internal abstract class DeflateEngine
{
    /// <summary>Name and version for the manifest, such as <c>libdeflate 1.14</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The level used where nobody asks for another.</summary>
    public abstract int DefaultLevel { get; }

    /// <summary>The highest level; a higher one asked for is lowered to it.</summary>
    public abstract int MaxLevel { get; }

    /// <summary>Entries of up to so many bytes are compressed at <see cref="TinyLevel"/>. Part of the format: the bytes of an archive depend on it.</summary>
    public const int TinyEntry = 4 * 1024;

    /// <summary>The level for tiny entries where this one is asked for: the tables of a higher level take longer to clear than such an entry to compress.</summary>
    public virtual int TinyLevel(int level) => level;

    /// <summary>A compressor for one thread.</summary>
    public abstract Deflater Create(int level);

    /// <summary>The engine that the settings ask for.</summary>
    /// <exception cref="DllNotFoundException">An engine is asked for by name and is not installed.</exception>
    public static DeflateEngine Choose(DeflateEngineKind kind) => kind switch
    {
        DeflateEngineKind.Zlib => new ZlibEngine(),
        DeflateEngineKind.Isal => IsalEngine.TryLoad(out IsalEngine? isal) ? isal : throw new DllNotFoundException("libisal.so.2 was not found."),
        _ when LibdeflateEngine.TryLoad(out LibdeflateEngine? engine) => engine,
        DeflateEngineKind.Libdeflate => throw new DllNotFoundException("libdeflate.so.0 was not found."),
        _ => new ZlibEngine(),
    };
}

/// <summary>Compresses raw deflate streams, one buffer at a time. For one thread at a time.</summary>
internal abstract class Deflater : IDisposable
{
    /// <summary>The most bytes that <see cref="CompressBlock"/> yields for so many bytes.</summary>
    public static int BlockBound(int bytes) => bytes + StoredBlocks.Overhead(bytes) + 16;

    /// <summary>Writes one complete raw deflate stream and returns its length, or 0 where it does not fit into <paramref name="output"/>.</summary>
    public abstract int Compress(ReadOnlySpan<byte> input, Span<byte> output);

    /// <summary>
    /// Writes deflate blocks that end on a byte and are not the last of their stream, so that outputs can be put one after the other; where
    /// nothing is gained they are stored. The stream is closed by <see cref="StoredBlocks.End"/>.
    /// </summary>
    /// <param name="input">Bytes.</param>
    /// <param name="output">At least <see cref="BlockBound"/> bytes.</param>
    public int CompressBlock(ReadOnlySpan<byte> input, Span<byte> output)
    {
        int length = CompressOpen(input, output[..^8]);
        return length > 0 && length < input.Length ? length : StoredBlocks.Write(input, output);
    }

    /// <summary>As <see cref="CompressBlock"/>, but 0 where it does not fit. Eight bytes behind <paramref name="output"/> may be needed as well.</summary>
    protected abstract int CompressOpen(ReadOnlySpan<byte> input, Span<byte> output);

    /// <inheritdoc/>
    public abstract void Dispose();
}

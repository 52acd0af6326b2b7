using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpenData.Server.Packaging.Deflate;
using OpenData.Server.Storage;

namespace OpenData.Server.Packaging;

/// <summary>
/// A file of a release that holds a line of JSON for each of many things: gzip without name and time (RFC 1952), so that the same lines give
/// the same bytes. Compressed in blocks by the engine of the archives.
/// </summary>
internal sealed class JsonLinesBlob : IAsyncDisposable
{
    private const int BlockLength = 256 * 1024;

    // RFC 1952, 2.3: deflate, no flags, no time, no hint, unknown operating system.
    private static readonly byte[] Header = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];

    private readonly ArchiveBlob _blob;
    private readonly Deflater _deflater;
    private readonly Crc32 _crc = new();
    private readonly ArrayBufferWriter<byte> _lines = new(BlockLength + 4096);
    private readonly Utf8JsonWriter _json;
    private byte[] _compressed = [];
    private long _bytes;

    private JsonLinesBlob(ArchiveBlob blob, Deflater deflater)
    {
        (_blob, _deflater) = (blob, deflater);
        _json = new Utf8JsonWriter(_lines, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
    }

    /// <summary>Starts a file.</summary>
    public static async Task<JsonLinesBlob> CreateAsync(BlobStore store, BlobKey key, Deflater deflater, CancellationToken stop)
    {
        JsonLinesBlob lines = new(await ArchiveBlob.CreateAsync(store, key, stop), deflater);
        await lines._blob.WriteAsync(Header, stop);
        return lines;
    }

    /// <summary>Begins a line: an object to be written and ended by the caller.</summary>
    public Utf8JsonWriter BeginLine()
    {
        _json.Reset();
        _json.WriteStartObject();
        return _json;
    }

    /// <summary>Ends the line and its object. <see cref="FlushFullAsync"/> must follow now and then.</summary>
    public void EndLine()
    {
        _json.WriteEndObject();
        _json.Flush();
        _lines.Write("\n"u8);
    }

    /// <summary>Compresses what has come together once it fills a block.</summary>
    public ValueTask FlushFullAsync(CancellationToken stop) => _lines.WrittenCount >= BlockLength ? FlushAsync(stop) : ValueTask.CompletedTask;

    /// <summary>Ends the file; the task ends when it is stored.</summary>
    public async Task<StoredArchive> CommitAsync(CancellationToken stop)
    {
        await FlushAsync(stop);
        byte[] tail = new byte[StoredBlocks.End.Length + 8];
        StoredBlocks.End.CopyTo(tail);
        BinaryPrimitives.WriteUInt32LittleEndian(tail.AsSpan(^8), _crc.GetCurrentHashAsUInt32());
        BinaryPrimitives.WriteUInt32LittleEndian(tail.AsSpan(^4), (uint)_bytes);
        await _blob.WriteAsync(tail, stop);
        return await _blob.CommitAsync(stop);
    }

    /// <summary>Abandons the file unless it was committed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _json.DisposeAsync();
        await _blob.DisposeAsync();
    }

    private async ValueTask FlushAsync(CancellationToken stop)
    {
        if (_lines.WrittenCount == 0)
        {
            return;
        }
        int bound = Deflater.BlockBound(_lines.WrittenCount);
        if (_compressed.Length < bound)
        {
            _compressed = GC.AllocateUninitializedArray<byte>(bound + 64 * 1024);
        }
        _crc.Append(_lines.WrittenSpan);
        _bytes += _lines.WrittenCount;
        int length = _deflater.CompressBlock(_lines.WrittenSpan, _compressed);
        _lines.ResetWrittenCount();
        await _blob.WriteAsync(_compressed.AsMemory(0, length), stop);
    }
}

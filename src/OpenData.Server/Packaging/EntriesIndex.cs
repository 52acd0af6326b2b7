using System.Text.Json;
using OpenData.Format;
using OpenData.Server.Packaging.Deflate;
using OpenData.Server.Storage;

namespace OpenData.Server.Packaging;

/// <summary>Writes the entries index of a volume: a line of JSON for each entry (<see cref="EntryRecord"/>).</summary>
internal sealed class EntriesIndex : IAsyncDisposable
{
    private readonly JsonLinesBlob _lines;

    private EntriesIndex(JsonLinesBlob lines) => _lines = lines;

    /// <summary>Starts an index.</summary>
    public static async Task<EntriesIndex> CreateAsync(BlobStore store, BlobKey key, Deflater deflater, CancellationToken stop) =>
        new(await JsonLinesBlob.CreateAsync(store, key, deflater, stop));

    /// <summary>Takes the next entry. <see cref="FlushFullAsync"/> must follow now and then.</summary>
    public void Add(ReadOnlySpan<byte> name, long size, ReadOnlySpan<byte> sha256, long offset, long compressed)
    {
        Utf8JsonWriter json = _lines.BeginLine();
        json.WriteString("name"u8, name);
        json.WriteNumber("size"u8, size);
        Span<byte> hex = stackalloc byte[2 * Sha256Digest.Size];
        Convert.TryToHexStringLower(sha256, hex, out _);
        json.WriteString("sha256"u8, hex);
        json.WriteNumber("offset"u8, offset);
        json.WriteNumber("compressed"u8, compressed);
        _lines.EndLine();
    }

    /// <summary>Compresses what has come together once it fills a block.</summary>
    public ValueTask FlushFullAsync(CancellationToken stop) => _lines.FlushFullAsync(stop);

    /// <summary>Ends the index; the task ends when it is stored.</summary>
    public Task<StoredArchive> CommitAsync(CancellationToken stop) => _lines.CommitAsync(stop);

    /// <summary>Abandons the index unless it was committed.</summary>
    public ValueTask DisposeAsync() => _lines.DisposeAsync();
}

using System.Buffers.Binary;
using System.IO.Compression;
using OpenData.Format;
using OpenData.Server.Gateway.Http;

namespace OpenData.Server.Gateway.Content;

/// <summary>One entry of an open archive: where its data are, by its local header (APPNOTE.TXT, 4.3.7).</summary>
public sealed class EntryContent
{
    private const int HeaderLength = 30;
    private const uint Signature = 0x04034b50;

    private readonly OpenContent _archive;
    private readonly EntryRecord _entry;
    private readonly long _data;

    private EntryContent(OpenContent archive, EntryRecord entry, long data, bool isStored)
    {
        _archive = archive;
        _entry = entry;
        _data = data;
        IsStored = isStored;
    }

    /// <summary>True where the entry is not compressed, so that any range of it can be read.</summary>
    public bool IsStored { get; }

    /// <summary>Reads the local header.</summary>
    /// <exception cref="InvalidDataException">There is none, or its method is not stored or deflated.</exception>
    public static async Task<EntryContent> OpenAsync(OpenContent archive, EntryRecord entry, CancellationToken stop)
    {
        byte[] header = new byte[HeaderLength];
        await using (Stream stream = await archive.StreamAsync(new ByteRange(entry.Offset, HeaderLength), stop))
        {
            await stream.ReadExactlyAsync(header, stop);
        }
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != Signature)
        {
            throw new InvalidDataException($"The archive has no local header at {entry.Offset}.");
        }
        int method = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(8));
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(26));
        int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28));
        bool isStored = method switch
        {
            0 when entry.Compressed == entry.Size => true,
            8 => false,
            _ => throw new InvalidDataException($"The entry '{entry.Name}' is packed with method {method}."),
        };
        return new EntryContent(archive, entry, entry.Offset + HeaderLength + nameLength + extraLength, isStored);
    }

    /// <summary>Opens a range of a stored entry, or the whole of a compressed one.</summary>
    public async Task<ContentSource> ReadAsync(ByteRange range, CancellationToken stop)
    {
        if (IsStored)
        {
            return await _archive.ReadAsync(range with { Offset = _data + range.Offset }, stop);
        }
        if (range != new ByteRange(0, _entry.Size))
        {
            throw new ArgumentException("A compressed entry is read from its beginning to its end.", nameof(range));
        }
        Stream packed = await _archive.StreamAsync(new ByteRange(_data, _entry.Compressed), stop);
        return new StreamContentSource(new DeflateStream(packed, CompressionMode.Decompress));
    }
}

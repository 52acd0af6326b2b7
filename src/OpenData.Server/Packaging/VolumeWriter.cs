using OpenData.Format;
using OpenData.Server.Packaging.Deflate;
using OpenData.Server.Packaging.Zip;
using OpenData.Server.Storage;

namespace OpenData.Server.Packaging;

/// <summary>Writes one volume: the parts one after the other, then the central directory; and beside it the entries index. Commits both or leaves neither in flight.</summary>
internal sealed class VolumeWriter : IAsyncDisposable
{
    private const ulong StoredFlag = 1UL << 63;
    private const ulong StreamedFlag = 1UL << 62;

    private readonly PackagePlan _plan;
    private readonly PlannedVolume _volume;
    private readonly ReleaseId _release;
    private readonly ArchiveBlob _zip;
    private readonly EntriesIndex _index;

    // What the central directory needs of an entry besides name and size, which the plan has, and its place, which follows from the entries
    // before it: 12 bytes.
    private readonly uint[] _crc32;
    private readonly ulong[] _compressed;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _written;
    private long _streamStart;
    private long _streamData;

    private VolumeWriter(PackagePlan plan, PlannedVolume volume, ReleaseId release, ArchiveBlob zip, EntriesIndex index)
    {
        (_plan, _volume, _release, _zip, _index) = (plan, volume, release, zip, index);
        _crc32 = new uint[volume.Count];
        _compressed = new ulong[volume.Count];
    }

    /// <summary>Starts a volume.</summary>
    public static async Task<VolumeWriter> CreateAsync(PackagePlan plan, PlannedVolume volume, ReleaseId release, BlobStore store, Deflater deflater, CancellationToken stop)
    {
        ArchiveBlob zip = await ArchiveBlob.CreateAsync(store, BlobKey.Of(release, release.ArchiveName(volume.Number)), stop);
        try
        {
            EntriesIndex index = await EntriesIndex.CreateAsync(store, BlobKey.Of(release, release.EntriesName(volume.Number)), deflater, stop);
            return new VolumeWriter(plan, volume, release, zip, index);
        }
        catch
        {
            await zip.DisposeAsync();
            throw;
        }
    }

    /// <summary>Appends a part and tells the delivery's digest of the entries that it completes.</summary>
    public async ValueTask AppendAsync(PackedPart part, DeliveryDigest digest, CancellationToken stop)
    {
        switch (part)
        {
            case PackedEntries entries:
                for (int i = 0; i < entries.Entries.Length; i++)
                {
                    PackedEntry entry = entries.Entries[i];
                    Register(entries.First + i, entry.Header, _zip.Bytes + entry.Start, entry.Sha256, digest);
                }
                await _zip.WriteAsync(entries.Bytes, stop);
                break;
            case PackedBlock block:
                await AppendBlockAsync(block, digest, stop);
                break;
            default:
                throw new NotSupportedException(part.GetType().Name);
        }
        await _index.FlushFullAsync(stop);
    }

    /// <summary>Ends the volume; returns when archive and index are stored.</summary>
    public async Task<(PackagedArchive Archive, IReadOnlyList<StoredFile> Files)> CommitAsync(CancellationToken stop)
    {
        await WriteDirectoryAsync(stop);
        StoredArchive zip = await _zip.CommitAsync(stop);
        StoredArchive index = await _index.CommitAsync(stop);
        string name = _release.ArchiveName(_volume.Number);
        ArchiveManifest manifest = new(
            name,
            zip.Bytes,
            zip.Sha256,
            Pieces.Length,
            zip.Pieces,
            _volume.Count,
            _volume.Documents,
            _volume.Bytes,
            _plan.Name(_volume.First),
            _plan.Name(_volume.First + _volume.Count - 1));
        return (
            new PackagedArchive(manifest, zip.Blocks),
            [new StoredFile(name, zip.Bytes, zip.Sha256), new StoredFile(_release.EntriesName(_volume.Number), index.Bytes, index.Sha256)]);
    }

    /// <summary>Abandons what was not committed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _zip.DisposeAsync();
        await _index.DisposeAsync();
    }

    private async ValueTask AppendBlockAsync(PackedBlock block, DeliveryDigest digest, CancellationToken stop)
    {
        ZipEntry header = new(0, _plan.Size(block.Entry), 0, Stored: false, Streamed: true);
        if (block.IsFirst)
        {
            _streamStart = _zip.Bytes;
            await _zip.WriteAsync(_buffer.AsMemory(0, ZipRecords.WriteLocalHeader(_buffer, _plan.Table.NameUtf8(block.Entry), header)), stop);
            _streamData = _zip.Bytes;
        }
        await _zip.WriteAsync(block.Bytes, stop);
        if (block.Last is { } last)
        {
            StoredBlocks.End.CopyTo(_buffer);
            await _zip.WriteAsync(_buffer.AsMemory(0, StoredBlocks.End.Length), stop);
            header = header with { Crc32 = last.Crc32, Compressed = _zip.Bytes - _streamData };
            await _zip.WriteAsync(_buffer.AsMemory(0, ZipRecords.WriteDescriptor(_buffer, header)), stop);
            Register(block.Entry, header, _streamStart, last.Sha256, digest);
        }
    }

    private void Register(int entry, in ZipEntry header, long offset, Sha256Digest sha256, DeliveryDigest digest)
    {
        ReadOnlySpan<byte> name = _plan.Table.NameUtf8(entry);
        Span<byte> hash = stackalloc byte[Sha256Digest.Size];
        sha256.CopyTo(hash);
        digest.Append(name, header.Size, hash);
        _index.Add(name, header.Size, hash, offset, header.Compressed);
        _crc32[_written] = header.Crc32;
        _compressed[_written++] = (ulong)header.Compressed | (header.Stored ? StoredFlag : 0) | (header.Streamed ? StreamedFlag : 0);
    }

    private async Task WriteDirectoryAsync(CancellationToken stop)
    {
        long start = _zip.Bytes;
        long offset = 0;
        int used = 0;
        for (int i = 0; i < _volume.Count; i++)
        {
            if (_buffer.Length - used < EntryName.MaxBytes + ZipRecords.MaxCentralHeader)
            {
                await _zip.WriteAsync(_buffer.AsMemory(0, used), stop);
                used = 0;
            }
            ZipEntry header = Header(i);
            used += ZipRecords.WriteCentralHeader(_buffer.AsSpan(used), _plan.Table.NameUtf8(_volume.First + i), header, offset);
            offset += ZipRecords.Length(_plan.Table.NameUtf8(_volume.First + i), header);
        }
        await _zip.WriteAsync(_buffer.AsMemory(0, used), stop);
        await _zip.WriteAsync(_buffer.AsMemory(0, ZipRecords.WriteEnd(_buffer, _volume.Count, start, _zip.Bytes - start)), stop);
    }

    private ZipEntry Header(int index)
    {
        ulong row = _compressed[index];
        return new ZipEntry(
            _crc32[index],
            _plan.Size(_volume.First + index),
            (long)(row & ~(StoredFlag | StreamedFlag)),
            Stored: (row & StoredFlag) != 0,
            Streamed: (row & StreamedFlag) != 0);
    }
}

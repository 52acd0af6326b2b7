using System.IO.Hashing;
using OpenData.Format;
using OpenData.Server.Packaging.Deflate;
using OpenData.Server.Packaging.Inspection;
using OpenData.Server.Packaging.Zip;
using OpenData.Server.Sources;

namespace OpenData.Server.Packaging;

/// <summary>Makes parts of an archive out of delivered files: reads, hashes, compresses. One for each worker; not thread-safe.</summary>
internal sealed class EntryPacker(
    PackagePlan plan, Delivery delivery, DeflateEngine engine, int level, BufferPool buffers, Inspector? inspector, PackagingProgress progress, CancellationToken stop) : IDisposable
{
    private readonly Deflater _deflater = engine.Create(level);
    private readonly Deflater _tiny = engine.Create(engine.TinyLevel(level));
    private byte[] _input = [];

    /// <summary>Packs whole entries into memory that is rented from the pool: return it when done.</summary>
    /// <exception cref="DeliveryChangedException">A file is not as it was listed.</exception>
    public byte[] Pack(PackedEntries part)
    {
        byte[] output = buffers.Rent(Bound(part));
        int at = 0;
        for (int i = 0; i < part.Entries.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            at = PackEntry(part, i, output, at);
        }
        part.Bytes = output.AsMemory(0, at);
        part.Findings = inspector?.TakeFindings() ?? [];
        return output;
    }

    /// <summary>Packs a block of a streamed entry into memory that is rented from the pool: return it when done.</summary>
    public byte[] Pack(PackedBlock part, ReadOnlySpan<byte> block, bool store)
    {
        byte[] output = buffers.Rent(Deflater.BlockBound(block.Length));
        int length = store || Compressibility.IsHopeless(block, _deflater, output) ? StoredBlocks.Write(block, output) : _deflater.CompressBlock(block, output);
        part.Bytes = output.AsMemory(0, length);
        return output;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _deflater.Dispose();
        _tiny.Dispose();
    }

    private int PackEntry(PackedEntries part, int index, byte[] output, int at)
    {
        int entry = part.First + index;
        ReadOnlySpan<byte> name = plan.Table.NameUtf8(entry);
        string file = plan.Name(entry);
        ReadOnlySpan<byte> content = Read(new DeliveryFile(file, plan.Size(entry)));
        inspector?.Inspect(file, _input, content.Length);

        // The header's length is known before its content: the data go where they belong, and the header before them.
        int data = at + ZipRecords.LocalHeaderLength(name);
        int compressed = 0;
        Deflater deflater = content.Length <= DeflateEngine.TinyEntry ? _tiny : _deflater;
        if (content.Length > 0 && !Compressibility.IsHopeless(content, deflater, output.AsSpan(data)))
        {
            compressed = deflater.Compress(content, output.AsSpan(data, content.Length - 1));
        }
        bool stored = compressed == 0;
        if (stored)
        {
            content.CopyTo(output.AsSpan(data));
            compressed = content.Length;
        }
        ZipEntry header = new(Crc32.HashToUInt32(content), content.Length, compressed, stored, Streamed: false);
        ZipRecords.WriteLocalHeader(output.AsSpan(at), name, header);
        part.Entries[index] = new PackedEntry(header, at, Sha256Digest.Of(content));
        progress.AddBytes(content.Length);
        progress.AddEntry();
        return data + compressed;
    }

    private ReadOnlySpan<byte> Read(DeliveryFile file)
    {
        int size = (int)file.Size;
        if (_input.Length <= size)
        {
            _input = GC.AllocateUninitializedArray<byte>(Math.Max(64 * 1024, size + size / 4 + 1));
        }
        delivery.Read(file, _input, stop); // workers have threads of their own and wait for the disk there
        return _input.AsSpan(0, size);
    }

    private int Bound(PackedEntries part)
    {
        long bound = 0;
        for (int entry = part.First; entry < part.First + part.Entries.Length; entry++)
        {
            bound += plan.Size(entry) + plan.Table.NameUtf8(entry).Length + ZipRecords.MaxLocalHeader;
        }
        return checked((int)bound);
    }
}

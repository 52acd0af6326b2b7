using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Compression;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Text;
using OpenData.Format;
using OpenData.Server.Releases;
using OpenData.Server.Sources;
using OpenData.Server.Storage;

namespace OpenData.Server.Scheduling;

/// <summary>
/// A published release as a delivery: what is in its archives, to be packaged anew without what was withdrawn, whether or not the delivery is still there. Its authority file
/// was not kept. Entries take some 40 bytes of memory each. That the bytes are those that were published is for the caller to check by the new digests.
/// </summary>
internal sealed class ReleaseDelivery(Release release, DateTimeOffset readyAt, ReleaseEntries entries, BlobStore store) : Delivery
{
    private const int HeaderLength = 30;
    private const uint HeaderSignature = 0x04034b50;

    private readonly Dictionary<UInt128, Place> _places = [];
    private readonly List<string> _archives = [];
    private readonly ConcurrentDictionary<int, Lazy<Task<BlobReader>>> _readers = [];

    public override string Edition => release.Edition;

    public override DateTimeOffset ReadyAt => readyAt;

    public override async IAsyncEnumerable<DeliveryFile> ListAsync([EnumeratorCancellation] CancellationToken stop)
    {
        await foreach ((ArchiveManifest archive, EntryRecord entry) in entries.OfAsync(release.Id, stop))
        {
            if (_archives.Count == 0 || _archives[^1] != archive.Name)
            {
                _archives.Add(archive.Name);
            }
            _places[KeyOf(entry.Name)] = new Place(_archives.Count - 1, entry.Offset, entry.Compressed);
            yield return new DeliveryFile(entry.Name, entry.Size);
        }
    }

    public override async Task<Stream> OpenAsync(DeliveryFile file, CancellationToken stop)
    {
        Place place = _places[KeyOf(file.Name)];
        BlobReader archive = await _readers.GetOrAdd(place.Archive, i => new Lazy<Task<BlobReader>>(() => OpenArchiveAsync(_archives[i], CancellationToken.None))).Value;
        (int method, long data) = await ReadHeaderAsync(archive, file.Name, place.Offset, stop);
        Stream packed = await archive.ReadAsync(data, place.Compressed, stop);
        return method == 0 ? packed : new DeflateStream(packed, CompressionMode.Decompress);
    }

    public override Task<Stream?> OpenAuthorityAsync(CancellationToken stop) => Task.FromResult<Stream?>(null);

    public override async ValueTask DisposeAsync()
    {
        foreach (Lazy<Task<BlobReader>> reader in _readers.Values)
        {
            if (reader is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            {
                await (await reader.Value).DisposeAsync();
            }
        }
        await base.DisposeAsync();
    }

    private async Task<BlobReader> OpenArchiveAsync(string name, CancellationToken stop)
    {
        BlobKey key = BlobKey.Of(release.Id, name);
        return await store.OpenAsync(key, stop) ?? throw new BarrierFailedException(key, null, "it is not there");
    }

    /// <summary>The entry's method and where its data begin, by its local header (APPNOTE.TXT, 4.3.7).</summary>
    private async Task<(int Method, long Data)> ReadHeaderAsync(BlobReader archive, string name, long offset, CancellationToken stop)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        byte[] header = new byte[HeaderLength + utf8.Length];
        await using (Stream stream = await archive.ReadAsync(offset, header.Length, stop))
        {
            await stream.ReadExactlyAsync(header, stop);
        }
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != HeaderSignature || !header.AsSpan(HeaderLength).SequenceEqual(utf8))
        {
            throw new DeliveryChangedException(name, $"the archive of {release.Id} has no such entry at byte {offset}");
        }
        int extra = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28));
        return (BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(8)), offset + header.Length + extra);
    }

    private static UInt128 KeyOf(string name) => XxHash128.HashToUInt128(Encoding.UTF8.GetBytes(name));

    private readonly record struct Place(int Archive, long Offset, long Compressed);
}

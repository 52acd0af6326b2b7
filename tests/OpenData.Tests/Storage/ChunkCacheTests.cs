using Microsoft.Extensions.Logging.Abstractions;
using OpenData.Format;
using OpenData.Server.Storage;
using OpenData.Tests.Support;

namespace OpenData.Tests.Storage;

public sealed class ChunkCacheTests : IDisposable
{
    private const int Length = (2 * ChunkCache.ChunkLength) + 1000;
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTime _time = new();
    private readonly CountingStore _store;
    private ChunkCache _cache;

    public ChunkCacheTests()
    {
        _store = new CountingStore(FileBlobStore.Open(_folder["store"]));
        _cache = Open();
    }

    public void Dispose()
    {
        _cache.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_chunk_that_many_want_is_read_from_the_store_once()
    {
        (BlobKey key, byte[] bytes) = await StoreAsync(1);
        await using CachedBlob one = Take(key);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => one.FetchAsync(ChunkCache.ChunkLength + 5, null, Good, CancellationToken.None)));
        Local(one, ChunkCache.ChunkLength, ChunkCache.ChunkLength).ShouldBe(bytes[ChunkCache.ChunkLength..(2 * ChunkCache.ChunkLength)]);
        _cache.Fetched.ShouldBe(ChunkCache.ChunkLength);
        _store.Opened.ShouldBe(1);
        await one.FetchAsync(Length - 1, null, Good, CancellationToken.None);
        Local(one, 2 * ChunkCache.ChunkLength, 1000).ShouldBe(bytes[^1000..]);
        _cache.Fetched.ShouldBe(ChunkCache.ChunkLength + 1000);
    }

    [Fact]
    public async Task What_was_fetched_is_still_there_after_a_restart_and_needs_no_store()
    {
        (BlobKey key, byte[] bytes) = await StoreAsync(1);
        await using (CachedBlob blob = Take(key))
        {
            await blob.FetchAsync(0, null, Good, CancellationToken.None);
        }
        _cache.Dispose();
        _cache = Open();
        await using CachedBlob again = Take(key);
        Local(again, 0, ChunkCache.ChunkLength).ShouldBe(bytes[..ChunkCache.ChunkLength]);
        _store.Opened.ShouldBe(1);
        _cache.Used.ShouldBe(Length);
    }

    [Fact]
    public async Task Bytes_that_are_wrong_are_not_written_and_the_next_try_is_a_new_one()
    {
        (BlobKey key, byte[] bytes) = await StoreAsync(1);
        await using CachedBlob blob = Take(key);
        await Should.ThrowAsync<InvalidDataException>(blob.FetchAsync(0, null, (_, _) => throw new InvalidDataException("wrong"), CancellationToken.None));
        Local(blob, 0, 1000).ShouldBe(new byte[1000]);
        await blob.FetchAsync(0, null, Good, CancellationToken.None);
        Local(blob, 0, 1000).ShouldBe(bytes[..1000]);
    }

    [Fact]
    public async Task Who_looked_before_a_chunk_was_there_waits_for_it_and_who_finds_it_wrong_after_has_it_read_again()
    {
        (BlobKey key, byte[] bytes) = await StoreAsync(1);
        await using CachedBlob blob = Take(key);
        Task? before = blob.LastFetch(0);
        await blob.FetchAsync(0, before, Good, CancellationToken.None);
        await blob.FetchAsync(0, before, Good, CancellationToken.None);
        _cache.Fetched.ShouldBe(ChunkCache.ChunkLength);

        // The cache's disk has lost it since.
        Task? after = blob.LastFetch(0);
        RandomAccess.Write(blob.File, new byte[100], 0);
        await blob.FetchAsync(0, after, Good, CancellationToken.None);
        Local(blob, 0, 100).ShouldBe(bytes[..100]);
        _cache.Fetched.ShouldBe(2 * ChunkCache.ChunkLength);
    }

    [Fact]
    public async Task Beyond_its_capacity_the_file_that_was_used_least_lately_goes()
    {
        (BlobKey first, _) = await StoreAsync(1);
        (BlobKey second, _) = await StoreAsync(2);
        (BlobKey third, _) = await StoreAsync(3);
        foreach (BlobKey key in new[] { first, second, first })
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await Take(key).DisposeAsync();
        }
        // Its capacity is two files; the order of use outlives the process.
        _cache.Dispose();
        _cache = Open();
        await Take(third).DisposeAsync();
        _cache.Used.ShouldBe(2 * Length);
        Names().ShouldBe([first.Path, third.Path], ignoreOrder: true);
    }

    [Fact]
    public async Task While_everything_is_being_read_a_further_blob_is_not_cached()
    {
        (BlobKey first, byte[] bytes) = await StoreAsync(1);
        (BlobKey second, _) = await StoreAsync(2);
        (BlobKey third, _) = await StoreAsync(3);
        CachedBlob one = Take(first);
        await one.FetchAsync(0, null, Good, CancellationToken.None);
        await using CachedBlob two = Take(second);
        _cache.TryOpen(third, Length, _store).ShouldBeNull();
        Local(one, 0, 100).ShouldBe(bytes[..100]);
        await one.DisposeAsync();
        await using CachedBlob three = Take(third);
        Names().ShouldBe([second.Path, third.Path], ignoreOrder: true);
    }

    [Fact]
    public async Task A_blob_that_the_store_lost_is_an_error_that_names_it()
    {
        (BlobKey key, _) = await StoreAsync(1);
        await using CachedBlob blob = Take(key);
        await _store.DeleteAsync(key, CancellationToken.None);
        (await Should.ThrowAsync<IOException>(blob.FetchAsync(0, null, Good, CancellationToken.None))).Message.ShouldContain(key.Path);
    }

    [Fact]
    public void Two_processes_cannot_share_a_folder() =>
        Should.Throw<BlobStoreUnavailableException>(() => Open()).Message.ShouldContain("OpenData:Storage:Cache:Path");

    private static void Good(long offset, ReadOnlyMemory<byte> bytes)
    {
    }

    private static byte[] Local(CachedBlob blob, long offset, int length)
    {
        byte[] bytes = new byte[length];
        RandomAccess.Read(blob.File, bytes, offset).ShouldBe(length);
        return bytes;
    }

    private ChunkCache Open() => ChunkCache.Open(_folder["cache"], 2 * Length, _time, NullLogger<ChunkCache>.Instance);

    private CachedBlob Take(BlobKey key) => _cache.TryOpen(key, Length, _store).ShouldNotBeNull();

    private IEnumerable<string> Names() =>
        Directory.EnumerateFiles(_folder["cache/blobs"], "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_folder["cache/blobs"], path));

    private async Task<(BlobKey Key, byte[] Bytes)> StoreAsync(int volume)
    {
        BlobKey key = BlobKey.Of(new ReleaseId("CN-PA-TXTS-10-A", "20240102", 1), $"CN-PA-TXTS-10-A_20240102_r1_00{volume}.zip");
        byte[] bytes = new byte[Length];
        new Random(volume).NextBytes(bytes);
        await using BlobWriter writer = await _store.CreateAsync(key, CancellationToken.None);
        await writer.WriteAsync(bytes, CancellationToken.None);
        await writer.CommitAsync(CancellationToken.None);
        return (key, bytes);
    }

    /// <summary>Tells how often a blob of it was opened.</summary>
    private sealed class CountingStore(BlobStore inner) : BlobStore
    {
        public int Opened { get; private set; }

        public override string Place => inner.Place;

        public override Task ProbeAsync(CancellationToken stop) => inner.ProbeAsync(stop);

        public override Task<BlobWriter> CreateAsync(BlobKey key, CancellationToken stop) => inner.CreateAsync(key, stop);

        public override Task<BlobReader?> OpenAsync(BlobKey key, CancellationToken stop)
        {
            Opened++;
            return inner.OpenAsync(key, stop);
        }

        public override IAsyncEnumerable<BlobInfo> ListAsync(string prefix, CancellationToken stop) => inner.ListAsync(prefix, stop);

        public override Task DeleteAsync(BlobKey key, CancellationToken stop) => inner.DeleteAsync(key, stop);
    }
}

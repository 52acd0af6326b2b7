using OpenData.Server.Packaging;
using OpenData.Server.Sources;
using OpenData.Server.Storage;

namespace OpenData.Tests.Packaging;

/// <summary>A run that fails says why and leaves no half archive.</summary>
public sealed class FailureTests : IDisposable
{
    private readonly PackagingKit _kit = new();

    [Theory]
    [InlineData(1000, 999)]
    [InlineData(1000, 1001)]
    [InlineData(9_000_000, 8_999_999)]
    [InlineData(9_000_000, 9_000_001)]
    public async Task A_file_that_changes_while_it_is_read_fails_the_run(int listed, int found)
    {
        SampleDelivery delivery = new SampleDelivery().With("a", "a").With("changing.xml", listed, () => new MemoryStream(new byte[found])).With("z", "z");

        DeliveryChangedException failure = await Should.ThrowAsync<DeliveryChangedException>(() => _kit.PackageAsync(delivery));

        failure.Name.ShouldBe("changing.xml");
        _kit.FilesLeft().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_fails_the_run()
    {
        SampleDelivery delivery = new SampleDelivery().With("a", "a").With("gone", 5, () => throw new FileNotFoundException("gone"));

        await Should.ThrowAsync<FileNotFoundException>(() => _kit.PackageAsync(delivery));

        _kit.FilesLeft().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(20)]
    public async Task A_store_that_is_full_fails_the_run_and_nothing_of_the_volume_in_flight_is_left(int blocksThatFit)
    {
        FullStore store = new(_kit.Store, blocksThatFit);
        SampleDelivery delivery = new SampleDelivery().With("random", ArchiveTests.Bytes(ArchiveTests.Kind.Random, 25_000_000, 1));

        IOException failure = await Should.ThrowAsync<IOException>(() => PackagingKit.PackageAsync(delivery, store));

        failure.Message.ShouldBe("No space left on device");
        _kit.FilesLeft().ShouldBeEmpty();
        store.Open.ShouldBe(0);
    }

    [Fact]
    public async Task The_next_run_of_the_same_revision_replaces_what_a_failed_one_left()
    {
        SampleDelivery broken = new SampleDelivery().With("a", "old").With("b", 1, () => throw new IOException("unreadable"));
        await Should.ThrowAsync<IOException>(() => _kit.PackageAsync(broken, PackagingKit.Rules(volumeBytes: 1)));

        Package package = await _kit.PackageAsync(new SampleDelivery().With("a", "new").With("b", "b"), PackagingKit.Rules(volumeBytes: 1));

        _kit.Unzip(package.Archives[0].Manifest.Name)["a"].ShouldBe("new"u8.ToArray());
        _kit.FilesLeft().Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_stopped_run_leaves_nothing()
    {
        using CancellationTokenSource stop = new();
        SampleDelivery delivery = new SampleDelivery().With("a", "a").With("b", 50_000_000, () => new StoppingStream(stop));
        PackagePlan plan = await PackagePlan.ForAsync(delivery, PackagingKit.Rules(), CancellationToken.None);

        await Should.ThrowAsync<OperationCanceledException>(() =>
            PackagingKit.Writer().WriteAsync(PackagingKit.Release, PackagingKit.Dataset(), delivery, plan, _kit.Store, new PackagingProgress(), stop.Token));

        _kit.FilesLeft().ShouldBeEmpty();
    }

    public void Dispose() => _kit.Dispose();

    private sealed class StoppingStream(CancellationTokenSource stop) : MemoryStream(new byte[50_000_000])
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position > 20_000_000)
            {
                stop.Cancel();
            }
            return base.ReadAsync(buffer, cancellationToken);
        }
    }

    private sealed class FullStore(BlobStore inner, int blocksThatFit) : BlobStore
    {
        private int _written;
        private int _open;

        public int Open => _open;

        public override string Place => "a full disk";

        public override Task ProbeAsync(CancellationToken stop) => inner.ProbeAsync(stop);

        public override async Task<BlobWriter> CreateAsync(BlobKey key, CancellationToken stop)
        {
            Interlocked.Increment(ref _open);
            return new Writer(this, await inner.CreateAsync(key, stop));
        }

        public override Task<BlobReader?> OpenAsync(BlobKey key, CancellationToken stop) => inner.OpenAsync(key, stop);

        public override IAsyncEnumerable<BlobInfo> ListAsync(string prefix, CancellationToken stop) => inner.ListAsync(prefix, stop);

        public override Task DeleteAsync(BlobKey key, CancellationToken stop) => inner.DeleteAsync(key, stop);

        private sealed class Writer(FullStore store, BlobWriter inner) : BlobWriter
        {
            public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken stop) =>
                Interlocked.Increment(ref store._written) > store._blocks ? throw new IOException("No space left on device") : inner.WriteAsync(data, stop);

            public override Task CommitAsync(CancellationToken stop) => inner.CommitAsync(stop);

            public override ValueTask DisposeAsync()
            {
                Interlocked.Decrement(ref store._open);
                return inner.DisposeAsync();
            }
        }

        private readonly int _blocks = blocksThatFit;
    }
}

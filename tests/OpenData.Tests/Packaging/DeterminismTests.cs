using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Packaging.Deflate;

namespace OpenData.Tests.Packaging;

/// <summary>The same delivery gives the same bytes: that is what <c>package --again</c> and every second copy rely on.</summary>
public sealed class DeterminismTests
{
    [Theory]
    [InlineData(DeflateEngineKind.Libdeflate)]
    [InlineData(DeflateEngineKind.Zlib)]
    public async Task Workers_order_of_listing_and_store_do_not_change_a_byte(DeflateEngineKind engine)
    {
        SampleDelivery delivery = ArchiveTests.Everything();

        using PackagingKit kit = new();
        Package first = await kit.PackageAsync(delivery, writer: PackagingKit.Writer(engine, workers: 1));
        DiscardingBlobStore nowhere = new(TimeProvider.System);
        Package again = await PackagingKit.PackageAsync(delivery.Shuffled(5), nowhere, writer: PackagingKit.Writer(engine, workers: 4));

        again.Files.ShouldBe(first.Files);
        again.DeliveryDigest.ShouldBe(first.DeliveryDigest);
        again.Packager.ShouldBe(first.Packager);
        again.Archives[0].Blocks.ShouldBe(first.Archives[0].Blocks);
        first.Packager.Engine.ShouldStartWith(engine == DeflateEngineKind.Zlib ? "zlib-ng of .NET " : "libdeflate ");
        List<long> lengths = [];
        await foreach (OpenData.Server.Storage.BlobInfo blob in nowhere.ListAsync("", CancellationToken.None))
        {
            lengths.Add(blob.Bytes);
        }
        lengths.ShouldBe(first.Files.Select(file => file.Bytes), ignoreOrder: true);
    }

    [Fact]
    public async Task The_delivery_is_recognised_whatever_the_volumes_and_the_level()
    {
        DiscardingBlobStore nowhere = new(TimeProvider.System);
        Package one = await PackagingKit.PackageAsync(Delivery("c"), nowhere);
        Package small = await PackagingKit.PackageAsync(Delivery("c"), nowhere, PackagingKit.Rules(volumeBytes: 1, level: 9));
        Package other = await PackagingKit.PackageAsync(Delivery("d"), nowhere);

        small.Archives.Count.ShouldBe(3);
        small.DeliveryDigest.ShouldBe(one.DeliveryDigest);
        other.DeliveryDigest.ShouldNotBe(one.DeliveryDigest);

        static SampleDelivery Delivery(string content) => new SampleDelivery().With("a", "a").With("b", "b").With("z", content);
    }

    [Fact]
    public async Task Tiny_entries_are_compressed_at_the_fastest_level_unless_more_than_the_default_is_asked_for()
    {
        Random random = new(3);
        string[] words = [.. Enumerable.Range(0, 300).Select(_ => new string([.. Enumerable.Range(0, random.Next(2, 9)).Select(_ => (char)random.Next('a', 'z'))]))];
        string text = string.Join(' ', Enumerable.Range(0, 2000).Select(_ => words[(int)(words.Length * random.NextDouble() * random.NextDouble())]));
        string tiny = text[..DeflateEngine.TinyEntry];
        string larger = text[..(DeflateEngine.TinyEntry + 1)];

        (await ArchiveAsync(tiny, 4)).ShouldBe(await ArchiveAsync(tiny, 1));
        (await ArchiveAsync(tiny, 6)).ShouldNotBe(await ArchiveAsync(tiny, 1));
        (await ArchiveAsync(larger, 4)).ShouldNotBe(await ArchiveAsync(larger, 1));

        static async Task<Sha256Digest> ArchiveAsync(string content, int level) =>
            (await PackagingKit.PackageAsync(
                new SampleDelivery().With("a.txt", content), new DiscardingBlobStore(TimeProvider.System), PackagingKit.Rules(level: level), PackagingKit.Writer(DeflateEngineKind.Libdeflate)))
            .Archives[0].Manifest.Sha256;
    }
}

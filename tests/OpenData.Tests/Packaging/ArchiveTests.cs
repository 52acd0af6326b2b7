using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Storage;

namespace OpenData.Tests.Packaging;

/// <summary>What is in an archive is what was delivered, and every reader can take it out.</summary>
public sealed class ArchiveTests : IDisposable
{
    private readonly PackagingKit _kit = new();

    [Theory]
    [InlineData(DeflateEngineKind.Libdeflate)]
    [InlineData(DeflateEngineKind.Zlib)]
    public async Task Every_reader_accepts_an_archive_of_everything_that_occurs(DeflateEngineKind engine)
    {
        SampleDelivery delivery = Everything();

        Package package = await _kit.PackageAsync(delivery, writer: PackagingKit.Writer(engine));

        string archive = package.Archives.ShouldHaveSingleItem().Manifest.Name;
        await _kit.ShouldBeAcceptedByEveryReaderAsync(archive);
        ShouldHoldWhatWasDelivered(archive, delivery);
    }

    [Fact]
    public void Whatever_is_delivered_comes_back_byte_for_byte()
    {
        Gen<string> segment = Gen.Elements("专利、文献", "DOC00001.xml", "a b", "a..b", ".hidden", "ÄÖ", "no-extension", "🗜", new string('长', 80), "CN102015000163325CN00001047518250BFULZH20231003CN00Q.XML");
        Gen<string> name = from path in segment.NonEmptyListOf() from unique in Gen.Choose(0, 1 << 20) select string.Join('/', path.Take(4)) + "." + unique;
        Gen<byte[]> content =
            from size in Gen.Frequency((2, Gen.Choose(0, 2)), (6, Gen.Choose(3, 5000)), (2, Gen.Choose(16_000, 200_000)), (1, Gen.Choose(4_190_000, 4_200_000)))
            from seed in Gen.Choose(0, 1 << 20)
            from kind in Gen.Elements(Kind.Text, Kind.Random, Kind.Zeros)
            select Bytes(kind, size, seed);
        Gen<(string Name, byte[] Content)[]> files = (from n in name from c in content select (n, c)).NonEmptyListOf()
            .Select(list => list.DistinctBy(file => EntryName.CollisionKey(file.n)).Select(file => (file.n, file.c)).ToArray());

        Prop.ForAll(files.ToArbitrary(), list =>
        {
            using PackagingKit kit = new();
            SampleDelivery delivery = new();
            foreach ((string fileName, byte[] bytes) in list)
            {
                delivery.With(fileName, bytes);
            }
            Package package = kit.PackageAsync(delivery).GetAwaiter().GetResult();
            IReadOnlyDictionary<string, byte[]> unzipped = kit.Unzip(package.Archives.Single().Manifest.Name);
            return unzipped.Count == list.Length && list.All(file => unzipped[file.Name].AsSpan().SequenceEqual(file.Content));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40).WithEndSize(30));
    }

    [Fact]
    public async Task The_index_says_where_each_entry_is_and_what_it_holds()
    {
        SampleDelivery delivery = Everything();

        Package package = await _kit.PackageAsync(delivery);

        IReadOnlyList<EntryRecord> index = _kit.Index(1);
        index.Select(entry => entry.Name).ShouldBe(delivery.Names.OrderBy(name => Convert.ToHexString(Encoding.UTF8.GetBytes(name)), StringComparer.Ordinal));
        byte[] archive = File.ReadAllBytes(_kit.PathOf(package.Archives[0].Manifest.Name));
        foreach (EntryRecord entry in index)
        {
            byte[] content = delivery.Content(entry.Name);
            entry.Size.ShouldBe(content.Length);
            entry.Sha256.ShouldBe(Sha256Digest.Of(content));
            int at = (int)entry.Offset;
            BitConverter.ToUInt32(archive, at).ShouldBe(0x04034B50u);
            int data = at + 30 + BitConverter.ToUInt16(archive, at + 26) + BitConverter.ToUInt16(archive, at + 28);
            Inflate(archive.AsSpan(data, (int)entry.Compressed), BitConverter.ToUInt16(archive, at + 8)).ShouldBe(content, entry.Name);
        }
        await _kit.RunAsync("gzip", "-t", _kit.PathOf(PackagingKit.Release.EntriesName(1)));
    }

    [Fact]
    public async Task Digests_pieces_and_blocks_are_those_of_the_stored_file()
    {
        SampleDelivery delivery = new SampleDelivery().With("random", Bytes(Kind.Random, 9_500_000, 1));

        Package package = await _kit.PackageAsync(delivery);

        PackagedArchive archive = package.Archives[0];
        byte[] stored = File.ReadAllBytes(_kit.PathOf(archive.Manifest.Name));
        archive.Manifest.Bytes.ShouldBe(stored.Length);
        archive.Manifest.Sha256.ShouldBe(Sha256Digest.Of(stored));
        archive.Manifest.Pieces.ShouldBe(stored.Chunk(Pieces.Length).Select(piece => Sha256Digest.Of(piece)));
        archive.Blocks.ShouldBe(stored.Chunk(PackagedArchive.BlockLength).SelectMany(block => System.IO.Hashing.XxHash128.Hash(block)));
        foreach (StoredFile file in package.Files)
        {
            byte[] content = File.ReadAllBytes(_kit.PathOf(file.Name));
            (file.Bytes, file.Sha256).ShouldBe((content.Length, Sha256Digest.Of(content)));
        }
    }

    [Fact]
    public async Task What_is_compressed_already_is_stored_and_the_archive_hardly_grows()
    {
        byte[] jpeg = [0xFF, 0xD8, 0xFF, .. Bytes(Kind.Text, 50_000, 3)];
        SampleDelivery delivery = new SampleDelivery().With("a.jpg", jpeg).With("b.bin", Bytes(Kind.Random, 50_000, 1)).With("c.bin", Bytes(Kind.Random, 6_000_000, 2));

        await _kit.PackageAsync(delivery);

        IReadOnlyList<EntryRecord> index = _kit.Index(1);
        index[0].Compressed.ShouldBe(jpeg.Length);
        index[1].Compressed.ShouldBe(50_000);
        index[2].Compressed.ShouldBeLessThan(6_000_000 + 6_000_000 / 10_000);
    }

    public void Dispose() => _kit.Dispose();

    internal static SampleDelivery Everything()
    {
        SampleDelivery delivery = new SampleDelivery()
            .With("empty.xml", "")
            .With("one", "1")
            .With("CN102015000163325CN00001047518250BFULZH20231003CN00Q.XML", Bytes(Kind.Text, 60_000, 1))
            .With("专利、 文献/生物序列2023年 (附图)..xml", Bytes(Kind.Text, 3_000, 2))
            .With("长/" + new string('名', 60) + ".TIF", Bytes(Kind.Random, 70_000, 3))
            .With("double..dots/a b/ÄÖÜ.xml", "<a/>")
            .With("at-the-limit", Bytes(Kind.Text, PackingPipeline.BufferedEntryLimit, 4))
            .With("streamed/text.xml", Bytes(Kind.Text, PackingPipeline.BufferedEntryLimit + 1, 5))
            .With("streamed/whole-blocks.xml", Bytes(Kind.Text, 6 * PackingPipeline.BlockLength, 6))
            .With("streamed/random.bin", Bytes(Kind.Random, 5_000_001, 7))
            .With("streamed/zeros.bin", Bytes(Kind.Zeros, 7_000_000, 8))
            .With("streamed/photo.JPG", [0xFF, 0xD8, 0xFF, .. Bytes(Kind.Random, 5_000_000, 9)]);
        for (int i = 0; i < 100; i++)
        {
            delivery.With($"tiny/{i:000}/DOC00001.xml", $"<doc n='{i}'/>");
        }
        return delivery;
    }

    internal enum Kind
    {
        Text,
        Random,
        Zeros,
    }

    internal static byte[] Bytes(Kind kind, int size, int seed)
    {
        byte[] bytes = new byte[size];
        Random random = new(seed);
        switch (kind)
        {
            case Kind.Random:
                random.NextBytes(bytes);
                break;
            case Kind.Text:
                byte[][] words = [.. Enumerable.Range(0, 800).Select(_ => Encoding.UTF8.GetBytes(random.Next(3) == 0 ? "所述" + (char)random.Next(0x4E00, 0x9FFF) : $"<p{random.Next(99)}> "))];
                for (int at = 0; at < size;)
                {
                    byte[] word = words[random.Next(words.Length)];
                    word.AsSpan(0, Math.Min(word.Length, size - at)).CopyTo(bytes.AsSpan(at));
                    at += word.Length;
                }
                break;
            case Kind.Zeros:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind));
        }
        return bytes;
    }

    private void ShouldHoldWhatWasDelivered(string archive, SampleDelivery delivery)
    {
        IReadOnlyDictionary<string, byte[]> unzipped = _kit.Unzip(archive);
        unzipped.Keys.ShouldBe(delivery.Names, ignoreOrder: true);
        foreach ((string name, byte[] content) in unzipped)
        {
            SHA256.HashData(content).ShouldBe(SHA256.HashData(delivery.Content(name)), name);
        }
    }

    private static byte[] Inflate(ReadOnlySpan<byte> data, int method)
    {
        if (method == 0)
        {
            return data.ToArray();
        }
        using System.IO.Compression.DeflateStream inflate = new(new MemoryStream(data.ToArray()), System.IO.Compression.CompressionMode.Decompress);
        using MemoryStream content = new();
        inflate.CopyTo(content);
        return content.ToArray();
    }
}

using System.IO.Compression;
using FsCheck;
using FsCheck.Fluent;
using OpenData.Server.Packaging;
using OpenData.Server.Packaging.Deflate;

namespace OpenData.Tests.Packaging;

/// <summary>Deflate in pieces: what several cores compressed apart is one stream to a reader.</summary>
public sealed class DeflateTests
{
    [Theory]
    [InlineData(DeflateEngineKind.Libdeflate)]
    [InlineData(DeflateEngineKind.Zlib)]
    [InlineData(DeflateEngineKind.Isal)]
    public void Blocks_compressed_apart_are_one_stream(DeflateEngineKind kind)
    {
        Gen<(ArchiveTests.Kind Kind, int Size, int Seed)> block =
            from kindOfBytes in Gen.Elements(ArchiveTests.Kind.Text, ArchiveTests.Kind.Random, ArchiveTests.Kind.Zeros)
            from size in Gen.Frequency((3, Gen.Choose(1, 300)), (3, Gen.Choose(301, 70_000)), (1, Gen.Choose(70_001, 1 << 20)))
            from seed in Gen.Choose(0, 1 << 20)
            select (kindOfBytes, size, seed);
        DeflateEngine engine = DeflateEngine.Choose(kind);

        Prop.ForAll(block.NonEmptyListOf().ToArbitrary(), Gen.Choose(1, engine.MaxLevel).ToArbitrary(), (blocks, level) =>
        {
            using Deflater deflater = engine.Create(level);
            using MemoryStream joined = new();
            using MemoryStream expected = new();
            foreach ((ArchiveTests.Kind kindOfBytes, int size, int seed) in blocks.Take(6))
            {
                byte[] input = ArchiveTests.Bytes(kindOfBytes, size, seed);
                byte[] output = new byte[Deflater.BlockBound(size)];
                expected.Write(input);
                joined.Write(output, 0, deflater.CompressBlock(input, output));
            }
            joined.Write(StoredBlocks.End);
            joined.Position = 0;
            using DeflateStream inflate = new(joined, CompressionMode.Decompress);
            using MemoryStream actual = new();
            inflate.CopyTo(actual);
            return actual.ToArray().AsSpan().SequenceEqual(expected.ToArray());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Fact]
    public void A_stream_that_is_cut_off_is_not_taken_for_a_whole_one()
    {
        using Deflater deflater = DeflateEngine.Choose(DeflateEngineKind.Auto).Create(6);
        byte[] stream = new byte[100_000];
        int length = deflater.Compress(ArchiveTests.Bytes(ArchiveTests.Kind.Text, 100_000, 1), stream);

        Should.Throw<InvalidDataException>(() => new DeflateStreams().Open(stream.AsSpan(0, length / 2), length / 2));
    }

    [Theory]
    [InlineData(DeflateEngineKind.Libdeflate)]
    [InlineData(DeflateEngineKind.Zlib)]
    [InlineData(DeflateEngineKind.Isal)]
    public void A_whole_stream_opens_to_what_went_in_or_says_that_there_is_no_room(DeflateEngineKind kind)
    {
        DeflateEngine engine = DeflateEngine.Choose(kind);
        for (int level = 1; level <= engine.MaxLevel; level++)
        {
            using Deflater deflater = engine.Create(level);
            foreach (int size in (int[])[1, 300, 5_000, 300_000])
            {
                foreach (ArchiveTests.Kind content in Enum.GetValues<ArchiveTests.Kind>())
                {
                    byte[] input = ArchiveTests.Bytes(content, size, level);
                    byte[] output = new byte[2 * size + 1000];
                    int length = deflater.Compress(input, output);
                    byte[] back = new byte[size];
                    using DeflateStream inflate = new(new MemoryStream(output, 0, length), CompressionMode.Decompress);
                    inflate.ReadExactly(back);
                    inflate.ReadByte().ShouldBe(-1);
                    back.AsSpan().SequenceEqual(input).ShouldBeTrue();
                    deflater.Compress(input, output.AsSpan(0, length / 2)).ShouldBe(0);
                }
            }
        }
    }

    [Fact]
    public void Installed_libdeflate_is_named_with_its_version_or_its_fingerprint() =>
        DeflateEngine.Choose(DeflateEngineKind.Libdeflate).Name.ShouldMatch(@"^libdeflate (\d\.\d+|[0-9a-f]{8})$");
}

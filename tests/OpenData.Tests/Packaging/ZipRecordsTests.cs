using System.Buffers.Binary;
using OpenData.Server.Packaging.Zip;

namespace OpenData.Tests.Packaging;

/// <summary>The zip64 records, of which real ones would need gigabytes.</summary>
public sealed class ZipRecordsTests
{
    private const long Big = 5L << 30;

    [Fact]
    public void An_entry_behind_4_GiB_has_its_offset_in_the_zip64_field()
    {
        byte[] header = new byte[200];

        int length = ZipRecords.WriteCentralHeader(header, "a"u8, new ZipEntry(1, 10, 5, Stored: false, Streamed: false), Big);

        length.ShouldBe(46 + 1 + 4 + 8);
        U32(header, 42).ShouldBe(uint.MaxValue);
        (U16(header, 6), U16(header, 30), U16(header, 47), U16(header, 49)).ShouldBe(((ushort)45, (ushort)12, (ushort)1, (ushort)8));
        BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(51)).ShouldBe(Big);
        U32(header, 24).ShouldBe(10u);
    }

    [Fact]
    public void An_entry_of_more_than_4_GiB_says_so_before_its_data_and_has_wide_figures_behind_them()
    {
        ZipEntry entry = new(7, Big, Big / 2, Stored: false, Streamed: true);
        byte[] header = new byte[200];
        byte[] descriptor = new byte[ZipRecords.MaxDescriptor];

        ZipRecords.WriteLocalHeader(header, "a"u8, entry).ShouldBe(30 + 1 + 20);
        ZipRecords.WriteDescriptor(descriptor, entry).ShouldBe(24);

        (U32(header, 18), U32(header, 22), U16(header, 28)).ShouldBe((uint.MaxValue, uint.MaxValue, (ushort)20));
        BinaryPrimitives.ReadInt64LittleEndian(descriptor.AsSpan(16)).ShouldBe(Big);
        ZipRecords.WriteCentralHeader(header, "a"u8, entry, 0).ShouldBe(46 + 1 + 4 + 8, "the compressed size and the offset fit into 32 bits");
    }

    [Theory]
    [InlineData(65_534, 100, 100, 22)]
    [InlineData(65_535, 100, 100, 98)]
    [InlineData(10, Big, 100, 98)]
    [InlineData(10, 100, Big, 98)]
    public void The_end_has_zip64_records_only_where_figures_need_them(long entries, long offset, long length, int expected) =>
        ZipRecords.WriteEnd(new byte[ZipRecords.MaxEnd], entries, offset, length).ShouldBe(expected);

    private static ushort U16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
}

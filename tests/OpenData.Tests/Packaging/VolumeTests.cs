using OpenData.Format;
using OpenData.Server.Packaging;

namespace OpenData.Tests.Packaging;

public sealed class VolumeTests : IDisposable
{
    private readonly PackagingKit _kit = new();

    [Fact]
    public async Task Volumes_are_bounded_and_hold_every_entry_once_in_byte_order()
    {
        SampleDelivery delivery = new SampleDelivery().With("larger-than-a-volume", ArchiveTests.Bytes(ArchiveTests.Kind.Random, 70_000, 1));
        for (int i = 0; i < 60; i++)
        {
            delivery.With($"{(i % 2 == 0 ? "é" : "z")}/CN{i:00}A.xml", ArchiveTests.Bytes(ArchiveTests.Kind.Text, 3000 + 97 * i, i));
        }

        Package package = await _kit.PackageAsync(delivery, PackagingKit.Rules(volumeBytes: 50_000));

        package.Archives.Count.ShouldBeGreaterThan(5);
        List<string> names = [];
        for (int v = 1; v <= package.Archives.Count; v++)
        {
            ArchiveManifest manifest = package.Archives[v - 1].Manifest;
            manifest.Name.ShouldBe(PackagingKit.Release.ArchiveName(v));
            IReadOnlyList<EntryRecord> index = _kit.Index(v);
            (manifest.Entries, manifest.UncompressedBytes, manifest.First, manifest.Last).ShouldBe((index.Count, index.Sum(entry => entry.Size), index[0].Name, index[^1].Name));
            (manifest.UncompressedBytes <= 50_000 || manifest.Entries == 1).ShouldBeTrue($"volume {v} holds {manifest.UncompressedBytes} bytes in {manifest.Entries} entries");
            names.AddRange(index.Select(entry => entry.Name));
            await _kit.ShouldBeAcceptedByEveryReaderAsync(manifest.Name);
        }
        names.ShouldBe(delivery.Names.OrderBy(name => Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(name)), StringComparer.Ordinal));
        names[^1].ShouldStartWith("é", Case.Sensitive, "UTF-8 puts it behind z; cultures do not");
        package.Files.Select(file => file.Name).ShouldBe(package.Archives.SelectMany((_, i) => new[] { PackagingKit.Release.ArchiveName(i + 1), PackagingKit.Release.EntriesName(i + 1) }).Append(PackagingKit.Release.FindingsName));
        package.Documents.ShouldBe(60);
        package.Archives.Sum(archive => archive.Manifest.Documents).ShouldBe(60);
    }

    [Fact]
    public async Task A_document_of_several_files_is_counted_once()
    {
        SampleDelivery delivery = new SampleDelivery()
            .With("CN1A/CN1A.XML", "<a/>").With("CN1A/CN1A_0001.TIF", "tiff").With("CN2B1.xml", "<b/>").With("index.xml", "<index/>");

        Package package = await _kit.PackageAsync(delivery, PackagingKit.Rules(volumeBytes: 1));

        package.Documents.ShouldBe(2);
        package.Archives.Select(archive => archive.Manifest.Documents).ShouldBe([1, 1, 1, 0]);
    }

    [Fact]
    public async Task More_entries_than_zip_can_count_in_16_bits_are_read_by_every_reader()
    {
        SampleDelivery delivery = new();
        const int Count = 65_535 + 40;
        for (int i = 0; i < Count; i++)
        {
            delivery.With($"{i / 1000:00}/{i:00000}.txt", "x");
        }

        Package package = await _kit.PackageAsync(delivery);

        string archive = package.Archives[0].Manifest.Name;
        package.Archives[0].Manifest.Entries.ShouldBe(Count);
        await _kit.ShouldBeAcceptedByEveryReaderAsync(archive);
        (await _kit.RunAsync("python3", "-c", "import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).namelist()))", _kit.PathOf(archive))).Trim().ShouldBe(Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    public void Dispose() => _kit.Dispose();
}

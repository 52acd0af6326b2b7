using System.Globalization;
using System.Xml;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Packaging;
using OpenData.Server.Samples;
using OpenData.Server.Sources;
using OpenData.Tests.Support;

namespace OpenData.Tests.Samples;

/// <summary>What is in the samples of each of the 44 datasets.</summary>
public sealed class SampleContentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Codes => [.. SampleCatalog.Codes];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task The_authority_file_lists_what_the_names_hold_and_nothing_else(string code)
    {
        Dataset dataset = SampleCatalog.Of(code);
        string edition = await WriteAsync(dataset);

        HashSet<string> found = [.. Entries(dataset, edition).Select(name => PublicationNumbers.Find(dataset.Package.Document, name)).OfType<string>()];
        List<AuthorityLine> lines = [];
        await using (FileStream file = File.OpenRead(Path.Combine(edition, Delivery.AuthorityName)))
        {
            await foreach (AuthorityLine line in AuthorityFile.ReadAsync(file, CancellationToken.None))
            {
                lines.Add(line);
            }
        }

        lines.ShouldAllBe(line => line.Fault == null);
        lines.ShouldAllBe(line => line.Record!.Date.ToString("yyyyMMdd", CultureInfo.InvariantCulture) == Path.GetFileName(edition));
        AuthorityRecord[] listed = [.. lines.Select(line => line.Record!).Where(record => record.Exception is null)];
        listed.Select(record => dataset.Category == "ic-layout" ? record.Number : record.Publication).ShouldBe(found, ignoreOrder: true);
        lines.Select(line => line.Record!).Where(record => record.Exception is not null).ShouldAllBe(record => !found.Contains(record.Publication) && !found.Contains(record.Number));
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Names_are_safe_and_every_medium_is_there_and_valid(string code)
    {
        Dataset dataset = SampleCatalog.Of(code);
        string edition = await WriteAsync(dataset);

        IReadOnlyList<string> names = Entries(dataset, edition);
        names.ShouldAllBe(name => EntryName.Fault(name) == null);
        names.Select(EntryName.CollisionKey).ShouldBeUnique();
        foreach (string name in names)
        {
            string path = Path.Combine(edition, name);
            switch (Path.GetExtension(name).ToUpperInvariant())
            {
                case ".XML":
                    WellFormed(path);
                    break;
                case ".JPG":
                    Pictures.Jpeg(await File.ReadAllBytesAsync(path));
                    break;
                case ".TIF":
                    Pictures.Tiff(await File.ReadAllBytesAsync(path));
                    break;
                case ".PDF":
                    Pictures.Pdf(await File.ReadAllBytesAsync(path));
                    break;
            }
        }
        string[] extensions = [.. names.Select(name => Path.GetExtension(name).TrimStart('.').ToLowerInvariant()).Distinct()];
        extensions.Except(dataset.Media).Except(dataset.Jurisdiction == "EP" ? ["", "xml", "csv"] : []).ShouldBeEmpty();
        extensions.ShouldContain(dataset.Media.Contains("pdf") ? "pdf" : "xml");
        if (dataset.Media.Contains("jpg") || dataset.Media.Contains("tif") && !dataset.Media.Contains("pdf"))
        {
            extensions.ShouldContain(dataset.Media.Contains("jpg") ? "jpg" : "tif");
        }
    }

    private async Task<string> WriteAsync(Dataset dataset)
    {
        await SampleDeliveries.WriteAsync(_folder.Path, [dataset], SampleCatalog.Small(size: 120_000));
        return Directory.EnumerateDirectories(_folder[dataset.Source.Path]).ShouldHaveSingleItem();
    }

    private static IReadOnlyList<string> Entries(Dataset dataset, string edition) =>
        [.. SampleCatalog.Names(edition).Where(name => name != Delivery.AuthorityName && name != dataset.Source.Ready)];

    private static void WellFormed(string path)
    {
        using XmlReader reader = XmlReader.Create(path, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
        while (reader.Read())
        {
        }
    }
}

using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Packaging;
using OpenData.Server.Storage;
using OpenData.Tests.Support;

namespace OpenData.Tests.Packaging;

/// <summary>Packages sample deliveries into a folder and looks at what came out with the eyes of a user.</summary>
internal sealed class PackagingKit : IDisposable
{
    public static readonly ReleaseId Release = new("CN-PA-TXTS-10-A", "20240102", 1);

    private readonly TemporaryFolder _folder = new();

    public PackagingKit() => Store = FileBlobStore.Open(_folder.Path);

    public FileBlobStore Store { get; }

    public static PackageRules Rules(long volumeBytes = 1L << 30, int? level = null) =>
        new(volumeBytes, new Regex(@"(?:^|/)(?<number>CN\d+[A-Z]\d?)", RegexOptions.None, TimeSpan.FromSeconds(1)), level);

    public static Dataset Dataset(PackageRules? rules = null) => new()
    {
        Code = Release.Dataset,
        Name = new LocalizedText("样品", "Sample"),
        Description = new LocalizedText("样品", "Sample"),
        Jurisdiction = "CN",
        Category = "patent",
        Content = "full-text",
        Provenance = "own-proposal",
        Access = AccessLevel.Open,
        Schedule = new DatasetSchedule("0 0 6 * * ?", TimeZoneInfo.Utc, TimeSpan.FromDays(1)),
        Source = new DatasetSource(SourceKind.Directory, "CN", "READY"),
        Package = rules ?? Rules(),
    };

    public static PackageWriter Writer(DeflateEngineKind engine = DeflateEngineKind.Auto, int? workers = null) =>
        new(Options.Create(new PackagingOptions { Engine = engine, Workers = workers }));

    public Task<Package> PackageAsync(SampleDelivery delivery, PackageRules? rules = null, PackageWriter? writer = null) =>
        PackageAsync(delivery, Store, rules, writer);

    public static async Task<Package> PackageAsync(SampleDelivery delivery, BlobStore store, PackageRules? rules = null, PackageWriter? writer = null)
    {
        Dataset dataset = Dataset(rules);
        PackagePlan plan = await PackagePlan.ForAsync(delivery, dataset.Package, CancellationToken.None);
        return await (writer ?? Writer()).WriteAsync(Release, dataset, delivery, plan, store, new PackagingProgress(), CancellationToken.None);
    }

    public string PathOf(string fileName) => Path.Combine(_folder.Path, BlobKey.Of(Release, fileName).Path);

    public IReadOnlyList<string> FilesLeft() => [.. Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories)];

    public IReadOnlyList<EntryRecord> Index(int volume)
    {
        using GZipStream gzip = new(File.OpenRead(PathOf(Release.EntriesName(volume))), CompressionMode.Decompress);
        using StreamReader lines = new(gzip, Encoding.UTF8);
        return [.. lines.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize(line, FormatJson.Default.EntryRecord)!)];
    }

    /// <summary>The archive as the framework reads it: name by name.</summary>
    public IReadOnlyDictionary<string, byte[]> Unzip(string archive)
    {
        using ZipArchive zip = ZipFile.OpenRead(PathOf(archive));
        Dictionary<string, byte[]> contents = new(StringComparer.Ordinal);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            using MemoryStream content = new();
            using Stream stream = entry.Open();
            stream.CopyTo(content);
            contents.Add(entry.FullName, content.ToArray());
        }
        return contents;
    }

    /// <summary>Every reader that users have accepts the archive.</summary>
    public async Task ShouldBeAcceptedByEveryReaderAsync(string archive)
    {
        string path = PathOf(archive);
        await Tool.SucceedAsync(_folder.Path, "unzip", "-tqq", path);
        (await Tool.SucceedAsync(_folder.Path, "7z", "t", path)).ShouldNotContain("Warnings");
        await Tool.SucceedAsync(_folder.Path, "python3", "-c", "import sys, zipfile; bad = zipfile.ZipFile(sys.argv[1]).testzip(); sys.exit(bad)", path);
    }

    public Task<string> RunAsync(string program, params string[] arguments) => Tool.SucceedAsync(_folder.Path, program, arguments);

    public void Dispose() => _folder.Dispose();
}

using System.Collections.Frozen;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;
using OpenData.Server.Sources;
using OpenData.Server.Storage;
using OpenData.Tests.Support;

namespace OpenData.Tests.Scheduling;

/// <summary>The whole line from a delivery in a folder to a release, over a real database and a real folder, at a time of the test's own.</summary>
internal sealed class Workshop : IAsyncDisposable
{
    public const string Code = "CN-PA-TXTS-10-A";

    private readonly TemporaryFolder _folder = new();
    private readonly TestDatabase _database;
    private readonly ServiceProvider _services;

    private Workshop(TestDatabase database, Dataset dataset, (string Name, string Value)[] settings)
    {
        _database = database;
        Dataset = dataset;
        ServiceCollection services = new();
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["OpenData:DataFolder"] = _folder.Path,
                ["OpenData:Storage:Path"] = _folder["storage"],
                ["OpenData:Sources:Root"] = _folder["deliveries"],
            })
            .AddInMemoryCollection(database.Settings.ToDictionary(pair => pair.Key.Replace("__", ":", StringComparison.Ordinal), pair => (string?)pair.Value))
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)))
            .Build();
        services.AddSingleton(configuration).AddLogging().AddMetrics().AddSingleton<TimeProvider>(Time).AddSingleton<ICurrentCatalog>(new OneDataset(this));
        services.AddDatabase(configuration).AddSources(configuration).AddPackaging(configuration).AddStorage(configuration).AddReleases(configuration);
        services.AddScheduling(configuration, worker: false);
        _services = services.BuildServiceProvider();
        Directory.CreateDirectory(_folder["deliveries"]);
    }

    public FakeTime Time { get; } = new();

    /// <summary>The dataset, as the catalog has it from now on.</summary>
    public Dataset Dataset { get; set; }

    public DueEditions Due => Of<DueEditions>();

    public ReleaseQueries Queries => Of<ReleaseQueries>();

    public static async Task<Workshop> CreateAsync(DatabaseKind kind, params (string Name, string Value)[] settings) =>
        new(await TestDatabase.CreateAsync(kind), SampleDataset(), settings);

    public static Dataset SampleDataset() => new()
    {
        Code = Code,
        Name = new LocalizedText("全文", "Full text"),
        Description = new LocalizedText("全文", "Full text"),
        Jurisdiction = "CN",
        Category = "patent",
        Content = "full-text",
        Provenance = "own-proposal",
        Access = AccessLevel.Open,
        Schedule = new DatasetSchedule("0 0 6 ? * TUE", TimeZoneInfo.Utc, TimeSpan.FromDays(1)),
        Source = new DatasetSource(SourceKind.Directory, "CN/" + Code, "READY"),
        Package = new PackageRules(1 << 30, new Regex("(?:^|/)(?<number>CN[0-9]+[A-Z])", RegexOptions.None, TimeSpan.FromSeconds(1))),
    };

    public T Of<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public static ReleaseId Release(string edition, int revision = 1) => new(Code, edition, revision);

    /// <summary>A delivery arrives now: what was there of it is replaced, the marker is set last.</summary>
    public void Deliver(string edition, params (string Name, string Text)[] files) => Deliver(edition, null, files);

    public void Deliver(string edition, string? authority, params (string Name, string Text)[] files)
    {
        string folder = FolderOf(edition);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
        foreach ((string name, string text) in files)
        {
            Put(edition, name, text);
        }
        if (authority is not null)
        {
            Put(edition, "AUTHORITY.csv", authority);
        }
        Put(edition, "READY", "");
    }

    /// <summary>A file is written now.</summary>
    public void Put(string edition, string name, string text)
    {
        string path = Path.Combine(FolderOf(edition), name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetLastWriteTimeUtc(path, Time.GetUtcNow().UtcDateTime);
    }

    public string FolderOf(string edition) => _folder["deliveries/CN/" + Code + "/" + edition];

    public string StoredAt(ReleaseId release, string name) => _folder["storage/" + BlobKey.Of(release, name).Path];

    /// <summary>A firing of the dataset's schedule.</summary>
    public Task FireAsync() => Due.PackageAsync(Code, CancellationToken.None);

    public async Task<int> RunsAsync() => (await Of<RunHistory>().ListAsync(null, null, null, 1000, CancellationToken.None)).Count;

    public async Task<IReadOnlyList<Change>> ChangesAsync(long after = 0) => await Of<ChangeFeed>().AfterAsync(after, 1000, CancellationToken.None);

    public async Task<Manifest> ManifestAsync(string edition, int revision = 1) =>
        (await Queries.ManifestAsync(Release(edition, revision), CancellationToken.None)).ShouldNotBeNull();

    /// <summary>What the archives of a release hold: names and texts.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ContentAsync(string edition, int revision = 1)
    {
        Dictionary<string, string> content = new(StringComparer.Ordinal);
        foreach (ArchiveManifest archive in (await ManifestAsync(edition, revision)).Archives)
        {
            using ZipArchive zip = ZipFile.OpenRead(StoredAt(Release(edition, revision), archive.Name));
            foreach (ZipArchiveEntry entry in zip.Entries)
            {
                using StreamReader reader = new(entry.Open());
                content.Add(entry.FullName, await reader.ReadToEndAsync());
            }
        }
        return content;
    }

    public async Task<EditionState?> StateAsync(string edition) => (await Of<EditionStates>().FindAsync(Code, edition, CancellationToken.None))?.State;

    public IReadOnlyList<EntryChange> ListedChanges(ReleaseId release)
    {
        using GZipStream gzip = new(File.OpenRead(StoredAt(release, release.ChangesName)), CompressionMode.Decompress);
        using StreamReader lines = new(gzip, Encoding.UTF8);
        return [.. lines.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize(line, FormatJson.Default.EntryChange)!)];
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    private sealed class OneDataset(Workshop workshop) : ICurrentCatalog
    {
        public DatasetCatalog Current => new(
            new[] { workshop.Dataset }.ToFrozenDictionary(dataset => dataset.Code),
            FrozenDictionary<string, Tier>.Empty,
            FrozenDictionary<string, Terms>.Empty,
            ByteRate.FromMegabits(100));

        public event Action<DatasetCatalog>? Changed
        {
            add { }
            remove { }
        }
    }
}

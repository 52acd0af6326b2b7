using System.Collections.Frozen;
using System.Data.Common;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Releases.Scrubbing;
using OpenData.Server.Scheduling;
using OpenData.Server.Sources;
using OpenData.Server.Storage;
using OpenData.Tests.Support;

namespace OpenData.Tests.Faults;

/// <summary>
/// A real database, a real store and deliveries of one dataset, for processes that live and die on them. A process is an object graph as the
/// program composes it; to die is to be let go with nothing cleaned up. Files are in memory: what is tried is order, not fsync.
/// </summary>
internal sealed class FaultHouse : IAsyncDisposable
{
    public const string Code = "CN-TEST";

    private readonly DirectoryInfo _folder;
    private readonly Func<FaultHouse, BlobStore> _openStore;
    private readonly bool _ownsFolder;
    private TestDatabase? _database;

    private FaultHouse(Func<FaultHouse, BlobStore>? openStore, string? folder)
    {
        _openStore = openStore ?? (house => FileBlobStore.Open(house.At("storage")));
        _ownsFolder = folder is null;
        _folder = Directory.CreateDirectory(folder ?? TemporaryFolder.InMemory().Path);
    }

    /// <summary>The database, undisturbed.</summary>
    public SqlDatabase Sql { get; private set; } = null!;

    /// <summary>The store, undisturbed.</summary>
    public BlobStore Store { get; private set; } = null!;

    /// <summary>Another folder that has everything, to repair from; empty until <see cref="CopyAsync"/>.</summary>
    public SecondStore Second { get; private set; } = null!;

    /// <param name="kind">Which database.</param>
    /// <param name="openStore">Which store; a folder where null.</param>
    /// <param name="folder">Where everything is, for the caller to remove; a folder of its own in memory where null.</param>
    public static async Task<FaultHouse> CreateAsync(DatabaseKind kind, Func<FaultHouse, BlobStore>? openStore = null, string? folder = null)
    {
        FaultHouse house = new(openStore, folder);
        if (kind == DatabaseKind.Sqlite)
        {
            await MigratedDatabase.WriteSqliteAsync(house.At("opendata.db"));
            house.Sql = new SqliteDatabase(house.At("opendata.db"));
        }
        else
        {
            house._database = await TestDatabase.CreateAsync(kind);
            house.Sql = house._database.Sql;
        }
        house.Store = house._openStore(house);
        house.Second = new SecondBlobStore(FileBlobStore.OpenToRead(house.At("second")));
        return house;
    }

    public string At(string below) => Path.Combine(_folder.FullName, below);

    /// <summary>A process that lives until its plan lets it die.</summary>
    /// <param name="plan">What goes wrong.</param>
    /// <param name="later">How far its clock is ahead.</param>
    public FaultProcess Start(FaultPlan? plan = null, TimeSpan later = default) => new(this, plan ?? FaultPlan.None, later);

    /// <summary>Delivers an edition of three documents a volume.</summary>
    /// <param name="edition">Its id.</param>
    /// <param name="volumes">How many volumes it makes.</param>
    /// <param name="content">Another number, other bytes.</param>
    /// <param name="numbers">How the documents' numbers begin.</param>
    public void Deliver(string edition, int volumes, int content = 1, string numbers = "CN")
    {
        string folder = At($"deliveries/CN/{Code}/{edition}");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
        Directory.CreateDirectory(folder);
        for (int i = 0; i < 3 * volumes; i++)
        {
            byte[] bytes = new byte[12_000];
            new Random(content * 100 + i).NextBytes(bytes);
            File.WriteAllBytes(Path.Combine(folder, $"{numbers}{i}.bin"), bytes);
        }
        File.WriteAllText(Path.Combine(folder, "READY"), "");
    }

    /// <summary>Time goes by: the leases of dead processes run out.</summary>
    public async Task LeasesRunOutAsync()
    {
        await using DbConnection connection = await Sql.OpenAsync(default);
        await connection.ExecuteAsync("UPDATE dataset_leases SET until = 0");
    }

    /// <summary>All bytes of a stored file, or null.</summary>
    public async Task<byte[]?> ReadAsync(BlobKey key)
    {
        await using BlobReader? reader = await Store.OpenAsync(key, default);
        if (reader is null)
        {
            return null;
        }
        await using Stream stream = await reader.ReadAsync(0, reader.Bytes, default);
        byte[] bytes = new byte[reader.Bytes];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    /// <summary>Copies everything that is stored to the second store.</summary>
    public async Task CopyAsync()
    {
        FileBlobStore second = FileBlobStore.Open(At("second"));
        await foreach (BlobInfo blob in Store.ListAsync(BlobKey.Root, default))
        {
            await using BlobWriter writer = await second.CreateAsync(blob.Key, default);
            await writer.WriteAsync((await ReadAsync(blob.Key))!, default);
            await writer.CommitAsync(default);
        }
    }

    /// <summary>
    /// What must hold at any moment, seen by an undisturbed reader: every release that is to be had is whole, byte for byte as its rows, its
    /// manifest and its checksums say, and has no file that these do not name; the feed tells of every one, once, with no serial left out.
    /// </summary>
    /// <returns>The releases that are to be had, with the digests of their archives.</returns>
    public async Task<IReadOnlyDictionary<ReleaseId, string>> CheckAsync(string edition)
    {
        ReleaseQueries queries = new(Sql);
        Dictionary<ReleaseId, string> visible = [];
        IReadOnlyList<Release> revisions = await queries.RevisionsAsync(Code, edition, default);
        foreach (Release release in revisions.Where(release => release.State != ReleaseState.Withdrawn))
        {
            IReadOnlyList<ReleaseFile> files = await queries.FilesAsync(release.Id, default);
            string checksums = "";
            foreach (ReleaseFile file in files)
            {
                byte[] bytes = (await ReadAsync(file.Key)).ShouldNotBeNull($"{file.Key} is promised and not there");
                Sha256Digest.Of(bytes).ShouldBe(file.Sha256, file.Key.Path);
                checksums = file.Name == Manifest.ChecksumsName ? System.Text.Encoding.UTF8.GetString(bytes) : checksums;
            }
            Manifest manifest = (await queries.ManifestAsync(release.Id, default))!;
            files.Where(file => file.Archive).Select(file => (file.Name, file.Sha256)).ShouldBe(manifest.Archives.Select(archive => (archive.Name, archive.Sha256)), ignoreOrder: true);
            checksums.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(
                files.Where(file => file.Name is not (Manifest.ChecksumsName or Manifest.SignatureName)).Select(file => $"{file.Sha256}  {file.Name}"), ignoreOrder: true);
            visible.Add(release.Id, string.Join(' ', manifest.Archives.Select(archive => archive.Sha256)));
        }
        revisions.Count(release => release.State == ReleaseState.Published).ShouldBeLessThanOrEqualTo(1);
        IReadOnlyList<Change> feed = await new ChangeFeed(Sql, TimeProvider.System).AfterAsync(0, 100_000, default);
        feed.Select(change => change.Serial).ShouldBe(Enumerable.Range(1, feed.Count).Select(serial => (long)serial));
        feed.Where(change => change.Edition == edition && change.Type == ChangeType.Published).Select(change => change.Revision!.Value)
            .ShouldBe(revisions.Select(release => release.Revision), ignoreOrder: true);
        return visible;
    }

    public async ValueTask DisposeAsync()
    {
        if (_database is null)
        {
            await Sql.DisposeAsync();
        }
        else
        {
            await _database.DisposeAsync();
        }
        if (_ownsFolder)
        {
            _folder.Delete(recursive: true);
        }
    }
}

/// <summary>One process: the rooms from sources to releases, as the program composes them, over a store and a database that may fail.</summary>
internal sealed class FaultProcess : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public FaultProcess(FaultHouse house, FaultPlan plan, TimeSpan later)
    {
        Plan = plan;
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["OpenData:Sources:Root"] = house.At("deliveries"),
            ["OpenData:Packaging:Workers"] = "1",
            ["OpenData:Scheduling:LeaseSeconds"] = "600",
        }).Build();
        ServiceCollection services = new();
        services.AddLogging();
        services.AddSingleton<TimeProvider>(new LaterTime(later));
        services.AddSingleton<ICurrentCatalog>(new OneDataset());
        services.AddSingleton<SqlDatabase>(new FaultyDatabase(house.Sql, plan));
        services.AddSingleton<BlobStore>(new FaultyBlobStore(house.Store, plan));
        services.AddSingleton(house.Second);
        services.AddSources(configuration);
        services.AddPackaging(configuration);
        services.AddReleases(configuration);
        services.AddScrubbing(configuration, worker: false);
        services.AddScheduling(configuration, worker: false);
        _services = services.BuildServiceProvider();
    }

    public FaultPlan Plan { get; }

    public T Of<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Packages an edition, as the scheduler or the shell do.</summary>
    public async Task PackageAsync(string edition)
    {
        DueEditions due = Of<DueEditions>();
        await using DatasetLease lease = await due.TakeLeaseAsync(FaultHouse.Code, default);
        RunOutcome outcome = await due.RunAsync(Of<ICurrentCatalog>().Current.Datasets[FaultHouse.Code], edition, lease, new PackagingProgress(), default);
        if (outcome.State is not (RunState.Published or RunState.Unchanged))
        {
            throw new IOException($"{edition}: {outcome.State}: {outcome.Reason}", outcome.Failure);
        }
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private sealed class LaterTime(TimeSpan later) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + later;
    }

    private sealed class OneDataset : ICurrentCatalog
    {
        public DatasetCatalog Current { get; } = new(
            new[] { Releases.ReleaseHouse.Dataset(FaultHouse.Code) with { Package = new PackageRules(40_000, new Regex("^(?<number>CN[0-9]+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))) } }
                .ToFrozenDictionary(dataset => dataset.Code),
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

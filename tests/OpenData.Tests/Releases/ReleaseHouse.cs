using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Storage;
using OpenData.Tests.Support;

namespace OpenData.Tests.Releases;

/// <summary>The whole room over a real database and a real folder, with packages of random bytes to publish.</summary>
internal sealed class ReleaseHouse : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestDatabase _database;

    private ReleaseHouse(TestDatabase database)
    {
        _database = database;
        Store = FileBlobStore.Open(_folder.Path);
        Sql = database.Sql;
        Node = new ReleaseNode(Sql, Store, new LaterTime(TimeSpan.Zero));
    }

    public SqlDatabase Sql { get; }

    public BlobStore Store { get; }

    public ReleaseNode Node { get; }

    public static async Task<ReleaseHouse> CreateAsync(DatabaseKind kind) => new(await TestDatabase.CreateAsync(kind));

    /// <summary>The same house, seen by a process whose clock is later.</summary>
    public ReleaseNode NodeAt(TimeSpan later) => new(Sql, Store, new LaterTime(later));

    public string DatasetsFolder => Path.Combine(_folder.Path, BlobKey.Root);

    /// <summary>Where a file of a release is on the disk.</summary>
    public string PathOf(ReleaseId release, string name) => Path.Combine(_folder.Path, BlobKey.Of(release, name).Path);

    public string FolderOf(ReleaseId release) => Path.Combine(_folder.Path, BlobKey.Prefix(release));

    /// <summary>Stores archives and their indexes as packaging would.</summary>
    public async Task<Package> PackAsync(ReleaseId release, int seed = 1, int volumes = 1, int bytes = 3_000_000)
    {
        Random random = new(seed);
        List<PackagedArchive> archives = [];
        List<StoredFile> files = [];
        for (int volume = 1; volume <= volumes; volume++)
        {
            byte[] content = new byte[bytes];
            random.NextBytes(content);
            using PieceHasher hasher = new();
            hasher.Append(content);
            (Sha256Digest whole, IReadOnlyList<Sha256Digest> pieces) = hasher.Finish();
            byte[] blocks = [.. content.Chunk(PackagedArchive.BlockLength).SelectMany(block => PublishBarrier.Check(block))];
            ArchiveManifest manifest = new(release.ArchiveName(volume), bytes, whole, Pieces.Length, pieces, 10, 5, 4L * bytes, "a.xml", "z.xml");
            archives.Add(new PackagedArchive(manifest, blocks));
            files.Add(await StoreAsync(release, manifest.Name, content));
            files.Add(await StoreAsync(release, release.EntriesName(volume), content.AsMemory(0, 1000)));
        }
        return new Package(
            release, new PackagerInfo("0.1.0", "test", 6), archives, files, 5 * volumes, null, [new Finding(Severity.Note, "odd-name", "a.xml", "An odd name.")], Sha256Digest.Of([(byte)seed]));
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    public static Dataset Dataset(string code = "CN-PA-TXTS-10-A") => new()
    {
        Code = code,
        Name = new LocalizedText("全文", "Full text"),
        Description = new LocalizedText("全文", "Full text"),
        Jurisdiction = "CN",
        Category = "patent",
        Content = "full-text",
        Provenance = "own-proposal",
        Access = AccessLevel.Agreement,
        Terms = "basic-data",
        Schedule = new DatasetSchedule("0 0 6 ? * TUE", TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"), TimeSpan.FromDays(1)),
        Source = new DatasetSource(SourceKind.Directory, "CN/" + code, "READY"),
        Package = new PackageRules(1 << 30, new Regex("^(?<number>CN[0-9]+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))),
    };

    private async Task<StoredFile> StoreAsync(ReleaseId release, string name, ReadOnlyMemory<byte> content)
    {
        await using BlobWriter writer = await Store.CreateAsync(BlobKey.Of(release, name), CancellationToken.None);
        await writer.WriteAsync(content, CancellationToken.None);
        await writer.CommitAsync(CancellationToken.None);
        return new StoredFile(name, content.Length, Sha256Digest.Of(content.Span));
    }

    private sealed class LaterTime(TimeSpan later) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + later;
    }
}

/// <summary>One process's objects of the room.</summary>
internal sealed class ReleaseNode
{
    public ReleaseNode(SqlDatabase sql, BlobStore store, TimeProvider time, string? signingKeyFile = null)
    {
        Editions = new EditionStates(sql, time);
        Feed = new ChangeFeed(sql, time);
        Keys = new SigningKeys(sql, Options.Create(new ReleasesOptions { SigningKeyFile = signingKeyFile }), time);
        Publisher = new ReleasePublisher(sql, store, new PublishBarrier(store), Editions, Feed, Keys, Catalog, time);
        Holds = new Holds(sql, Publisher, time);
        Withdrawals = new Withdrawals(sql, Editions, Feed, new ReleaseQueries(sql), new ReleaseEntries(store, new ReleaseQueries(sql), new PublishBarrier(store)), time);
        Queries = new ReleaseQueries(sql);
        Sweep = new Sweep(sql, store, Editions, time, NullLogger<Sweep>.Instance);
    }

    public ICurrentCatalog Catalog { get; } = new OneCatalog();

    public EditionStates Editions { get; }

    public ChangeFeed Feed { get; }

    public SigningKeys Keys { get; }

    public ReleasePublisher Publisher { get; }

    public Holds Holds { get; }

    public Withdrawals Withdrawals { get; }

    public ReleaseQueries Queries { get; }

    public Sweep Sweep { get; }

    public Task<Publication> PublishAsync(Package package) =>
        Publisher.PublishAsync(package, ReleaseHouse.Dataset(package.Release.Dataset), DateTimeOffset.UnixEpoch, null, CancellationToken.None);

    private sealed class OneCatalog : ICurrentCatalog
    {
        public DatasetCatalog Current { get; } = new(
            FrozenDictionary<string, Dataset>.Empty,
            FrozenDictionary<string, Tier>.Empty,
            new Dictionary<string, Terms> { ["basic-data"] = new("basic-data", 3, DateOnly.MinValue, new("协议", "Terms"), new("", "")) }.ToFrozenDictionary(),
            ByteRate.FromMegabits(100));

        public event Action<DatasetCatalog>? Changed
        {
            add { }
            remove { }
        }
    }
}

using System.Globalization;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Releases;
using OpenData.Tests.Support;
using Xunit.Abstractions;

namespace OpenData.Tests.EndToEnd;

/// <summary>
/// The real server is killed with signal 9 at random moments while it packages and publishes; 8 times on each database, <c>OPENDATA_KILLS</c> asks for more. At every single
/// step a process dies in <see cref="Faults.StepTests"/>.
/// </summary>
public sealed class KillTests(KillTests.Reference reference, ITestOutputHelper output) : IClassFixture<KillTests.Reference>
{
    private static readonly int s_kills = int.Parse(Environment.GetEnvironmentVariable("OPENDATA_KILLS") ?? "8", CultureInfo.InvariantCulture);
    private static readonly string[] Datasets = ["CN-PA-BIBS-ABSS-10-A", "CN-PA-TXTS-10-A", "US-PA-TXTO-10-B", "CN-IC-REGS"];

    /// <summary>Of each dataset: so many that a server which is killed so often is not done before.</summary>
    private static int Editions => 3 * s_kills;

    [Theory, OnSqlite, OnPostgres]
    public async Task However_often_the_server_is_killed_no_release_is_half_visible_and_the_bytes_are_the_same(DatabaseKind kind)
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        using TemporaryFolder folder = new();
        await using TestDatabase database = await TestDatabase.CreateAsync(kind, migrate: false);
        Dictionary<string, string> settings = new(database.Settings)
        {
            ["OpenData__DataFolder"] = folder["data"],
            ["OpenData__Sources__Root"] = reference.Deliveries,
            ["OpenData__Scheduling__LeaseSeconds"] = "1",
        };
        int published = 0;
        for (int kill = 0; kill < s_kills; kill++)
        {
            await using ServerProcess server = ServerProcess.Start(settings, "serve", "--urls", "{url}");
            // A life is counted in editions and not in seconds, so that the kills are spread over the work on a fast machine and on a slow one.
            await server.PrintedAsync("ended: Published", kill % 4);
            await Task.Delay(random.Next(0, 120));
            await server.KillAsync();
            published = await EveryVisibleReleaseIsWholeAsync(database.Sql, folder["data/storage"]);
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{published} of {reference.Archives.Count} editions were published in {s_kills} lives"));
        published.ShouldBeGreaterThan(s_kills / 2, "the server must have got work done between kills, or nothing was tried");
        published.ShouldBeLessThan(reference.Archives.Count, "the server must not have been done before the kills were");

        await using ServerProcess last = ServerProcess.Start(settings, "serve", "--urls", "{url}");
        await Eventually.TrueAsync(async () => (await VisibleAsync(database.Sql)).Count == reference.Archives.Count, "every edition is published", TimeSpan.FromMinutes(3));
        (await EveryVisibleReleaseIsWholeAsync(database.Sql, folder["data/storage"])).ShouldBe(reference.Archives.Count);
        (await ArchivesAsync(database.Sql)).ShouldBe(reference.Archives, ignoreOrder: true);
    }

    /// <summary>Deliveries, and what becomes of them in an undisturbed process.</summary>
    public sealed class Reference : IAsyncLifetime
    {
        private readonly TemporaryFolder _folder = new();

        public string Deliveries => _folder["deliveries"];

        /// <summary>Archive name → digest.</summary>
        public IReadOnlyDictionary<string, string> Archives { get; private set; } = new Dictionary<string, string>();

        public async Task InitializeAsync()
        {
            string[] sample = ["sample", Deliveries, "--editions", Editions.ToString(CultureInfo.InvariantCulture), "--size", "1MB"];
            (int code, string text) = await ServerProcess.RunAsync(null, [.. sample, .. Datasets.SelectMany(dataset => (string[])["--dataset", dataset])]);
            code.ShouldBe(0, text);
            Dictionary<string, string> settings = new() { ["OpenData__DataFolder"] = _folder["data"], ["OpenData__Sources__Root"] = Deliveries };
            foreach (string dataset in Datasets)
            {
                (code, text) = await ServerProcess.RunAsync(settings, "package", dataset);
                code.ShouldBe(0, text);
            }
            await using SqliteDatabase database = new(_folder["data/opendata.db"]);
            Archives = await ArchivesAsync(database);
            Archives.Count.ShouldBeGreaterThanOrEqualTo(Editions * Datasets.Length);
        }

        public Task DisposeAsync()
        {
            _folder.Dispose();
            return Task.CompletedTask;
        }
    }

    private static async Task<Dictionary<string, string>> ArchivesAsync(SqlDatabase database)
    {
        Dictionary<string, string> archives = [];
        foreach (Manifest manifest in await ManifestsAsync(database))
        {
            foreach (ArchiveManifest archive in manifest.Archives)
            {
                archives.Add(archive.Name, archive.Sha256.ToString());
            }
        }
        return archives;
    }

    /// <summary>Every release that the database shows has all its files, each with the digest that its manifest and its row promise.</summary>
    /// <returns>How many there are.</returns>
    private static async Task<int> EveryVisibleReleaseIsWholeAsync(SqlDatabase database, string storage)
    {
        ReleaseQueries queries = new(database);
        IReadOnlyList<Manifest> visible = await ManifestsAsync(database);
        foreach (Manifest manifest in visible)
        {
            IReadOnlyList<ReleaseFile> files = await queries.FilesAsync(manifest.Id(), CancellationToken.None);
            files.Count.ShouldBe((2 * manifest.Archives.Count) + 4, "archives, their indexes, findings, manifest, checksums, signature");
            foreach (ReleaseFile file in files)
            {
                byte[] stored = await File.ReadAllBytesAsync(Path.Combine(storage, file.Key.Path));
                Sha256Digest.Of(stored).ShouldBe(file.Sha256, file.Key.Path);
            }
            foreach (ArchiveManifest archive in manifest.Archives)
            {
                files.Single(f => f.Name == archive.Name).Sha256.ShouldBe(archive.Sha256);
            }
        }
        return visible.Count;
    }

    private static async Task<IReadOnlyList<Manifest>> ManifestsAsync(SqlDatabase database)
    {
        ReleaseQueries queries = new(database);
        List<Manifest> manifests = [];
        foreach (Release release in await VisibleAsync(database))
        {
            manifests.Add((await queries.ManifestAsync(release.Id, CancellationToken.None))!);
        }
        return manifests;
    }

    private static async Task<IReadOnlyList<Release>> VisibleAsync(SqlDatabase database)
    {
        ReleaseQueries queries = new(database);
        List<Release> releases = [];
        try
        {
            foreach (string dataset in Datasets)
            {
                releases.AddRange(await queries.PageAsync(dataset, from: null, to: null, after: null, 1000, currentOnly: true, CancellationToken.None));
            }
        }
        catch (System.Data.Common.DbException e) when (e.Message.Contains("releases", StringComparison.Ordinal))
        {
            return []; // Killed before the tables were made.
        }
        return releases;
    }
}

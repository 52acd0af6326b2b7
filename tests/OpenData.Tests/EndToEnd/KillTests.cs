using System.Globalization;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Releases;
using OpenData.Tests.Support;
using Xunit.Abstractions;

namespace OpenData.Tests.EndToEnd;

/// <summary>The real server is killed with signal 9 at random moments while it packages and publishes.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Kills = 16;
    private static readonly string[] Datasets = ["CN-PA-BIBS-ABSS-10-A", "CN-PA-TXTS-10-A", "US-PA-TXTO-10-B", "CN-IC-REGS"];

    [Theory, OnSqlite, OnPostgres]
    public async Task However_often_the_server_is_killed_no_release_is_half_visible_and_the_bytes_are_the_same(DatabaseKind kind)
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        using TemporaryFolder folder = new();
        await using TestDatabase database = await TestDatabase.CreateAsync(kind, migrate: false);
        string deliveries = folder["deliveries"];
        foreach (string dataset in Datasets)
        {
            (int code, string text) = await ServerProcess.RunAsync(null, "sample", deliveries, "--dataset", dataset, "--editions", "50", "--size", "1MB");
            code.ShouldBe(0, text);
        }
        Dictionary<string, string> reference = await PackageUndisturbedAsync(folder["reference"], deliveries);
        reference.Count.ShouldBeGreaterThanOrEqualTo(50 * Datasets.Length);

        Dictionary<string, string> settings = Settings(database, folder["data"], deliveries);
        int published = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            await using ServerProcess server = ServerProcess.Start(settings, "serve", "--urls", "{url}");
            // A life is counted in editions and not in seconds, so that the kills are spread over the work on a fast machine and on a slow one.
            await server.PrintedAsync("ended: Published", random.Next(0, 4));
            await Task.Delay(random.Next(0, 120));
            await server.KillAsync();
            published = await EveryVisibleReleaseIsWholeAsync(database.Sql, folder["data/storage"]);
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{published} of {reference.Count} editions were published in {Kills} lives"));
        published.ShouldBeGreaterThan(Kills / 2, "the server must have got work done between kills, or nothing was tried");
        published.ShouldBeLessThan(reference.Count, "the server must not have been done before the kills were");

        await using ServerProcess last = ServerProcess.Start(settings, "serve", "--urls", "{url}");
        await Eventually.TrueAsync(
            async () => await EveryVisibleReleaseIsWholeAsync(database.Sql, folder["data/storage"]) == reference.Count,
            "every edition is published",
            TimeSpan.FromMinutes(2));
        (await ArchivesAsync(database.Sql)).ShouldBe(reference, ignoreOrder: true);
    }

    /// <summary>Packages everything in one undisturbed process: archive name → digest.</summary>
    private static async Task<Dictionary<string, string>> PackageUndisturbedAsync(string data, string deliveries)
    {
        Dictionary<string, string> settings = new() { ["OpenData__DataFolder"] = data, ["OpenData__Sources__Root"] = deliveries };
        foreach (string dataset in Datasets)
        {
            (int code, string text) = await ServerProcess.RunAsync(settings, "package", dataset);
            code.ShouldBe(0, text);
        }
        await using SqliteDatabase database = new(Path.Combine(data, "opendata.db"));
        return await ArchivesAsync(database);
    }

    private static Dictionary<string, string> Settings(TestDatabase database, string data, string deliveries) => new(database.Settings)
    {
        ["OpenData__DataFolder"] = data,
        ["OpenData__Sources__Root"] = deliveries,
        ["OpenData__Scheduling__LeaseSeconds"] = "1",
    };

    private static async Task<Dictionary<string, string>> ArchivesAsync(SqlDatabase database)
    {
        Dictionary<string, string> archives = [];
        foreach (Manifest manifest in await VisibleAsync(database))
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
        IReadOnlyList<Manifest> visible = await VisibleAsync(database);
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

    private static async Task<IReadOnlyList<Manifest>> VisibleAsync(SqlDatabase database)
    {
        ReleaseQueries queries = new(database);
        List<Manifest> manifests = [];
        try
        {
            foreach (string dataset in Datasets)
            {
                foreach (Release release in await queries.PageAsync(dataset, from: null, to: null, after: null, 1000, currentOnly: true, CancellationToken.None))
                {
                    manifests.Add((await queries.ManifestAsync(release.Id, CancellationToken.None))!);
                }
            }
        }
        catch (System.Data.Common.DbException e) when (e.Message.Contains("releases", StringComparison.Ordinal))
        {
            return []; // Killed before the tables were made.
        }
        return manifests;
    }
}

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Database;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd;

/// <summary>A regional server that republishes what another one published: two real programs, and a network between them that fails.</summary>
public sealed class RegionalNodeTests
{
    private const string Dataset = "CN-IC-REGS"; // open to anybody

    [Theory, OnSqlite, OnPostgres]
    public async Task A_regional_node_has_the_same_bytes_and_signatures_and_follows_corrections_and_withdrawals(DatabaseKind kind)
    {
        using TemporaryFolder folder = new();
        await using TestDatabase database = await TestDatabase.CreateAsync(kind, migrate: false);
        Dictionary<string, string> central = new() { ["OpenData__DataFolder"] = folder["central"] };
        Deliver(folder["central/deliveries"], "20240102", 9_000_000, seed: 1);
        Deliver(folder["central/deliveries"], "20240109", 1000, seed: 2);
        await MigratedDatabase.WriteSqliteAsync(folder["central/opendata.db"]);
        await using SqliteDatabase centralDatabase = new(folder["central/opendata.db"]);
        string admin = await ServerKeys.AddAsync(centralDatabase, "curator", null, Role.Admin);
        await using ServerProcess upstream = ServerProcess.Start(central, "serve", "--urls", "{url}");
        await upstream.ReadyAsync();
        using HttpClient there = new() { BaseAddress = new Uri(upstream.Url) };
        await Eventually.TrueAsync(async () => (await there.GetAsync($"/files/{Dataset}/20240109/r1/")).IsSuccessStatusCode, "the central server has published", TimeSpan.FromMinutes(1));

        // The network breaks in the middle of an archive, and a server's answer fails now and then.
        await using FaultyProxy network = new(new Uri(upstream.Url));
        Func<ProxiedRequest, Fault?> breaks = FaultyProxy.Times(2, request => request.Target.EndsWith("_001.zip", StringComparison.Ordinal), new Fault(BreakAfter: 6_000_000));
        Func<ProxiedRequest, Fault?> fails = FaultyProxy.Times(1, request => request.Target.EndsWith(".jsonl.gz", StringComparison.Ordinal), new Fault(Status: 503));
        network.Rule = request => breaks(request) ?? fails(request);
        Dictionary<string, string> regional = new(database.Settings)
        {
            ["OpenData__DataFolder"] = folder["regional"],
            ["OpenData__Catalog__Folder"] = RegionalCatalog(folder["catalog"]),
            ["OpenData__Sources__Http__Url"] = network.Url.AbsoluteUri,
            ["OpenData__Sources__Http__Networks"] = "127.0.0.0/8",
        };
        Directory.CreateDirectory(folder["regional/deliveries"]);
        (int code, string output) = await ServerProcess.RunAsync(regional, "package", Dataset);
        code.ShouldBe(0, output);
        network.Requests.ShouldContain(request => request.Header("Range") == "bytes=4194304-", "it went on at the piece where it broke off");

        string regionalAdmin = await ServerKeys.AddAsync(database.Sql, "curator", null, Role.Admin);
        await using ServerProcess node = ServerProcess.Start(regional, "serve", "--urls", "{url}");
        await node.ReadyAsync();
        using HttpClient here = new() { BaseAddress = new Uri(node.Url) };
        await SameAsync(there, here, "20240102", 1);
        await SameAsync(there, here, "20240109", 1);

        // Whoever trusts the regional server's list comes to the key that signed.
        SigningKeyList keys = (await here.GetFromJsonAsync(SigningKeyList.WellKnownPath, FormatJson.Default.SigningKeyList))!;
        byte[] checksums = await here.GetByteArrayAsync($"/files/{Dataset}/20240102/r1/SHA256SUMS");
        byte[] signature = await here.GetByteArrayAsync($"/files/{Dataset}/20240102/r1/SHA256SUMS.sig");
        keys.TrustedFrom([keys.Current]).ShouldNotBeNull().ShouldContain(key => EcdsaSignature.Verify(key, checksums, signature));
        (await here.GetStringAsync("/.well-known/opendata-signing-key.pem")).ShouldNotBe(await there.GetStringAsync("/.well-known/opendata-signing-key.pem"));

        // A withdrawal there is one here, with its reason.
        await PostAsync(there, admin, $"/api/v1/admin/releases/{Dataset}/20240109/r1/withdraw", """{"reason":"a court said so"}""");
        await PostAsync(here, regionalAdmin, $"/api/v1/admin/datasets/{Dataset}/run", null);
        await Eventually.TrueAsync(
            async () => (await (await here.GetAsync($"/files/{Dataset}/20240109/r1/release.json")).Content.ReadAsStringAsync()).Contains("a court said so", StringComparison.Ordinal),
            "it is withdrawn here, too");
    }

    [Fact]
    public async Task A_wrong_byte_is_fetched_again_and_an_import_that_was_killed_ends_with_the_same_bytes()
    {
        using TemporaryFolder folder = new();
        Dictionary<string, string> central = new() { ["OpenData__DataFolder"] = folder["central"] };
        Deliver(folder["central/deliveries"], "20240102", 4_500_000, seed: 1);
        await PackageAsync(central);
        await using ServerProcess upstream = ServerProcess.Start(central, "serve", "--roles", "gateway", "--urls", "{url}");
        await upstream.ReadyAsync();
        using HttpClient there = new() { BaseAddress = new Uri(upstream.Url) };
        await using FaultyProxy network = new(new Uri(upstream.Url));
        Dictionary<string, string> regional = new()
        {
            ["OpenData__DataFolder"] = folder["regional"],
            ["OpenData__Catalog__Folder"] = RegionalCatalog(folder["catalog"]),
            ["OpenData__Sources__Http__Url"] = network.Url.AbsoluteUri,
            ["OpenData__Sources__Http__Networks"] = "127.0.0.0/8",
            ["OpenData__Scheduling__LeaseSeconds"] = "5",
        };
        static bool IsArchive(ProxiedRequest request) => request.Target.EndsWith("_001.zip", StringComparison.Ordinal);

        // A byte of the second piece is flipped on its way: what came before it is kept, and only from there it is asked for again.
        network.Rule = FaultyProxy.Times(1, IsArchive, new Fault(FlipAt: 4_300_000));
        await PackageAsync(regional);
        network.Requests.Where(IsArchive).Select(request => request.Header("Range")).ShouldBe([null, "bytes=4194304-"]);

        // A correction there; its import here dies in the middle of the archive.
        Deliver(folder["central/deliveries"], "20240102", 4_600_000, seed: 2);
        await PackageAsync(central);
        await Eventually.TrueAsync(
            async () => (await there.GetStringAsync($"/api/v1/datasets/{Dataset}/releases")).Contains("\"superseded\"", StringComparison.Ordinal), "the correction is public there", TimeSpan.FromMinutes(1));
        network.Rule = FaultyProxy.Times(1, IsArchive, new Fault(StallAfter: 4_300_000));
        await using (ServerProcess dies = ServerProcess.Start(regional, "package", Dataset))
        {
            await Eventually.TrueAsync(() => Task.FromResult(network.Requests.Count(IsArchive) == 3), "it fetches the correction", TimeSpan.FromMinutes(1));
            await dies.KillAsync();
        }
        await using ServerProcess node = ServerProcess.Start(regional, "serve", "--roles", "gateway", "--urls", "{url}");
        await node.ReadyAsync();
        using HttpClient here = new() { BaseAddress = new Uri(node.Url) };
        (await here.GetAsync($"/files/{Dataset}/20240102/r2/SHA256SUMS")).StatusCode.ShouldBe(System.Net.HttpStatusCode.NotFound, "half of a release is none");
        await PackageAsync(regional);

        await Eventually.TrueAsync(async () => (await here.GetAsync($"/files/{Dataset}/20240102/r2/SHA256SUMS")).IsSuccessStatusCode, "the correction is public here", TimeSpan.FromMinutes(1));
        await SameAsync(there, here, "20240102", 1);
        await SameAsync(there, here, "20240102", 2);
        FeedPage feed = (await here.GetFromJsonAsync("/api/v1/changes", FormatJson.Default.FeedPage))!;
        feed.Items.Select(change => (change.Type, change.Revision, change.By)).ShouldBe([(ChangeType.Published, 1, null), (ChangeType.Published, 2, null), (ChangeType.Superseded, 1, 2)], ignoreOrder: true);
    }

    [Fact]
    public async Task Nothing_is_taken_from_a_private_address_or_with_a_foreign_signature()
    {
        using TemporaryFolder folder = new();
        Dictionary<string, string> central = new() { ["OpenData__DataFolder"] = folder["central"] };
        Deliver(folder["central/deliveries"], "20240102", 1000, seed: 1);
        (int code, string output) = await ServerProcess.RunAsync(central, "package", Dataset);
        code.ShouldBe(0, output);
        await using ServerProcess upstream = ServerProcess.Start(central, "serve", "--roles", "gateway", "--urls", "{url}");
        await upstream.ReadyAsync();
        Dictionary<string, string> regional = new()
        {
            ["OpenData__DataFolder"] = folder["regional"],
            ["OpenData__Catalog__Folder"] = RegionalCatalog(folder["catalog"]),
            ["OpenData__Sources__Http__Url"] = upstream.Url,
        };
        (code, output) = await ServerProcess.RunAsync(regional, "package", Dataset);
        code.ShouldBe(1);
        output.ShouldContain("no public address");

        using ECDsa foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(folder["foreign.pem"], foreign.ExportSubjectPublicKeyInfoPem());
        regional["OpenData__Sources__Http__Networks"] = "127.0.0.0/8";
        regional["OpenData__Sources__Http__SigningKeyFile"] = folder["foreign.pem"];
        (code, output) = await ServerProcess.RunAsync(regional, "package", Dataset);
        code.ShouldBe(1);
        output.ShouldContain("do not follow from those that are trusted");
        Directory.Exists(folder["regional/storage/datasets"]).ShouldBeFalse("nothing was stored");

        regional["OpenData__Sources__Http__Networks"] = "nowhere";
        (code, output) = await ServerProcess.RunAsync(regional, "package", Dataset);
        code.ShouldNotBe(0);
        output.ShouldContain("OpenData:Sources:Http:Networks");
    }

    /// <summary>Packages, or imports, what is there; again while the lease of one that was killed has not run out.</summary>
    private static async Task PackageAsync(Dictionary<string, string> settings)
    {
        string last = "";
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    (int code, last) = await ServerProcess.RunAsync(settings, "package", Dataset);
                    return code == 0;
                },
                $"{Dataset} is packaged",
                TimeSpan.FromMinutes(2));
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message} The last attempt said: {last}", e);
        }
    }

    private static async Task SameAsync(HttpClient there, HttpClient here, string edition, int revision)
    {
        string folder = FormattableString.Invariant($"/files/{Dataset}/{edition}/r{revision}/");
        string checksums = await there.GetStringAsync(folder + "SHA256SUMS");
        (await here.GetStringAsync(folder + "SHA256SUMS")).ShouldBe(checksums);
        foreach (string line in checksums.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Sha256Digest.Of(await here.GetByteArrayAsync(folder + line[66..])).ToString().ShouldBe(line[..64]);
        }
    }

    private static void Deliver(string root, string edition, int bytes, int seed)
    {
        string folder = Path.Combine(root, "CN", Dataset, edition);
        Directory.CreateDirectory(folder);
        byte[] content = new byte[bytes];
        new Random(seed).NextBytes(content);
        File.WriteAllBytes(Path.Combine(folder, "BS.1.bin"), content);
        File.WriteAllText(Path.Combine(folder, "READY"), "");
    }

    /// <summary>The program's own catalog, but for one dataset that comes from upstream.</summary>
    private static string RegionalCatalog(string folder)
    {
        string own = Path.Combine(AppContext.BaseDirectory, "catalog");
        foreach (string file in Directory.EnumerateFiles(own, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(folder, Path.GetRelativePath(own, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        string path = Path.Combine(folder, "datasets", "CN", Dataset + ".yaml");
        File.WriteAllText(path, File.ReadAllText(path).Replace("kind: directory", "kind: http", StringComparison.Ordinal));
        return folder;
    }

    private static async Task PostAsync(HttpClient client, string key, string path, string? body)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using HttpResponseMessage response = await client.SendAsync(request);
        response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync());
    }
}

using System.Net.Http.Headers;
using System.Text.Json;
using Amazon.S3.Model;
using OpenData.Format;
using OpenData.Server.Releases;
using OpenData.Server.Releases.Scrubbing;
using OpenData.Server.Storage;
using OpenData.Tests.Releases.Scrubbing;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd;

/// <summary>
/// A bit flips in a stored archive. Two real gateways, one with the fast lane, serve it to curl: no wrong file ever looks complete, the worker
/// confirms what they met, <c>scrub</c> names file and place, and after <c>scrub --repair</c> both serve it again.
/// </summary>
public sealed class RotTests(CephServer ceph) : IClassFixture<CephServer>, IAsyncLifetime
{
    private const string Dataset = "CN-IC-REGS"; // open, so that curl needs no key
    private static readonly ReleaseId Release = new(Dataset, "20240102", 1);
    private static readonly string Name = Release.ArchiveName(1);
    private static readonly BlobKey Key = BlobKey.Of(Release, Name);

    private readonly TemporaryFolder _folder = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await ceph.ClearAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task In_a_folder_with_SQLite()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite, migrate: false);
        Dictionary<string, string> settings = new(database.Settings) { ["OpenData__DataFolder"] = _folder["data"] };
        await RunAsync(
            settings,
            database,
            copy: () =>
            {
                ScrubTests.Copy(_folder["data/storage/datasets"], _folder["second/datasets"]);
                return Task.CompletedTask;
            },
            flip: () =>
            {
                ScrubTests.Flip(_folder[$"data/storage/{Key.Path}"], 2_500_000);
                return Task.CompletedTask;
            },
            local: true);

        (int code, string text) = await ServerProcess.RunAsync(settings, "account", "add", "curator", "--admin");
        code.ShouldBe(0, text);
        (code, text) = await ServerProcess.RunAsync(settings, "key", "add", "curator");
        code.ShouldBe(0, text);
        await using ServerProcess server = ServerProcess.Start(settings, "serve", "--urls", "{url}");
        await server.ReadyAsync();
        using HttpClient client = new() { BaseAddress = new Uri(server.Url) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", text.Split('\n').Select(line => line.Trim()).Single(line => line.StartsWith("odk_", StringComparison.Ordinal)));
        JsonElement report = JsonDocument.Parse(await client.GetStringAsync($"/api/v1/admin/scrub?dataset={Dataset}&result=good")).RootElement;
        report.GetProperty("bad").GetInt64().ShouldBe(0);
        report.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("name").GetString()).ShouldContain(Name);
        (await client.GetStringAsync("/metrics")).ShouldContain("opendata_scrub_bad");
    }

    [CephFact]
    public async Task In_Ceph_with_PostgreSQL()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(DatabaseKind.Postgresql, migrate: false);
        Dictionary<string, string> settings = new(database.Settings)
        {
            ["OpenData__DataFolder"] = _folder["data"],
            ["OpenData__Storage__Kind"] = "s3",
            ["OpenData__Storage__Cache__Size"] = "0 B",
            ["OpenData__Storage__S3__ServiceUrl"] = ceph.Options.ServiceUrl!.AbsoluteUri,
            ["OpenData__Storage__S3__Bucket"] = ceph.Options.Bucket,
            ["OpenData__Storage__S3__AccessKey"] = ceph.Options.AccessKey,
            ["OpenData__Storage__S3__SecretKey"] = ceph.Options.SecretKey,
        };
        byte[] archive = [];
        await RunAsync(
            settings,
            database,
            copy: async () =>
            {
                archive = await ObjectAsync();
                Directory.CreateDirectory(_folder[$"second/{BlobKey.Prefix(Release)}"]);
                await File.WriteAllBytesAsync(_folder[$"second/{Key.Path}"], archive);
            },
            flip: async () =>
            {
                byte[] rotten = [.. archive];
                rotten[2_500_000] ^= 1;
                using MemoryStream stream = new(rotten);
                await ceph.Client.PutObjectAsync(new PutObjectRequest { BucketName = ceph.Options.Bucket, Key = Key.Path, InputStream = stream });
            },
            local: false);
    }

    private async Task RunAsync(Dictionary<string, string> settings, TestDatabase database, Func<Task> copy, Func<Task> flip, bool local)
    {
        Deliver();
        settings["OpenData__Scrub__Repair"] = "false";
        (int code, string text) = await ServerProcess.RunAsync(settings, "package", Dataset);
        code.ShouldBe(0, text);
        ReleaseFile file = (await new ReleaseQueries(database.Sql).FindFileAsync(Release, Name, default))!;
        await copy();
        await flip();
        await using ServerProcess slow = ServerProcess.Start(settings, "serve", "--urls", "{url}");
        await using ServerProcess fast = ServerProcess.Start(new Dictionary<string, string>(settings) { ["OpenData__Gateway__FastLane"] = "true" }, "serve", "--roles", "gateway", "--urls", "{url}");
        ServerProcess[] servers = [slow, fast];
        await Task.WhenAll(servers.Select(server => server.ReadyAsync()));

        // Met before anybody has looked: an error, and never a file that looks whole.
        foreach (ServerProcess server in servers)
        {
            (int exitCode, byte[]? bytes, string said) = await CurlAsync(server);
            exitCode.ShouldBeOneOf([18, 22, 56], said); // broken off, refused, reset
            // Of a local file no byte of the bad block leaves; what comes from a bucket is checked as it passes, and its last bytes are held back.
            ((long)(bytes?.Length ?? 0)).ShouldBeLessThan(local ? (2 << 20) + 1 : file.Bytes);
        }

        // What they met is confirmed by the worker, and refused everywhere.
        ScrubLedger ledger = new(database.Sql, TimeProvider.System);
        await Eventually.TrueAsync(async () => (await ledger.PageAsync(Dataset, ScrubResult.Damaged, null, 10, default)).Any(bad => bad.Key == Key), "the worker has found the damage");
        foreach (ServerProcess server in servers)
        {
            await Eventually.TrueAsync(async () => (await CurlAsync(server)).ExitCode == 22, "the archive is refused");
        }

        (code, text) = await ServerProcess.RunAsync(settings, "scrub", "--all");
        code.ShouldBe(1, text);
        text.ShouldContain($"{Key}: damaged from byte 2097152");
        (code, text) = await ServerProcess.RunAsync(settings, "scrub", "--repair");
        code.ShouldBe(1, text);
        text.ShouldContain("OpenData:Storage:Second");

        Dictionary<string, string> withSecond = new(settings) { ["OpenData__Storage__Second__Kind"] = "file", ["OpenData__Storage__Second__Path"] = _folder["second"] };
        (code, text) = await ServerProcess.RunAsync(withSecond, "scrub", "--repair");
        code.ShouldBe(0, text);
        text.ShouldContain("1 of 2 pieces");
        foreach (ServerProcess server in servers)
        {
            await Eventually.TrueAsync(async () => (await CurlAsync(server)) is (0, { } bytes, _) && Sha256Digest.Of(bytes) == file.Sha256, "the archive is served again");
        }
        (code, text) = await ServerProcess.RunAsync(settings, "scrub", "--all", "--dataset", Dataset);
        code.ShouldBe(0, text);
    }

    private async Task<(int ExitCode, byte[]? Bytes, string Said)> CurlAsync(ServerProcess server)
    {
        string target = _folder[Guid.NewGuid().ToString("N")];
        (int exitCode, string said) = await Tool.RunAsync(_folder.Path, "curl", "-sS", "-f", "-o", target, $"{server.Url}/files/{Release}/{Name}");
        return (exitCode, File.Exists(target) ? await File.ReadAllBytesAsync(target) : null, said);
    }

    private void Deliver()
    {
        string folder = _folder[$"data/deliveries/CN/{Dataset}/20240102"];
        Directory.CreateDirectory(folder);
        byte[] content = new byte[5_000_000];
        new Random(1).NextBytes(content);
        File.WriteAllBytes(Path.Combine(folder, "BS.1.bin"), content);
        File.WriteAllText(Path.Combine(folder, "READY"), "");
    }

    private async Task<byte[]> ObjectAsync()
    {
        using GetObjectResponse answer = await ceph.Client.GetObjectAsync(ceph.Options.Bucket, Key.Path);
        using MemoryStream content = new();
        await answer.ResponseStream.CopyToAsync(content);
        return content.ToArray();
    }
}

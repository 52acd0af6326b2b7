using System.Net;
using OpenData.Format;
using OpenData.Tests.Packaging;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway;

/// <summary>The programs that people download with.</summary>
public sealed class ForeignClientTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync();

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Curl_resumes_with_a_key_as_password()
    {
        ReleaseId release = GatewayHost.Release(GatewayHost.Registered);
        (string path, byte[] archive) = await _host.PublishRandomAsync(5_000_000, release);
        (_, string key) = await _host.AccountAsync("anna");
        await File.WriteAllBytesAsync(At("a.zip"), archive[..1_234_567]);
        await Tool.SucceedAsync(_folder.Path, "curl", "-fsS", "-u", "anna:" + key, "-C", "-", "-o", "a.zip", new Uri(_host.Url, path).AbsoluteUri);
        Same(At("a.zip"), archive);
        (await Tool.RunAsync(_folder.Path, "curl", "-fsS", "-o", "b.zip", new Uri(_host.Url, path).AbsoluteUri)).ExitCode.ShouldBe(22);
    }

    [Fact]
    public async Task Wget_answers_the_challenge_and_continues()
    {
        ReleaseId release = GatewayHost.Release(GatewayHost.Registered);
        (string path, byte[] archive) = await _host.PublishRandomAsync(5_000_000, release);
        (_, string key) = await _host.AccountAsync("anna");
        string name = release.ArchiveName(1);
        await File.WriteAllBytesAsync(At(name), archive[..4_000_001]);
        await Tool.SucceedAsync(_folder.Path, "wget", "-q", "-c", "--user=anna", "--password=" + key, new Uri(_host.Url, path).AbsoluteUri);
        Same(At(name), archive);
        (await _host.JournalAsync()).ShouldNotContain(line => line.Sent == archive.Length);
    }

    [Fact]
    public async Task Aria2_takes_it_over_eight_connections()
    {
        (string path, byte[] archive) = await _host.PublishRandomAsync(20_000_000);
        await Tool.SucceedAsync(_folder.Path, "aria2c", "-q", "--no-conf", "-x8", "-s8", "-k1M", "-o", "a.zip", new Uri(_host.Url, path).AbsoluteUri);
        Same(At("a.zip"), archive);
        await Eventually.TrueAsync(async () => (await _host.JournalAsync()).Count(line => line.Status == 206) >= 7, "the journal has its pieces");
    }

    [Fact]
    public async Task Aria2_mends_a_damaged_piece_by_the_Metalink()
    {
        (string path, byte[] archive) = await _host.PublishRandomAsync(20_000_000);
        string name = GatewayHost.Release().ArchiveName(1);
        byte[] damaged = [.. archive];
        damaged[9_000_000] ^= 1;
        await File.WriteAllBytesAsync(At(name), damaged);
        await Tool.SucceedAsync(
            _folder.Path, "aria2c", "-q", "--no-conf", "--follow-metalink=mem", "--check-integrity=true", "--allow-overwrite=true", "-k4M", new Uri(_host.Url, path + ".meta4").AbsoluteUri);
        Same(At(name), archive);
        await Eventually.TrueAsync(async () => (await _host.JournalAsync()).Count > 0, "the journal has it");
        (await _host.JournalAsync()).Sum(line => line.Sent).ShouldBeLessThan(archive.Length / 2, "it takes the one piece, not the whole");
    }

    [Fact]
    public async Task Aria2_notices_a_mirror_that_gives_a_wrong_byte_and_fetches_that_piece_again()
    {
        (string path, byte[] archive) = await _host.PublishRandomAsync(20_000_000);
        await using FaultyProxy mirror = new(_host.Url);
        mirror.Rule = FaultyProxy.Times(1, request => request.Method == "GET" && request.Target.EndsWith(".zip", StringComparison.Ordinal), new Fault(FlipAt: 9_000_000));
        string metalink = await _host.Client.GetStringAsync(path + ".meta4");
        string ours = $"<url priority=\"1\">{new Uri(_host.Url, path).AbsoluteUri}</url>";
        metalink.ShouldContain(ours);
        string both = $"<url priority=\"1\">{new Uri(mirror.Url, path).AbsoluteUri}</url>{ours.Replace("priority=\"1\"", "priority=\"2\"", StringComparison.Ordinal)}";
        await File.WriteAllTextAsync(At("two.meta4"), metalink.Replace(ours, both, StringComparison.Ordinal));
        await Tool.SucceedAsync(_folder.Path, "aria2c", "-q", "--no-conf", "-s1", "two.meta4");
        Same(At(GatewayHost.Release().ArchiveName(1)), archive);
        mirror.Requests.ShouldContain(request => request.Method == "GET" && request.Target.EndsWith(".zip", StringComparison.Ordinal), "it used the mirror that gives a wrong byte");
    }

    [Fact]
    public async Task Aria2_takes_a_whole_release_by_one_Metalink()
    {
        (_, byte[] archive) = await _host.PublishRandomAsync(2_000_000);
        await Tool.SucceedAsync(_folder.Path, "aria2c", "-q", "--no-conf", "--follow-metalink=mem", new Uri(_host.Url, PublicFolder("release.meta4")).AbsoluteUri);
        Same(At($"{GatewayHost.Release()}/{GatewayHost.Release().ArchiveName(1)}"), archive);
        await Tool.SucceedAsync(At(GatewayHost.Release().ToString()), "sha256sum", "-c", "SHA256SUMS");
    }

    [Theory]
    [InlineData("wget", "-q", "-r", "-np", "-nH", "-R", "index.html*", "URL")]
    [InlineData("lftp", "-c", "set net:max-retries 2; mirror URL files")]
    [InlineData("rclone", "copy", "--config", "/dev/null", "--http-url", "URL", ":http:", "files")]
    public async Task The_index_is_walked_by(string program, params string[] arguments)
    {
        List<(ReleaseId Release, byte[] Archive)> published = [];
        foreach (ReleaseId release in new[] { GatewayHost.Release(), GatewayHost.Release(edition: "生物序列2023年"), GatewayHost.Release(GatewayHost.Registered) })
        {
            published.Add((release, (await _host.PublishRandomAsync(100_000, release, seed: published.Count)).Archive));
        }
        await _host.PublishAsync(new SampleDelivery().With("CN1/CN1A.bin", "corrected"), GatewayHost.Release(revision: 2));
        // What needs an account is listed for everybody; the programs may fail for it, but must bring the rest.
        await Tool.RunAsync(_folder.Path, program, [.. arguments.Select(argument => argument.Replace("URL", new Uri(_host.Url, "/files/").AbsoluteUri, StringComparison.Ordinal))]);
        Same(At($"files/{published[0].Release}/{published[0].Release.ArchiveName(1)}"), published[0].Archive);
        Same(At($"files/{published[1].Release}/{published[1].Release.ArchiveName(1)}"), published[1].Archive);
        File.Exists(At($"files/{GatewayHost.Release(revision: 2)}/SHA256SUMS.sig")).ShouldBeTrue();
        File.Exists(At($"files/{published[2].Release}/{published[2].Release.ArchiveName(1)}")).ShouldBeFalse();
    }

    [Fact]
    public async Task Wget_lftp_and_rclone_bring_the_same_whole_tree_without_settings()
    {
        await _host.PublishRandomAsync(100_000);
        await _host.PublishRandomAsync(100_000, GatewayHost.Release(revision: 2), seed: 2);
        await _host.PublishRandomAsync(100_000, GatewayHost.Release(edition: "生物序列2023年"), seed: 3);
        string url = new Uri(_host.Url, "/files/").AbsoluteUri;
        (string Program, string[] Arguments)[] walks =
        [
            ("wget", ["-q", "-r", "-np", "-nH", "-R", "index.html*", url]),
            ("lftp", ["-c", $"mirror {url} files"]),
            ("rclone", ["copy", "--config", "/dev/null", "--http-url", url, ":http:", "files"]),
        ];
        List<string[]> trees = [];
        foreach ((string program, string[] arguments) in walks)
        {
            Directory.CreateDirectory(At(program));
            await Tool.SucceedAsync(At(program), program, arguments);
            string[] found = Directory.GetFiles(At(program), "*", SearchOption.AllDirectories);
            foreach (string sums in found.Where(path => Path.GetFileName(path) == "SHA256SUMS"))
            {
                await Tool.SucceedAsync(Path.GetDirectoryName(sums)!, "sha256sum", "--quiet", "--strict", "-c", "SHA256SUMS");
            }
            trees.Add([.. found.Select(path => $"{Sha256Digest.Of(File.ReadAllBytes(path))} {Path.GetRelativePath(At(program), path)}").Order(StringComparer.Ordinal)]);
        }
        trees[0].Count(file => file.EndsWith("/SHA256SUMS", StringComparison.Ordinal)).ShouldBe(3);
        trees[0].Count(file => file.EndsWith("_001.zip", StringComparison.Ordinal)).ShouldBe(3);
        trees[1].ShouldBe(trees[0]);
        trees[2].ShouldBe(trees[0]);
    }

    [Fact]
    public async Task Programs_that_open_more_downloads_than_the_tier_has_bring_everything_without_settings()
    {
        (_, string key) = await _host.AccountAsync("slow", "slow"); // two downloads at a time; rclone makes four, aria2 five
        for (int edition = 1; edition <= 3; edition++)
        {
            await _host.PublishRandomAsync(100_000, GatewayHost.Release(edition: $"2024010{edition}"), seed: edition);
        }
        string files = new Uri(_host.Url, "/files/").AbsoluteUri.Replace("://", $"://slow:{key}@", StringComparison.Ordinal);
        await Tool.SucceedAsync(_folder.Path, "rclone", "copy", "--config", "/dev/null", "--retries", "1", "--http-url", files, ":http:", "files");
        Directory.GetFiles(At("files"), "*_001.zip", SearchOption.AllDirectories).Length.ShouldBe(3);
        await Tool.SucceedAsync(
            _folder.Path, "aria2c", "-q", "--no-conf", "--http-user=slow", "--http-passwd=" + key, "--follow-metalink=mem", new Uri(_host.Url, GatewayHost.PathOf(GatewayHost.Release(edition: "20240101"), "release.meta4")).AbsoluteUri);
        await Tool.SucceedAsync(At(GatewayHost.Release(edition: "20240101").ToString()), "sha256sum", "--quiet", "-c", "SHA256SUMS");
    }

    [Fact]
    public async Task Openssl_verifies_what_was_downloaded()
    {
        await _host.PublishRandomAsync(1000);
        foreach (string path in new[] { PublicFolder("SHA256SUMS"), PublicFolder("SHA256SUMS.sig"), "/.well-known/opendata-signing-key.pem" })
        {
            await Tool.SucceedAsync(_folder.Path, "curl", "-fsSO", new Uri(_host.Url, path).AbsoluteUri);
        }
        (await Tool.SucceedAsync(_folder.Path, "openssl", "dgst", "-sha256", "-verify", "opendata-signing-key.pem", "-signature", "SHA256SUMS.sig", "SHA256SUMS")).ShouldContain("Verified OK");
    }

    [Fact]
    public async Task The_newest_release_and_folders_without_a_slash_redirect()
    {
        await _host.PublishRandomAsync(1000);
        await _host.PublishRandomAsync(1000, GatewayHost.Release(edition: "20240109"), seed: 2);
        using HttpResponseMessage latest = await _host.SendAsync("/files/CN-PA-OPEN/latest/");
        latest.StatusCode.ShouldBe(HttpStatusCode.Found);
        latest.Headers.Location!.OriginalString.ShouldBe("/files/CN-PA-OPEN/20240109/r1/");
        using HttpResponseMessage bare = await _host.SendAsync("/files/CN-PA-OPEN/20240109");
        bare.StatusCode.ShouldBe(HttpStatusCode.PermanentRedirect);
        bare.Headers.Location!.OriginalString.ShouldBe("/files/CN-PA-OPEN/20240109/");
    }

    private static string PublicFolder(string name) => GatewayHost.PathOf(GatewayHost.Release(), name);

    private static void Same(string path, byte[] expected) => File.ReadAllBytes(path).AsSpan().SequenceEqual(expected).ShouldBeTrue(path);

    private string At(string name) => Path.Combine(_folder.Path, name);
}

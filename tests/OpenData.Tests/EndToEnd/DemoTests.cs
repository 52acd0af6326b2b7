using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using OpenData.Format;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd;

/// <summary>The README's first command, as a newcomer runs it.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_publishes_every_dataset_and_serves_it_to_the_programs_people_download_with()
    {
        using TemporaryFolder folder = new();
        await using (ServerProcess demo = ServerProcess.Start(null, "demo", "--data", folder["demo"], "--urls", "{url}"))
        {
            await demo.ReadyAsync(TimeSpan.FromMinutes(5));
            using JsonDocument told = JsonDocument.Parse(await File.ReadAllBytesAsync(folder["demo/demo.json"]));
            told.RootElement.GetProperty("url").GetString().ShouldBe(demo.Url);
            Dictionary<string, string> keys = told.RootElement.GetProperty("accounts").EnumerateArray()
                .ToDictionary(a => a.GetProperty("tier").GetString()!, a => a.GetProperty("key").GetString()!);
            keys.Keys.ShouldBe(["anonymous", "registered", "partner", "admin"], ignoreOrder: true);

            await EveryDatasetHasTwoEditionsAsync(demo.Url, keys["partner"]);
            await AReleaseIsWholeAndSignedAsync(demo.Url, keys["registered"], folder["curl"]);
            await TheLargeArchiveComesAlikeAsync(demo.Url, keys["partner"], folder["large"]);
        }

        await using ServerProcess again = ServerProcess.Start(null, "demo", "--data", folder["demo"], "--urls", "{url}");
        await again.ReadyAsync(TimeSpan.FromMinutes(1));
        again.Output.ShouldNotContain("packaged");
    }

    private static async Task EveryDatasetHasTwoEditionsAsync(string url, string key)
    {
        using HttpClient client = new();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        Page<DatasetSummary> datasets = (await client.GetFromJsonAsync(url + "/api/v1/datasets?limit=1000", FormatJson.Default.PageDatasetSummary))!;
        datasets.Items.Count.ShouldBe(44);
        datasets.Items.ShouldAllBe(d => d.Releases >= 2 && d.Latest != null);
        FeedPage feed = (await client.GetFromJsonAsync(url + "/api/v1/changes?limit=1000", FormatJson.Default.FeedPage))!;
        feed.Items.Select(c => c.Serial).ShouldBe(Enumerable.Range(1, feed.Items.Count).Select(n => (long)n));
    }

    private static async Task AReleaseIsWholeAndSignedAsync(string url, string key, string folder)
    {
        Directory.CreateDirectory(folder);
        (await Tool.SucceedAsync(folder, "curl", "-sfL", "-u", "any:" + key, url + "/files/US-PA-TXTO-10-B/latest/SHA256SUMS")).ShouldContain("release.json");
        string release = (await Tool.SucceedAsync(folder, "curl", "-s", "-o", "/dev/null", "-w", "%{redirect_url}", url + "/files/US-PA-TXTO-10-B/latest/")).Trim();
        release.ShouldStartWith(url + "/files/US-PA-TXTO-10-B/20");
        await Tool.SucceedAsync(folder, "wget", "-q", "-r", "-np", "-nd", "-R", "index.html*", "--user=any", "--password=" + key, "--auth-no-challenge", release);
        (await Tool.SucceedAsync(folder, "sha256sum", "-c", "SHA256SUMS")).ShouldContain("_001.zip: OK");
        await Tool.SucceedAsync(folder, "curl", "-sfO", url + "/.well-known/opendata-signing-key.pem");
        (await Tool.SucceedAsync(folder, "openssl", "dgst", "-sha256", "-verify", "opendata-signing-key.pem", "-signature", "SHA256SUMS.sig", "SHA256SUMS")).ShouldContain("Verified OK");
        foreach (string zip in Directory.EnumerateFiles(folder, "*.zip"))
        {
            await Tool.SucceedAsync(folder, "unzip", "-tqq", zip);
        }
    }

    private static async Task TheLargeArchiveComesAlikeAsync(string url, string key, string folder)
    {
        Directory.CreateDirectory(folder);
        using HttpClient client = new();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        DatasetSummary dataset = (await client.GetFromJsonAsync(url + "/api/v1/datasets/CN-PA-TXTS-10-A", FormatJson.Default.DatasetSummary))!;
        Manifest manifest = (await client.GetFromJsonAsync(url + dataset.Latest!.Path + Manifest.FileName, FormatJson.Default.Manifest))!;
        ArchiveManifest archive = manifest.Archives[0];
        archive.Bytes.ShouldBeGreaterThan(100_000_000);
        string address = $"{url}/files/{manifest.Id()}/{archive.Name}";

        Task<string> aria = Tool.SucceedAsync(folder, "aria2c", "-q", "-x8", "-s8", "-k1M", "--http-user=any", "--http-passwd=" + key, "-o", "aria2.zip", address);
        await Tool.SucceedAsync(folder, "curl", "-sf", "-r", "0-49999999", "-u", "any:" + key, "-o", archive.Name, address);
        await aria;
        await Tool.SucceedAsync(folder, "wget", "-q", "-c", "--user=any", "--password=" + key, "--auth-no-challenge", address);

        foreach (string name in (string[])["aria2.zip", archive.Name])
        {
            (await Tool.SucceedAsync(folder, "sha256sum", name)).ShouldStartWith(archive.Sha256.ToString());
        }
    }
}

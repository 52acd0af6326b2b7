using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Dapper;
using OpenData.Server.Accounts;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd;

/// <summary>What several gateways and workers promise together, while real processes are killed.</summary>
public sealed class ClusterTests(RealCluster cluster) : IClassFixture<RealCluster>
{
    /// <summary>30 Mb/s: four downloads of the archive at a time take some twenty seconds.</summary>
    private const string Tier = "registered";

    private const double Rate = 3_750_000;

    [CephFact]
    public async Task Eight_downloads_over_three_gateways_get_the_accounts_one_rate_together()
    {
        string key = await cluster.KeyAsync("spread", Tier);
        using CancellationTokenSource end = new();
        long received = 0;
        long began = Stopwatch.GetTimestamp();
        Task[] downloads = [.. Enumerable.Range(0, 8).Select(async i =>
        {
            using HttpClient client = Client(cluster.Gateways[i % 3], key);
            using HttpResponseMessage response = await client.GetAsync(cluster.Archive.Path, HttpCompletionOption.ResponseHeadersRead);
            response.EnsureSuccessStatusCode();
            await using Stream body = await response.Content.ReadAsStreamAsync();
            byte[] buffer = new byte[64 * 1024];
            try
            {
                while (await body.ReadAsync(buffer, end.Token) is > 0 and int read)
                {
                    Interlocked.Add(ref received, read);
                }
            }
            catch (OperationCanceledException)
            {
                // Long enough.
            }
        })];
        await Eventually.TrueAsync(() => Task.FromResult(Interlocked.Read(ref received) > 8 * Rate), "eight seconds' worth has come", TimeSpan.FromMinutes(2));
        double elapsed = Stopwatch.GetElapsedTime(began).TotalSeconds;
        long bytes = Interlocked.Read(ref received);
        await end.CancelAsync();
        await Task.WhenAll(downloads);
        // A quarter of a second of it may come at once on each gateway, and as much again lies in sockets; three times the rate would be thrice this.
        (bytes / Rate).ShouldBeLessThanOrEqualTo((1.02 * elapsed) + 0.75);
    }

    [CephTheory]
    [InlineData("gateway2", 1)]
    [InlineData("haproxy", 1)]
    [InlineData("rgw", 3)]
    public async Task Downloads_resume_after_a_kill(string victim, int seconds)
    {
        string key = await cluster.KeyAsync($"kill {victim}", Tier);
        using TemporaryFolder folder = new();
        Task<(int ExitCode, string Output)>[] downloads = await BeginAsync(folder, key, 2, "--tries=60", "--waitretry=1", "--retry-connrefused", "--retry-on-http-error=502,503,429");
        await cluster.DoAsync("kill", victim);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        await cluster.DoAsync("start", victim);
        await AllAreWholeAsync(folder, downloads);
    }

    [CephFact]
    public async Task Downloads_do_not_notice_that_PostgreSQL_was_away_for_10_seconds()
    {
        string key = await cluster.KeyAsync("no database", Tier);
        using TemporaryFolder folder = new();
        Task<(int ExitCode, string Output)>[] downloads = await BeginAsync(folder, key, 4, "--tries=1");
        await cluster.DoAsync("kill", "postgres");
        await Task.Delay(TimeSpan.FromSeconds(10));
        await cluster.DoAsync("start", "postgres");
        await AllAreWholeAsync(folder, downloads);
        using HttpClient client = Client(cluster.Url, key);
        await Eventually.TrueAsync(async () => (await client.GetAsync(new Uri("/readyz", UriKind.Relative))).IsSuccessStatusCode, "the cluster is ready again");
        await Eventually.TrueAsync(async () => await CountAsync("SELECT count(*) FROM downloads d JOIN accounts a ON a.id = d.account_id WHERE a.name = 'no database' AND d.outcome = 'complete'") == 4, "all four are in the journal");
    }

    [CephFact]
    public async Task No_client_sees_an_error_while_all_gateways_and_workers_are_restarted_one_after_another()
    {
        using TemporaryFolder folder = new();
        // Some forty in all, a dozen at a time where each gateway is told to stop; with 200 at a time: tests/OpenData.Benchmarks/cluster.sh rolling.
        IReadOnlyList<string> keys = await cluster.KeysAsync([.. Enumerable.Range(0, 12).Select(i => $"rolling {i}")], "partner");
        List<Task<(int ExitCode, string Output)>> downloads = [];
        for (int gateway = 0; gateway < 3; gateway++)
        {
            foreach (string key in keys.Skip(gateway * 4).Take(3))
            {
                downloads.AddRange(await BeginAsync(folder, key, 4, "--tries=1"));
            }
            Task restart = cluster.DoAsync("restart", $"gateway{gateway + 1}");
            downloads.AddRange(await BeginAsync(folder, keys[(gateway * 4) + 3], 1, "--tries=1"));
            await restart;
        }
        await Task.WhenAll(cluster.DoAsync("restart", "worker1"), cluster.DoAsync("restart", "worker2"));
        await AllAreWholeAsync(folder, [.. downloads]);
    }

    [CephFact]
    public async Task Fifty_accounts_get_no_more_than_their_rates_while_a_gateway_is_killed_and_each_goes_on()
    {
        const double AnonymousRate = 1_250_000;
        IReadOnlyList<string> keys = await cluster.KeysAsync([.. Enumerable.Range(0, 50).Select(i => $"one of fifty {i}")], "anonymous");
        long[] received = new long[keys.Count];
        double[] enough = new double[keys.Count];
        long began = Stopwatch.GetTimestamp();
        using CancellationTokenSource end = new(TimeSpan.FromMinutes(3));
        Task downloads = Task.WhenAll(Enumerable.Range(0, 2 * keys.Count).Select(stream => DownloadAsync(stream / 2)));
        await Eventually.TrueAsync(() => Task.FromResult(received.All(bytes => bytes > AnonymousRate)), "all download", TimeSpan.FromMinutes(1));
        await cluster.DoAsync("kill", "gateway2");
        await downloads;
        await cluster.DoAsync("start", "gateway2");
        for (int account = 0; account < keys.Count; account++)
        {
            // After a kill 110 % for one window of 10 s; a quarter of a second of the rate at once on each gateway.
            (received[account] / AnonymousRate).ShouldBeLessThanOrEqualTo((1.02 * enough[account]) + 1 + 0.75, keys[account][..12]);
        }

        async Task DownloadAsync(int account)
        {
            byte[] buffer = new byte[64 * 1024];
            long offset = 0;
            using HttpClient client = Client(cluster.Url, keys[account]);
            while (Interlocked.Read(ref received[account]) < 6 * AnonymousRate)
            {
                try
                {
                    using HttpRequestMessage request = new(HttpMethod.Get, cluster.Archive.Path);
                    request.Headers.Range = new RangeHeaderValue(offset, null);
                    using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, end.Token);
                    response.EnsureSuccessStatusCode();
                    await using Stream body = await response.Content.ReadAsStreamAsync(end.Token);
                    while (Interlocked.Read(ref received[account]) < 6 * AnonymousRate && await body.ReadAsync(buffer, end.Token) is > 0 and int read)
                    {
                        offset += read;
                        Interlocked.Add(ref received[account], read);
                    }
                }
                catch (Exception e) when (e is HttpRequestException or IOException)
                {
                    await Task.Delay(200, end.Token); // its gateway was killed, or the balancer has not noticed yet
                }
            }
            enough[account] = Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
    }

    [CephFact]
    public async Task A_killed_workers_run_is_taken_up_by_another_and_ends_with_one_release()
    {
        const string Dataset = "US-PA-TXTO-10-B";
        string key = await cluster.KeyAsync("curator", "partner", Role.Admin);
        await cluster.ServerAsync("sample", cluster.Deliveries, "--dataset", Dataset, "--editions", "1", "--size", "60MB");
        using HttpClient client = Client(cluster.Url, key);
        (await client.PostAsync(new Uri($"/api/v1/admin/datasets/{Dataset}/run", UriKind.Relative), null)).EnsureSuccessStatusCode();
        string? node = null;
        await Eventually.TrueAsync(
            async () => (node = await ScalarAsync<string>($"SELECT node FROM runs WHERE dataset = '{Dataset}' AND state = 'running' AND bytes > 0")) is not null, "the edition is being packaged", TimeSpan.FromMinutes(1));
        string worker = cluster.WorkerOf(int.Parse(node![(node!.LastIndexOf('/') + 1)..], CultureInfo.InvariantCulture));
        await cluster.DoAsync("kill", worker);
        await Eventually.TrueAsync(
            async () => await CountAsync($"SELECT count(*) FROM runs WHERE dataset = '{Dataset}' AND node <> '{node}'") > 0, "another worker took the run up", TimeSpan.FromMinutes(2));
        await Eventually.TrueAsync(
            async () => await CountAsync($"SELECT count(*) FROM runs WHERE dataset = '{Dataset}' AND state = 'published'") == 1, "the edition is published", TimeSpan.FromMinutes(2));
        await cluster.DoAsync("start", worker);
        (await CountAsync($"SELECT count(*) FROM releases WHERE dataset = '{Dataset}'")).ShouldBe(1);
        string edition = (await ScalarAsync<string>($"SELECT edition FROM releases WHERE dataset = '{Dataset}'"))!;
        (await cluster.ServerAsync("package", Dataset, edition, "--again")).ShouldContain("identical");
    }

    private static HttpClient Client(Uri url, string key)
    {
        HttpClient client = new() { BaseAddress = url };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Starts downloads with wget through the balancer and waits until bytes of each have come.</summary>
    private async Task<Task<(int ExitCode, string Output)>[]> BeginAsync(TemporaryFolder folder, string key, int count, params string[] options)
    {
        string[] files = [.. Enumerable.Range(0, count).Select(_ => Guid.NewGuid().ToString("N") + ".zip")];
        Task<(int, string)>[] downloads = [.. files.Select(file => Tool.RunAsync(
            folder.Path, "wget", [.. options, "-c", "-nv", "--timeout=30", "--user=me", "--password=" + key, "--auth-no-challenge", "-O", file, new Uri(cluster.Url, cluster.Archive.Path).AbsoluteUri]))];
        await Eventually.TrueAsync(
            () => Task.FromResult(files.All(file => new FileInfo(folder[file]) is { Exists: true, Length: > 0 }) || downloads.Any(download => download.IsCompleted)), "all downloads have begun", TimeSpan.FromMinutes(1));
        return downloads;
    }

    private async Task AllAreWholeAsync(TemporaryFolder folder, Task<(int ExitCode, string Output)>[] downloads)
    {
        foreach ((int exitCode, string output) in await Task.WhenAll(downloads))
        {
            exitCode.ShouldBe(0, output);
        }
        foreach (string file in Directory.EnumerateFiles(folder.Path))
        {
            await using FileStream stream = File.OpenRead(file);
            Convert.ToHexStringLower(await SHA256.HashDataAsync(stream)).ShouldBe(cluster.Archive.Sha256);
        }
    }

    private async Task<long> CountAsync(string sql) => await ScalarAsync<long>(sql);

    private async Task<T?> ScalarAsync<T>(string sql)
    {
        await using DbConnection connection = await cluster.Database.OpenAsync(CancellationToken.None);
        return await connection.ExecuteScalarAsync<T>(sql);
    }
}

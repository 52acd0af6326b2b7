using System.Diagnostics;
using System.Globalization;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Gateway.Bandwidth.Shares;

namespace OpenData.Benchmarks.Bandwidth;

/// <summary>
/// What the exchange costs on a real PostgreSQL: the other nodes' reports are written by this process, one node exchanges as the service does, and its CPU and the
/// database's are read from the system.
/// </summary>
internal static class ShareExchangeCost
{
    /// <param name="connection">PostgreSQL; a table of its own is made in it and dropped.</param>
    /// <param name="postmaster">Its process id: the CPU of all its children counts.</param>
    /// <param name="nodes">Gateways, all with the same number of accounts.</param>
    /// <param name="accounts">Active accounts in all.</param>
    /// <param name="spread">Nodes that each downloads from.</param>
    /// <param name="seconds">How long.</param>
    public static async Task RunAsync(string connection, int postmaster, int nodes, int accounts, int spread, int seconds)
    {
        await using PostgresDatabase database = new(connection);
        await using (System.Data.Common.DbConnection open = await database.OpenAsync(CancellationToken.None))
        {
            await open.ExecuteAsync("DROP TABLE IF EXISTS bandwidth_reports; CREATE TABLE bandwidth_reports (node TEXT PRIMARY KEY, at BIGINT NOT NULL, report BYTEA NOT NULL)");
        }
        Pacer pacer = new(new BandwidthOptions { LinkRate = RateBudget.MaxRate }, TimeProvider.System, NullLogger<Pacer>.Instance);
        BandwidthShares shares = new(pacer);
        PostgresShareExchange mine = new(database);
        PostgresShareExchange[] others = [.. Enumerable.Range(1, nodes - 1).Select(_ => new PostgresShareExchange(database))];
        byte[][] reports = new byte[nodes][];
        for (int node = 0; node < nodes; node++)
        {
            List<(ulong, NodeDemand)> demands = [];
            for (int account = 0; account < accounts; account++)
            {
                if (((account % nodes) + nodes - node) % nodes < spread)
                {
                    PipeKey key = new(account.ToString(CultureInfo.InvariantCulture));
                    demands.Add((NodeReport.NameOf(key), new NodeDemand(1, null)));
                    if (node == 0)
                    {
                        _ = pacer.Pipe(key, new PipeLimits(ByteRate.FromMegabits(30), 8)).TryAdmit(new StreamIdentity("file"), out _);
                    }
                }
            }
            reports[node] = NodeReport.Write(demands);
        }
        // What a round costs this node, back to back, since the system counts CPU in hundredths of a second; the first are compiled as they run.
        const int Rounds = 100;
        TimeSpan cpu = default;
        double report = 0;
        double exchange = 0;
        double apply = 0;
        for (int part = -1; part < 3; part++)
        {
            await OthersAsync();
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            for (int round = 0; round < Rounds; round++)
            {
                await RoundAsync(part >= 0);
            }
            cpu += part < 0 ? default : Process.GetCurrentProcess().TotalProcessorTime - before;
        }
        double own = cpu.TotalMilliseconds / Rounds / 3;

        // What all nodes cost the database, at their pace.
        double database0 = CpuOf(postmaster);
        List<double> took = [];
        long began = Stopwatch.GetTimestamp();
        for (int round = 0; round < seconds; round++)
        {
            await OthersAsync();
            long at = Stopwatch.GetTimestamp();
            await RoundAsync(false);
            took.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
            await Task.Delay(TimeSpan.FromSeconds(Math.Max(0, round + 1 - Stopwatch.GetElapsedTime(began).TotalSeconds)));
        }
        double elapsed = Stopwatch.GetElapsedTime(began).TotalSeconds;
        double theirs = CpuOf(postmaster) - database0;
        took.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"nodes={nodes} accounts={accounts} spread={spread} report_KB={reports[0].Length / 1000.0:0.0} read_KB_per_round={reports.Skip(1).Sum(bytes => bytes.Length) / 1000.0:0} statements_per_s={seconds * nodes / elapsed:0.0} "
            + $"CPU_ms_per_round={own:0.00} core_percent_per_node={own / 10:0.00} report_ms={report / Rounds / 3:0.00} exchange_ms={exchange / Rounds / 3:0.00} apply_ms={apply / Rounds / 3:0.00} "
            + $"round_trip_p50_ms={took[took.Count / 2]:0.0} round_trip_max_ms={took[^1]:0.0} database_core_percent={theirs / elapsed * 100:0.0}"));
        await using (System.Data.Common.DbConnection open = await database.OpenAsync(CancellationToken.None))
        {
            await open.ExecuteAsync("DROP TABLE bandwidth_reports");
        }

        async Task OthersAsync()
        {
            foreach ((PostgresShareExchange other, byte[] bytes) in others.Zip(reports.Skip(1)))
            {
                await other.ExchangeAsync(bytes, CancellationToken.None);
            }
        }

        async Task RoundAsync(bool counts)
        {
            long at = Stopwatch.GetTimestamp();
            for (int look = 0; look < 4; look++)
            {
                _ = shares.HasNew; // up to four times a second
            }
            byte[] mineNow = shares.Report();
            double reported = Stopwatch.GetElapsedTime(at).TotalMilliseconds;
            IReadOnlyList<byte[]> read = await mine.ExchangeAsync(mineNow, CancellationToken.None);
            double exchanged = Stopwatch.GetElapsedTime(at).TotalMilliseconds;
            shares.Apply(read);
            if (counts)
            {
                report += reported;
                exchange += exchanged - reported;
                apply += Stopwatch.GetElapsedTime(at).TotalMilliseconds - exchanged;
            }
        }
    }

    /// <summary>User and system seconds of a process, its living children and those that ended.</summary>
    private static double CpuOf(int parent) => Directory.EnumerateDirectories("/proc")
        .Select(folder => Path.GetFileName(folder))
        .Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out _))
        .Select(name => File.Exists($"/proc/{name}/stat") ? ReadStat(name) : null)
        .OfType<string[]>()
        .Where(stat => stat[0] == parent.ToString(CultureInfo.InvariantCulture) || stat[3] == parent.ToString(CultureInfo.InvariantCulture))
        .Sum(stat => (stat[0] == parent.ToString(CultureInfo.InvariantCulture) ? Ticks(stat, 13, 14, 15, 16) : Ticks(stat, 13, 14)) / 100);

    private static double Ticks(string[] stat, params int[] fields) => fields.Sum(field => double.Parse(stat[field], CultureInfo.InvariantCulture));

    private static string[]? ReadStat(string pid)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{pid}/stat");
            // The name in brackets may hold blanks.
            return [pid, "", .. text[(text.LastIndexOf(')') + 2)..].Split(' ')];
        }
        catch (IOException)
        {
            return null; // ended meanwhile
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using OpenData.Format;
using OpenData.Mirror;
using OpenData.Server.Releases;
using OpenData.Tests.Gateway;
using OpenData.Tests.Mirror;
using OpenData.Tests.Mirror.Sync;
using OpenData.Tests.Support;
using Xunit.Abstractions;

namespace OpenData.Tests.EndToEnd;

/// <summary>
/// A mirror is killed, cut off, fed wrong bytes and run out of disk, again and again, while its server publishes, corrects and withdraws. 40 blows by default;
/// <c>tests/OpenData.Benchmarks/sync-kills.sh</c> deals 1,000.
/// </summary>
public sealed class MirrorKillTests(ITestOutputHelper output)
{
    private const long LineRate = 12_500_000;
    private static readonly int s_blows = int.Parse(Environment.GetEnvironmentVariable("OPENDATA_BLOWS") ?? "40", CultureInfo.InvariantCulture);

    // No blow is dealt after so many seconds: a machine that is busy with other work deals fewer.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("OPENDATA_BLOWS_SECONDS") ?? "86400", CultureInfo.InvariantCulture));

    private enum Blow
    {
        Kill,
        Drop,
        Flip,
        FullDisk,
    }

    [MountFact]
    public async Task Whatever_befalls_a_mirror_no_wrong_byte_has_a_name_and_hardly_any_comes_twice()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("OPENDATA_SEED") ?? Environment.TickCount.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        using TemporaryFolder folder = new();
        await using GatewayHost host = await GatewayHost.StartAsync();
        await using ChaosProxy proxy = await ChaosProxy.StartAsync(host.Url, LineRate);
        string mirror = folder["m"];
        Mount.TryTmpfs(mirror, "8g", out Mount? disk).ShouldBeTrue();
        using Mount mounted = disk;
        Publisher publisher = new(host, random.Next());
        HashSet<string> checkedFiles = [];
        int[] dealt = new int[4];
        long[] cost = new long[4];
        (Blow Blow, long Again) before = default;
        long started = Stopwatch.GetTimestamp();
        MirrorProcess? process = null;
        try
        {
            while (dealt.Sum() < s_blows && Stopwatch.GetElapsedTime(started) < s_longest)
            {
                Blow blow = random.Next(100) switch { < 60 => Blow.Kill, < 85 => Blow.Drop, < 93 => Blow.Flip, _ => Blow.FullDisk };
                process ??= MirrorProcess.Start(mirror, proxy.Url);
                Task reached = proxy.AfterAsync(random.NextInt64(200_000, s_blows > 100 ? 16_000_000 : 8_000_000));
                long waiting = Stopwatch.GetTimestamp();
                while (!reached.IsCompleted)
                {
                    process.Ended.IsCompleted.ShouldBeFalse("the mirror ended by itself: " + process.Output);
                    Stopwatch.GetElapsedTime(waiting).ShouldBeLessThan(TimeSpan.FromSeconds(60), "nothing moves; the mirror says: " + process.Output);
                    // Enough is published that the mirror is at work when the blow falls.
                    if (!await publisher.KeepAheadAsync(mirror, 8_000_000))
                    {
                        await Task.WhenAny(reached, Task.Delay(20));
                    }
                }
                cost[(int)before.Blow] += proxy.Again() - before.Again;
                before = (blow, proxy.Again());
                switch (blow)
                {
                    case Blow.Drop:
                        proxy.Drop();
                        break;
                    case Blow.Flip:
                        proxy.Flip(random.Next(100_000));
                        break;
                    case Blow.FullDisk:
                        int told = process.FullDisks;
                        await FillAsync(mirror);
                        for (long since = Stopwatch.GetTimestamp(); process.FullDisks == told && Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(10);)
                        {
                            if (!await publisher.KeepAheadAsync(mirror, 8_000_000))
                            {
                                await Task.Delay(20);
                            }
                        }
                        blow = process.FullDisks > told ? blow : Blow.Kill; // What was replaced made room again.
                        await RemountAsync(mirror, "8g");
                        await process.KillAsync(); // It would wait some seconds before it tries again.
                        process = null;
                        break;
                    default:
                        await process.KillAsync();
                        process = null;
                        break;
                }
                dealt[(int)blow]++;
                if (process is null)
                {
                    CheckNamed(mirror, publisher, checkedFiles);
                }
            }
        }
        finally
        {
            await (process?.KillAsync() ?? Task.CompletedTask);
        }

        Client.Ended last = await Client.RunAsync(["sync", "--to", mirror, "--server", proxy.Url, "--superseded", "remove"]);
        last.Code.ShouldBe(ExitCode.Done, last.Error);
        long again = proxy.Again();
        string figures = string.Create(
            CultureInfo.InvariantCulture,
            $"{dealt.Sum()} blows ({dealt[0]} kills, {dealt[1]} dropped connections, {proxy.Flipped} flipped bytes, {dealt[3]} full disks) in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s while {publisher.Releases} releases were published, {publisher.Corrected} of them corrections, and {publisher.Withdrawn} withdrawn: {proxy.Bytes / 1e6:0} MB passed, {again / 1e6:0.00} MB of them again ({100.0 * again / proxy.Bytes:0.000} %); {checkedFiles.Count} named files compared, none wrong; seed {seed}");
        output.WriteLine(figures);
        string costs = string.Create(CultureInfo.InvariantCulture, $"bytes again after kills {cost[0]}, dropped connections {cost[1]}, flipped bytes {cost[2]}, full disks {cost[3]}; of archives {proxy.Again(".zip")}, of all {again}");
        output.WriteLine(costs);
        if (Environment.GetEnvironmentVariable("OPENDATA_BLOWS_RESULT") is { } result)
        {
            await File.WriteAllTextAsync(result, $"{figures}\n\n{costs}\n");
        }
        CheckNamed(mirror, publisher, checkedFiles);
        Client.Ended verified = await Client.RunAsync(["verify", mirror]);
        verified.Code.ShouldBe(ExitCode.Done, verified.Output + verified.Error);
        verified.Error.ShouldContain("0 bad, 0 missing, 0 surplus");
        Client.Ended fresh = await Client.RunAsync(["sync", "--to", folder["fresh"], "--server", host.Url.ToString(), "--superseded", "remove"]);
        fresh.Code.ShouldBe(ExitCode.Done, fresh.Error);
        MirrorTree.Of(mirror).ShouldBe(MirrorTree.Of(folder["fresh"]));
        // What a kernel has received and a killed process never read is lost with it: on a machine that does much else, some hundredths of a second of the line for each kill.
        again.ShouldBeLessThan(s_blows > 100 ? proxy.Bytes / 50 : s_blows * 1_000_000L);
    }

    /// <summary>Whatever has its final name has the bytes that were published under it.</summary>
    private static void CheckNamed(string mirror, Publisher publisher, HashSet<string> before)
    {
        foreach (string path in Directory.EnumerateFiles(Path.Combine(mirror), "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(mirror, path);
            if (name[0] != '.' && !name.EndsWith(".part", StringComparison.Ordinal) && !name.EndsWith(".part.state", StringComparison.Ordinal) && before.Add(name))
            {
                publisher.Digests.ShouldContainKey(name);
                new Sha256Digest(SHA256.HashData(File.ReadAllBytes(path))).ShouldBe(publisher.Digests[name], name);
            }
        }
    }

    /// <summary>Leaves hardly any room; while bytes come in, the room that they need grows from one look to the next.</summary>
    private static async Task FillAsync(string mirror)
    {
        int code = -1;
        for (int tries = 0; code != 0 && tries < 20; tries++)
        {
            DriveInfo drive = new(mirror);
            long size = drive.TotalSize - drive.AvailableFreeSpace + tries * 100_000;
            (code, _) = await Tool.RunAsync("/", "mount", "-o", string.Create(CultureInfo.InvariantCulture, $"remount,size={(size / 4096 + 16) * 4}k"), mirror);
        }
        code.ShouldBe(0, "the disk can be made smaller");
    }

    private static Task RemountAsync(string mirror, string size) => Tool.SucceedAsync("/", "mount", "-o", "remount,size=" + size, mirror);

    /// <summary>The server's people at work.</summary>
    private sealed class Publisher(GatewayHost host, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly List<ReleaseId> _current = [];
        private readonly Dictionary<ReleaseId, long> _sizes = [];
        private int _editions;

        public int Releases { get; private set; }

        public int Corrected { get; private set; }

        public int Withdrawn { get; private set; }

        /// <summary>Of every file that was ever published.</summary>
        public Dictionary<string, Sha256Digest> Digests { get; } = new(StringComparer.Ordinal);

        /// <summary>Does one thing if the mirror is less than so many bytes behind.</summary>
        public async Task<bool> KeepAheadAsync(string mirror, long bytes)
        {
            if (_current.Where(r => !File.Exists(Path.Combine(mirror, r.ToString(), Manifest.FileName))).Sum(r => _sizes[r]) >= bytes)
            {
                return false;
            }
            int what = _current.Count == 0 ? 0 : _random.Next(10);
            if (what < 6)
            {
                await PublishAsync(GatewayHost.Release(edition: string.Create(CultureInfo.InvariantCulture, $"e{++_editions:00000}")));
                return true;
            }
            int which = _random.Next(_current.Count);
            ReleaseId release = _current[which];
            _current.RemoveAt(which);
            if (what < 9)
            {
                await PublishAsync(release with { Revision = release.Revision + 1 });
                Corrected++;
            }
            else
            {
                (await host.Of<Withdrawals>().WithdrawAsync(release, "a test said so", CancellationToken.None)).ShouldBeTrue();
                Withdrawn++;
            }
            return true;
        }

        private async Task PublishAsync(ReleaseId release)
        {
            // Mostly what resumes at any byte, some of what comes in one go.
            await host.PublishRandomAsync(_random.Next(5) == 0 ? _random.Next(100, 20_000) : _random.Next(300_000, 900_000), release, _random.Next());
            IReadOnlyList<ReleaseFile> files = await host.Of<ReleaseQueries>().FilesAsync(release, CancellationToken.None);
            foreach (ReleaseFile file in files)
            {
                Digests[$"{release}/{file.Name}"] = file.Sha256;
            }
            Releases++;
            _sizes[release] = files.Sum(f => f.Bytes);
            _current.Add(release);
        }
    }

    /// <summary><c>opendata sync --follow</c> until it is killed.</summary>
    private sealed class MirrorProcess
    {
        private readonly Process _process;
        private readonly System.Text.StringBuilder _output = new();
        private int _fullDisks;

        private MirrorProcess(Process process)
        {
            _process = process;
            process.OutputDataReceived += (_, line) => Heard(line.Data);
            process.ErrorDataReceived += (_, line) => Heard(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            Ended = process.WaitForExitAsync();
        }

        public Task Ended { get; }

        public int FullDisks => Volatile.Read(ref _fullDisks);

        public string Output
        {
            get
            {
                lock (_output)
                {
                    return _output.ToString();
                }
            }
        }

        public static MirrorProcess Start(string mirror, string url) =>
            new(Client.Start("sync", "--to", mirror, "--server", url, "--superseded", "remove", "--follow", "--connections", "4"));

        public async Task KillAsync()
        {
            if (!_process.HasExited)
            {
                _process.Kill();
            }
            await Ended;
            _process.Dispose();
        }

        private void Heard(string? line)
        {
            lock (_output)
            {
                _output.AppendLine(line);
            }
            if (line?.Contains("the disk is full", StringComparison.Ordinal) == true)
            {
                Interlocked.Increment(ref _fullDisks);
            }
        }
    }
}

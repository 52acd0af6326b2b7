using System.Globalization;
using OpenData.Mirror;
using OpenData.Tests.Gateway;
using OpenData.Tests.Mirror;
using OpenData.Tests.Mirror.Sync;
using OpenData.Tests.Support;
using Xunit.Abstractions;

namespace OpenData.Tests.EndToEnd;

/// <summary>
/// A mirror is killed, cut off, fed wrong bytes and run out of disk, again and again, while its server publishes, corrects and withdraws. 24 blows by default, each kind among them;
/// <c>tests/OpenData.Benchmarks/sync-kills.sh</c> deals 1,000.
/// </summary>
public sealed class MirrorKillTests(ITestOutputHelper output)
{
    private const long LineRate = 12_500_000;
    private static readonly int s_blows = int.Parse(Environment.GetEnvironmentVariable("OPENDATA_BLOWS") ?? "24", CultureInfo.InvariantCulture);

    // No blow is dealt after so many seconds: a machine that is busy with other work deals fewer.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("OPENDATA_BLOWS_SECONDS") ?? "86400", CultureInfo.InvariantCulture));

    [RootFact]
    public async Task Whatever_befalls_a_mirror_no_wrong_byte_has_a_name_and_hardly_any_comes_twice()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("OPENDATA_SEED") ?? Environment.TickCount.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        using TemporaryFolder folder = new();
        await using GatewayHost host = await GatewayHost.StartAsync();
        await using ChaosProxy proxy = await ChaosProxy.StartAsync(host.Url, LineRate);
        string mirror = folder["m"];
        await using Mount disk = await Mount.TmpfsAsync(mirror, "8g");
        BusyPublisher publisher = new(host, mirror, random.Next());
        NamedFiles named = new(mirror, publisher.Digests);
        BlowCosts costs = new(proxy);
        using CancellationTokenSource enough = new();
        Task publishing = publisher.KeepAheadAsync(12_000_000, enough.Token);
        MirrorProcess? process = null;
        try
        {
            while (costs.Blows < s_blows && costs.Elapsed < s_longest)
            {
                // The fifth to the eighth are one of each kind, or a short run might lack one.
                Blow blow = costs.Blows is >= 4 and < 8 ? (Blow)(costs.Blows - 4) : random.Next(100) switch { < 60 => Blow.Kill, < 85 => Blow.Drop, < 93 => Blow.Flip, _ => Blow.FullDisk };
                if (process is null)
                {
                    process = MirrorProcess.Start(mirror, proxy.Url);
                    costs.Started();
                }
                Task reached = proxy.AfterAsync(random.NextInt64(200_000, s_blows > 100 ? 16_000_000 : 8_000_000));
                await Task.WhenAny(reached, process.Ended, publishing, Task.Delay(TimeSpan.FromSeconds(60)));
                publishing.IsCompleted.ShouldBeFalse("nothing is published any more: " + publishing.Exception);
                process.Ended.IsCompleted.ShouldBeFalse("the mirror ended by itself: " + process.Output);
                reached.IsCompleted.ShouldBeTrue("nothing moves; the mirror says: " + process.Output);
                switch (blow)
                {
                    case Blow.Drop:
                        proxy.Drop();
                        break;
                    case Blow.Flip:
                        proxy.Flip(random.Next(100_000));
                        break;
                    case Blow.FullDisk:
                        await FillAsync(mirror);
                        blow = await process.TellsFullDiskAsync(TimeSpan.FromSeconds(10)) ? blow : Blow.Kill; // What was replaced may have made room again.
                        await disk.ResizeAsync("8g");
                        await costs.KillAsync(blow, process, mirror); // It would wait some seconds before it tries again.
                        process = null;
                        break;
                    default:
                        await costs.KillAsync(blow, process, mirror);
                        process = null;
                        break;
                }
                costs.Count(blow);
                if (process is null)
                {
                    named.Check();
                }
                if (costs.Blows % 20 == 0)
                {
                    Progress(costs.ToString());
                }
            }
        }
        finally
        {
            await (process?.KillAsync() ?? Task.CompletedTask);
            await enough.CancelAsync();
            await publishing;
        }

        Client.Ended last = await Client.RunAsync(["sync", "--to", mirror, "--server", proxy.Url, "--superseded", "remove"]);
        last.Code.ShouldBe(ExitCode.Done, last.Error);
        named.CheckAll();
        string figures = string.Create(
            CultureInfo.InvariantCulture,
            $"{costs}\n\n{publisher.Releases} releases were published meanwhile, {publisher.Corrected} of them corrections, and {publisher.Withdrawn} withdrawn; {named.Compared} named files compared, none wrong; seed {seed}");
        output.WriteLine(figures);
        Write("OPENDATA_BLOWS_RESULT", figures);
        Progress("the last sync is done; verify and a mirror that starts afresh are next");
        Client.Ended verified = await Client.RunAsync(["verify", mirror]);
        verified.Code.ShouldBe(ExitCode.Done, verified.Output + verified.Error);
        verified.Error.ShouldContain("0 bad, 0 missing, 0 surplus");
        Client.Ended fresh = await Client.RunAsync(["sync", "--to", folder["fresh"], "--server", host.Url.ToString(), "--superseded", "remove"]);
        fresh.Code.ShouldBe(ExitCode.Done, fresh.Error);
        MirrorTree.Of(mirror).ShouldBe(MirrorTree.Of(folder["fresh"]));
        Write("OPENDATA_BLOWS_RESULT", "\nAt the end verify was clean, and the mirror the same tree as one that started afresh.");
        // What a kernel has received and a killed process never read is lost with it: on a machine that does much else, some hundredths of a second of the line for each kill.
        proxy.Again().ShouldBeLessThan(s_blows > 100 ? proxy.Bytes / 50 : s_blows * 1_000_000L);
    }

    /// <summary>For whoever waits for a long run: <c>dotnet test</c> shows what a test writes when it is over.</summary>
    private static void Progress(string line) => Write("OPENDATA_BLOWS_PROGRESS", line.Split('\n')[0]);

    /// <summary>Adds to the file that a variable names, if it does.</summary>
    private static void Write(string variable, string text)
    {
        if (Environment.GetEnvironmentVariable(variable) is { } path)
        {
            File.AppendAllText(path, text + "\n");
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
}

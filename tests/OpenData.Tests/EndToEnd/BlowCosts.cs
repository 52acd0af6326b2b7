using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using OpenData.Mirror.Downloads;
using OpenData.Tests.Mirror.Sync;

namespace OpenData.Tests.EndToEnd;

/// <summary>
/// Which bytes came again after which blow, and where those were that a process had not on disk when it died: every byte that passed until its last connection closed
/// counts. Every fourth process is frozen before it is killed, for the milliseconds that it takes to read the queues of its connections; the line goes on meanwhile.
/// </summary>
internal sealed class BlowCosts(ChaosProxy proxy)
{
    private static readonly string[] s_names = ["kill", "dropped connections", "flipped bit", "full disk"];
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly int[] _dealt = new int[4];
    private readonly Deaths[] _deaths = [new(), new(), new(), new()];
    private int _died;
    private int _starts;
    private double _startSeconds;

    public int Blows => _dealt.Sum();

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_began);

    /// <summary>A process was started: how long until the first byte of a file passes?</summary>
    public void Started()
    {
        long now = Stopwatch.GetTimestamp();
        _ = proxy.AfterAsync(1).ContinueWith(
            _ =>
            {
                lock (_dealt)
                {
                    _starts++;
                    _startSeconds += Stopwatch.GetElapsedTime(now).TotalSeconds;
                }
            },
            TaskScheduler.Default);
    }

    /// <summary>One more.</summary>
    public void Count(Blow blow) => _dealt[(int)blow]++;

    /// <summary>Kills the process with signal 9 and looks where the bytes are that it had asked for.</summary>
    public async Task KillAsync(Blow blow, MirrorProcess process, string mirror)
    {
        bool look = _died++ % 4 == 0;
        (long passed, long inKernel) = (0, 0);
        if (look)
        {
            process.Freeze();
            (passed, inKernel) = (proxy.Bytes, SocketQueues.ReceivedFrom(proxy.Port));
        }
        await process.KillAsync();
        await proxy.BuriedAsync();
        long dying = proxy.Bytes - passed;
        Deaths deaths = _deaths[(int)blow];
        long lost = proxy.Died(blow, path => Kept(mirror, path));
        deaths.Count++;
        deaths.Lost += lost;
        if (look)
        {
            deaths.Frozen++;
            deaths.LostOfFrozen += lost;
            deaths.InKernel += Math.Min(inKernel, lost);
            deaths.Dying += Math.Min(dying, Math.Max(0, lost - inKernel));
            deaths.NotWritten += Math.Max(0, lost - inKernel - dying);
        }
    }

    public override string ToString()
    {
        StringBuilder text = new();
        long again = proxy.Again();
        text.Append(CultureInfo.InvariantCulture, $"{Blows} blows in {Elapsed.TotalSeconds:0} s ({_dealt[0]} kills, {_dealt[1]} dropped connections, {proxy.Flipped} flipped bits, {_dealt[3]} full disks): ")
            .Append(CultureInfo.InvariantCulture, $"{proxy.Bytes / 1e6:0} MB passed, {again / 1e6:0.00} MB of them again ({100.0 * again / proxy.Bytes:0.000} %)\n\n")
            .Append("| kB for each | again | not on disk when the process died | of every fourth, frozen: not on disk | = in the kernel | + sent until its connections closed | + read and not written |\n|---|---|---|---|---|---|---|\n");
        for (int i = 0; i < s_names.Length; i++)
        {
            (Deaths deaths, double each) = (_deaths[i], 1000.0 * Math.Max(1, _dealt[i]));
            text.Append(CultureInfo.InvariantCulture, $"| {s_names[i]} | {proxy.AgainAfter((Blow)i) / each:0} | ");
            text.Append(deaths.Count == 0 ? "| | | | |\n" : string.Create(CultureInfo.InvariantCulture, $"{deaths.Lost / (1000.0 * deaths.Count):0} | "));
            double frozen = 1000.0 * Math.Max(1, deaths.Frozen);
            text.Append(deaths.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{deaths.LostOfFrozen / frozen:0} | {deaths.InKernel / frozen:0} | {deaths.Dying / frozen:0} | {deaths.NotWritten / frozen:0} |\n"));
        }
        lock (_dealt)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nOf all that came again {proxy.ThrownAway() / 1e6:0.00} MB had been on disk when a process died and were thrown away (those of a flipped bit not counted), ")
                .Append(CultureInfo.InvariantCulture, $"{proxy.AgainWithoutBlow() / 1e6:0.00} MB were of files that no blow had befallen, {(again - proxy.Again(".zip")) / 1e6:0.00} MB were no archives. ")
                .Append(CultureInfo.InvariantCulture, $"From the start of a process to the first byte of a file {1000 * _startSeconds / Math.Max(1, _starts):0} ms.");
        }
        return text.ToString();
    }

    /// <summary>How many bytes of an archive are on disk, from the first; null where it is not wanted any more. What is no archive is too small to ask.</summary>
    private static long? Kept(string mirror, string path)
    {
        string target = Path.Combine(mirror, Uri.UnescapeDataString(path["/files/".Length..]));
        if (!target.EndsWith(".zip", StringComparison.Ordinal) || !Directory.Exists(Path.GetDirectoryName(target)))
        {
            return null;
        }
        if (File.Exists(target))
        {
            return long.MaxValue;
        }
        if (!File.Exists(PartFile.StatePath(target)))
        {
            return File.Exists(PartFile.BytesPath(target)) ? new FileInfo(PartFile.BytesPath(target)).Length : 0;
        }
        byte[] state = File.ReadAllBytes(PartFile.StatePath(target));
        long bytes = 0;
        for (int at = PartFile.Header; at + 8 <= state.Length; at += 8)
        {
            bytes += BinaryPrimitives.ReadInt64LittleEndian(state.AsSpan(at));
        }
        return bytes;
    }

    private sealed class Deaths
    {
        public int Count { get; set; }

        public long Lost { get; set; }

        public int Frozen { get; set; }

        public long LostOfFrozen { get; set; }

        public long InKernel { get; set; }

        public long Dying { get; set; }

        public long NotWritten { get; set; }
    }
}

using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Gateway.Bandwidth.Shares;

namespace OpenData.Benchmarks.Bandwidth;

/// <summary>
/// Many gateways in one process under a clock of its own: the real pacers, shares and pace of rounds, with a table in memory for PostgreSQL's. Every account downloads from
/// some nodes at a time; then a node is killed, and a new one takes its downloads. It prints a line of figures, and the totals of each 100 ms into a file for the plot.
/// </summary>
internal static class ShareSimulation
{
    private const double Step = 0.01;
    private const int Warm = 6;
    private const int Steady = 12;
    private const int AfterKill = 12;
    private const double Cell = 0.1;

    /// <param name="nodes">Gateways.</param>
    /// <param name="accounts">Accounts with running downloads.</param>
    /// <param name="spread">Nodes that each of them downloads from.</param>
    /// <param name="megabits">The rate of each.</param>
    /// <param name="csv">Gets the mean and the extremes over the accounts for each 100 ms.</param>
    public static void Run(int nodes, int accounts, int spread, double megabits, string csv)
    {
        Random dice = new(1);
        Clock clock = new();
        Member[] members = [.. Enumerable.Range(0, nodes + 1).Select(i => new Member(clock, dice.NextDouble() * RoundPace.Look.TotalSeconds))];
        members[nodes].IsAlive = false; // joins later
        int cells = (int)((Warm + Steady + AfterKill) / Cell) + 1;
        int[,] bytes = new int[accounts, cells];
        List<Load> loads = [];
        double rate = ByteRate.FromMegabits(megabits).BytesPerSecond;
        // Nodes know one another before the first download comes.
        for (double warm = 0; warm < 2; warm += Step)
        {
            clock.Pass(Step);
            Rounds(members, clock);
        }
        double began = clock.Seconds;
        for (int account = 0; account < accounts; account++)
        {
            int nearest = dice.Next(nodes);
            for (int i = 0; i < spread; i++)
            {
                loads.Add(Begin(members[(nearest + i) % nodes], account, rate, clock, bytes, began));
            }
        }
        long reported = members.Sum(member => member.Rounds);
        TimeSpan cpu = TimeSpan.Zero;
        long entries = 0;
        int killed = nodes / 2;
        bool isKilled = false;
        while (clock.Seconds - began < Warm + Steady + AfterKill - Step)
        {
            clock.Pass(Step);
            foreach (Member member in members.Where(member => member.IsAlive))
            {
                member.Pacer.Tick();
            }
            (TimeSpan took, long read) = Rounds(members, clock);
            cpu += took;
            entries += read;
            if (!isKilled && nodes > 1 && clock.Seconds - began >= Warm + Steady)
            {
                isKilled = true;
                members[killed].IsAlive = false;
                members[nodes].IsAlive = true;
                foreach (Load load in loads.Where(load => load.On == members[killed]).ToArray())
                {
                    load.Stream.Cancel(CancelReason.Shutdown);
                    loads.Add(Begin(members[nodes], load.Account, rate, clock, bytes, began));
                }
            }
        }
        double seconds = clock.Seconds - began;
        long rounds = members.Sum(member => member.Rounds) - reported;
        WriteCells(csv, bytes, rate);
        List<double> tens = Windows(bytes, Warm, Warm + Steady, 10, rate);
        List<double> killTens = Windows(bytes, Warm + Steady - 5, Warm + Steady + AfterKill, 10, rate);
        List<double> ones = Windows(bytes, Warm, Warm + Steady, 1, rate);
        List<double> first = Windows(bytes, 0, 1, 1, rate);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"nodes={nodes} accounts={accounts} spread={spread} mean={tens.Average():0.0000} min10s={tens.Min():0.0000} max10s={tens.Max():0.0000} max1s={ones.Max():0.000} jain={Jain(tens):0.000000} first_second_max={first.Max():0.000} "
            + $"settled_s={Settled(bytes, rate, 0):0.0} kill_min10s={killTens.Min():0.000} kill_max10s={killTens.Max():0.000} taken_up_s={(nodes > 1 ? Settled(bytes, rate, Warm + Steady) : 0):0.0} "
            + $"rounds_per_s={rounds / seconds:0.0} round_ms={cpu.TotalMilliseconds / rounds:0.000} core_percent_per_node={cpu.TotalSeconds / seconds / nodes * 100:0.000} entries_per_round={entries / (double)rounds:0}"));
    }

    /// <summary>The rounds that are due, one node after the other; their CPU without the pacers'.</summary>
    private static (TimeSpan Took, long Entries) Rounds(Member[] members, Clock clock)
    {
        TimeSpan took = TimeSpan.Zero;
        long entries = 0;
        foreach (Member member in members.Where(member => member.IsAlive && clock.Seconds >= member.NextLook))
        {
            member.NextLook += RoundPace.Look.TotalSeconds * Math.Ceiling((clock.Seconds - member.NextLook + 1e-9) / RoundPace.Look.TotalSeconds);
            TimeSpan now = TimeSpan.FromSeconds(clock.Seconds);
            long began = Stopwatch.GetTimestamp();
            if (member.Pace.IsDue(now, member.Shares.Nodes, () => member.Shares.HasNew))
            {
                member.Pace.Begin(now);
                (member.Row, member.RowAt) = (member.Shares.Report(), clock.Seconds);
                byte[][] reports = [.. members.Where(other => other != member && other.Row is not null && other.RowAt > clock.Seconds - NodeDemand.Lifetime.TotalSeconds).Select(other => other.Row!)];
                member.Shares.Apply(reports, member.Pace.Succeed(now));
                member.Rounds++;
                entries += reports.Sum(report => report.Length / NodeReport.EntryLength);
            }
            took += Stopwatch.GetElapsedTime(began);
        }
        return (took, entries);
    }

    private static Load Begin(Member member, int account, double rate, Clock clock, int[,] bytes, double began)
    {
        AccountPipe pipe = member.Pacer.Pipe(new PipeKey(account.ToString(CultureInfo.InvariantCulture)), new PipeLimits(new ByteRate((long)rate), 1000, "simulated"));
        if (!pipe.TryAdmit(new StreamIdentity("file", 1), out PacedStream? stream))
        {
            throw new InvalidOperationException("A download was not admitted.");
        }
        Load load = new(member, account, stream);
        _ = DownloadAsync(load, clock, bytes, began);
        return load;
    }

    private static async Task DownloadAsync(Load load, Clock clock, int[,] bytes, double began)
    {
        try
        {
            while (true)
            {
                int granted = await load.Stream.GrantAsync(int.MaxValue).ConfigureAwait(false);
                bytes[load.Account, Math.Min(bytes.GetLength(1) - 1, (int)((clock.Seconds - began) / Cell))] += granted;
            }
        }
        catch (OperationCanceledException)
        {
            load.Stream.Dispose();
        }
    }

    /// <summary>Parts of the rate in all windows of so many seconds of all accounts.</summary>
    private static List<double> Windows(int[,] bytes, int from, int to, int length, double rate)
    {
        int width = (int)(length / Cell);
        List<double> parts = [];
        for (int account = 0; account < bytes.GetLength(0); account++)
        {
            long sum = 0;
            for (int cell = (int)(from / Cell); cell < (int)(to / Cell); cell++)
            {
                sum += bytes[account, cell];
                int before = cell - width;
                sum -= before >= (int)(from / Cell) ? bytes[account, before] : 0;
                if (cell - (int)(from / Cell) >= width - 1)
                {
                    parts.Add(sum / (length * rate));
                }
            }
        }
        return parts;
    }

    /// <summary>Seconds from a moment until each second of 99 of 100 accounts is within 3 % of the rate, for good.</summary>
    private static double Settled(int[,] bytes, double rate, int from)
    {
        int last = Math.Min((int)((from + 12) / Cell), bytes.GetLength(1) - 1) - 10;
        for (int cell = last; cell > (int)(from / Cell); cell--)
        {
            int outside = 0;
            for (int account = 0; account < bytes.GetLength(0); account++)
            {
                long sum = 0;
                for (int i = 0; i < 10; i++)
                {
                    sum += bytes[account, cell + i];
                }
                outside += Math.Abs((sum / rate) - 1) > 0.03 ? 1 : 0;
            }
            if (outside * 100 > bytes.GetLength(0))
            {
                return ((cell + 1) * Cell) - from;
            }
        }
        return 0;
    }

    private static double Jain(List<double> parts) => Math.Pow(parts.Sum(), 2) / (parts.Count * parts.Sum(part => part * part));

    private static void WriteCells(string csv, int[,] bytes, double rate)
    {
        using StreamWriter writer = new(csv);
        writer.WriteLine("seconds,least,p1,mean,p99,most");
        for (int cell = 9; cell < bytes.GetLength(1) - 1; cell++)
        {
            double[] parts = new double[bytes.GetLength(0)];
            for (int account = 0; account < parts.Length; account++)
            {
                for (int i = 0; i < 10; i++)
                {
                    parts[account] += bytes[account, cell - i] / rate;
                }
            }
            Array.Sort(parts);
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{(cell + 1) * Cell:0.0},{parts[0]:0.0000},{parts[parts.Length / 100]:0.0000},{parts.Average():0.0000},{parts[^(1 + (parts.Length / 100))]:0.0000},{parts[^1]:0.0000}"));
        }
    }

    private sealed record Load(Member On, int Account, PacedStream Stream);

    private sealed class Member
    {
        public Member(Clock clock, double phase)
        {
            Pacer = new Pacer(new BandwidthOptions { LinkRate = RateBudget.MaxRate }, clock, NullLogger<Pacer>.Instance);
            Shares = new BandwidthShares(Pacer);
            NextLook = clock.Seconds + phase;
        }

        public Pacer Pacer { get; }

        public BandwidthShares Shares { get; }

        public RoundPace Pace { get; } = new();

        public double NextLook { get; set; }

        public bool IsAlive { get; set; } = true;

        public long Rounds { get; set; }

        public byte[]? Row { get; set; }

        public double RowAt { get; set; }
    }

    private sealed class Clock : TimeProvider
    {
        private long _now = 1_000_000_000_000;

        public override long TimestampFrequency => 1_000_000_000;

        public double Seconds => _now / 1e9;

        public override long GetTimestamp() => _now;

        public void Pass(double seconds) => _now += (long)Math.Round(seconds * 1e9);
    }
}

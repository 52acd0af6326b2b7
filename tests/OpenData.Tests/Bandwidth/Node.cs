using Microsoft.Extensions.Logging.Abstractions;
using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Tests.Bandwidth;

/// <summary>A node's pacer with downloads, under a clock of the test's.</summary>
internal sealed class Node
{
    private readonly List<(string Account, Copier Copier)> _copiers = [];

    public Node(BandwidthOptions? options = null)
    {
        Pacer = new Pacer(options ?? new BandwidthOptions(), Clock, NullLogger<Pacer>.Instance);
    }

    public PacerClock Clock { get; } = new();

    public Pacer Pacer { get; }

    public static Random Dice(int seed) => new(seed);

    public AccountPipe Pipe(string account, double megabits, int streams = 32) =>
        Pacer.Pipe(new PipeKey(account), new PipeLimits(ByteRate.FromMegabits(megabits), streams, "test"));

    public Copier Download(AccountPipe pipe, double speed = double.PositiveInfinity, Func<int>? want = null, string file = "file", long start = 0, string client = "")
    {
        pipe.TryAdmit(new StreamIdentity(file, start, client), out PacedStream? stream).ShouldBeTrue();
        Copier copier = new(Clock, stream, speed, want ?? (static () => int.MaxValue));
        _copiers.Add((pipe.Key.Text, copier));
        copier.Start();
        return copier;
    }

    /// <summary>Lets time pass in ticks of the given lengths.</summary>
    public void Run(double seconds, Func<double>? tick = null)
    {
        double end = Clock.Seconds + seconds;
        while (Clock.Seconds < end - 1e-9)
        {
            Tick(Math.Min(tick?.Invoke() ?? 0.005, end - Clock.Seconds));
        }
    }

    public void Tick(double seconds)
    {
        // With the test framework's context set, finished sends would go on elsewhere, and the run would not be the same every time.
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            Clock.Pass(seconds);
            foreach ((_, Copier copier) in _copiers)
            {
                copier.Step();
                copier.Running.IsFaulted.ShouldBeFalse(copier.Running.Exception?.ToString());
            }
            Pacer.Tick();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    public IEnumerable<(double At, int Bytes)> GrantsOf(string account) =>
        _copiers.Where(entry => entry.Account == account).SelectMany(entry => entry.Copier.Grants).OrderBy(grant => grant.At);

    /// <summary>Bytes an account was granted from one moment up to another.</summary>
    public long Bytes(string account, double from, double to) => GrantsOf(account).Where(grant => grant.At > from && grant.At <= to).Sum(grant => (long)grant.Bytes);

    /// <summary>The most bytes an account was granted in any window of so many seconds.</summary>
    public long MostIn(string account, double window)
    {
        (double At, int Bytes)[] grants = [.. GrantsOf(account)];
        long most = 0;
        long sum = 0;
        int first = 0;
        foreach ((double at, int bytes) in grants)
        {
            sum += bytes;
            while (grants[first].At <= at - window)
            {
                sum -= grants[first++].Bytes;
            }
            most = Math.Max(most, sum);
        }
        return most;
    }
}

using System.ComponentModel.DataAnnotations;
using System.Globalization;
using OpenData.Format;

namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>Settings of the node's pacer, section <c>OpenData:Bandwidth</c>.</summary>
public sealed record BandwidthOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "OpenData:Bandwidth";

    /// <summary>In any second an account gets at most so much more than its rate.</summary>
    internal const double OneSecondTolerance = 0.05;

    /// <summary>What the node was late with is made up for at most so much faster than the rate.</summary>
    internal const double CatchUp = 0.02;

    /// <summary>So much lateness of a tick is made up for at once, as on a machine whose cores have other work; more is spread out.</summary>
    internal static readonly TimeSpan UsualLateness = TimeSpan.FromMilliseconds(60);

    /// <summary>What an account that was away may send at once when it comes; of ten seconds it is less than half a hundredth.</summary>
    internal static readonly TimeSpan PauseCredit = TimeSpan.FromMilliseconds(40);

    /// <summary>How far beyond a chunk an account's credit may be spent at once; absorbs the grid of the pacer's ticks.</summary>
    internal static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(10);

    /// <summary>No chunk takes up the link for longer. Without effect from about 1 Gb/s up.</summary>
    internal static readonly TimeSpan LinkMoment = TimeSpan.FromMilliseconds(2);

    /// <summary>What this node may send in all, 1 Mb/s to 100 Gb/s: a little less than its network card or its share of the site's line. Default 10 Gb/s.</summary>
    public ByteRate LinkRate { get; init; } = ByteRate.FromMegabits(10_000);

    /// <summary>The pacer hands out bytes at most this often, 1 to 20 ms. Default 5 ms: shorter is smoother, longer costs less.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Bandwidth that an account could not take because the node was late is given later, up to this much time of it; 50 to 250 ms. Default 200 ms.</summary>
    public TimeSpan MaxBurst { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>A grant is what the account may send in this time or a little less, 5 to 60 ms. Default 55 ms: longer costs less, since a send is cheaper
    /// by the byte, and makes a second hold one more or one less of fewer.</summary>
    public TimeSpan ChunkTime { get; init; } = TimeSpan.FromMilliseconds(55);

    /// <summary>No grant is planned smaller, 1 to 64 KiB. Default 8 KiB, which keeps the promise of one second from 1.6 Mb/s up.</summary>
    public int MinChunk { get; init; } = 8 * 1024;

    /// <summary>No grant is larger, 64 KiB to 1 MiB. Default 256 KiB.</summary>
    public int MaxChunk { get; init; } = 256 * 1024;

    /// <summary>A stream whose client took no byte for so long is cancelled, 1 s to 1 hour. Default 60 s.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A stream whose client took no byte for so long gives its place to a new request for the same file, 100 ms to 1 minute. Default 2 s.</summary>
    public TimeSpan StallTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A download beyond the tier's number waits for the next place for so long before it is refused, 0 to 50 s. Default 20 s: shorter than the patience
    /// of any program that downloads (aria2 has 60 s, `opendata` 30).</summary>
    public TimeSpan PlaceWait { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Reads and checks the section.</summary>
    /// <exception cref="ValidationException">A setting is wrong; the message begins with its full name.</exception>
    public static BandwidthOptions Read(IConfiguration configuration)
    {
        IConfigurationSection section = configuration.GetSection(Section);
        BandwidthOptions standard = new();
        return new BandwidthOptions
        {
            LinkRate = Rate(section, nameof(LinkRate), standard.LinkRate),
            Tick = Time(section, nameof(Tick), standard.Tick, 0.001, 0.02),
            MaxBurst = Time(section, nameof(MaxBurst), standard.MaxBurst, 0.05, 0.25),
            ChunkTime = Time(section, nameof(ChunkTime), standard.ChunkTime, 0.005, 0.06),
            MinChunk = Bytes(section, nameof(MinChunk), standard.MinChunk, 1024, 64 * 1024),
            MaxChunk = Bytes(section, nameof(MaxChunk), standard.MaxChunk, 64 * 1024, 1024 * 1024),
            IdleTimeout = Time(section, nameof(IdleTimeout), standard.IdleTimeout, 1, 3600),
            StallTime = Time(section, nameof(StallTime), standard.StallTime, 0.1, 60),
            PlaceWait = Time(section, nameof(PlaceWait), standard.PlaceWait, 0, 50),
        };
    }

    private static ByteRate Rate(IConfigurationSection section, string name, ByteRate standard) =>
        section[name] is not { } text ? standard
        : ByteRate.TryParse(text, out ByteRate rate) && rate.MegabitsPerSecond >= 1 && rate.CompareTo(RateBudget.MaxRate) <= 0 ? rate
        : throw Wrong(name, text, "a rate such as '10 Gb/s', from 1 Mb/s to 100 Gb/s");

    private static TimeSpan Time(IConfigurationSection section, string name, TimeSpan standard, double least, double most) =>
        section[name] is not { } text ? standard
        : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan time) && time.TotalSeconds >= least && time.TotalSeconds <= most ? time
        : throw Wrong(name, text, string.Create(CultureInfo.InvariantCulture, $"a time such as '00:00:00.010', from {least} to {most} seconds"));

    private static int Bytes(IConfigurationSection section, string name, int standard, int least, int most) =>
        section[name] is not { } text ? standard
        : ByteCount.TryParse(text, out long bytes) && bytes >= least && bytes <= most ? (int)bytes
        : throw Wrong(name, text, string.Create(CultureInfo.InvariantCulture, $"a number of bytes such as '16 KiB', from {least} to {most}"));

    private static ValidationException Wrong(string name, string text, string expected) => new($"{Section}:{name} is '{text}'; expected is {expected}.");
}

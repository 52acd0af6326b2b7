using OpenData.Format;

namespace OpenData.Server.Releases.Scrubbing;

/// <summary>How stored files are read again in the background. Configuration section <c>OpenData:Scrub</c>.</summary>
public sealed record ScrubOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "OpenData:Scrub";

    /// <summary>Whether workers do it. Default true. The verb <c>scrub</c> does it in any case.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Within which time every stored file is read, 1 hour to 365 days; default 30 days.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromDays(30);

    /// <summary>What is read at least while there is something to read, <c>64 kb/s</c> to <c>100 Gb/s</c>; default <c>8 Mb/s</c>.</summary>
    public string MinRate { get; init; } = "8 Mb/s";

    /// <summary>What is read at most, from <see cref="MinRate"/> to <c>100 Gb/s</c>; default <c>400 Mb/s</c>, which reads 116 TB in 30 days.</summary>
    public string MaxRate { get; init; } = "400 Mb/s";

    /// <summary>Whether workers repair what they find damaged, where a second store is configured. Default true.</summary>
    public bool Repair { get; init; } = true;

    /// <summary><see cref="MinRate"/>.</summary>
    internal ByteRate Least => ByteRate.TryParse(MinRate, out ByteRate rate) ? rate : default;

    /// <summary><see cref="MaxRate"/>.</summary>
    internal ByteRate Most => ByteRate.TryParse(MaxRate, out ByteRate rate) ? rate : default;

    /// <summary>What is wrong with these settings, each beginning with the setting's name.</summary>
    public IEnumerable<string> Faults()
    {
        if (Interval < TimeSpan.FromHours(1) || Interval > TimeSpan.FromDays(365))
        {
            yield return $"{Section}:Interval is {Interval}; it must be between 01:00:00 and 365.00:00:00.";
        }
        if (!IsRate(MinRate))
        {
            yield return $"{Section}:MinRate is '{MinRate}'; it must be a rate such as '8 Mb/s', from 64 kb/s to 100 Gb/s.";
        }
        if (!IsRate(MaxRate) || Most.CompareTo(Least) < 0)
        {
            yield return $"{Section}:MaxRate is '{MaxRate}'; it must be a rate such as '400 Mb/s', from MinRate to 100 Gb/s.";
        }
    }

    private static bool IsRate(string text) =>
        ByteRate.TryParse(text, out ByteRate rate) && rate.BytesPerSecond is >= 8_000 and <= 12_500_000_000;
}

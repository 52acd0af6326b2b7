namespace OpenData.Server.Statistics;

/// <summary>How statistics are kept. Configuration section <c>OpenData:Statistics</c>.</summary>
public sealed record StatisticsOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "OpenData:Statistics";

    /// <summary>How often the journal is summed up, 1 s to 1 h; default 10 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What is wrong with these settings, each beginning with the setting's name.</summary>
    public IEnumerable<string> Faults()
    {
        if (Interval < TimeSpan.FromSeconds(1) || Interval > TimeSpan.FromHours(1))
        {
            yield return $"{Section}:Interval is {Interval}; it must be between 00:00:01 and 01:00:00.";
        }
    }
}

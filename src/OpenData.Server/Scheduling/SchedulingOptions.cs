namespace OpenData.Server.Scheduling;

/// <summary>Settings of the scheduler, section <c>OpenData:Scheduling</c>.</summary>
public sealed record SchedulingOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "OpenData:Scheduling";

    /// <summary>Datasets packaged at a time in this process, 1 to 64; 2 by default. Each run compresses on all cores.</summary>
    public int Parallel { get; init; } = 2;

    /// <summary>Attempts after a failed run before the next firing, 0 to 20; 5 by default.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>Seconds before the first of these attempts, 1 to 3600; 30 by default. Each further one waits twice as long, up to 30 minutes.</summary>
    public int RetrySeconds { get; init; } = 30;

    /// <summary>Seconds after which the run of a process that died is taken up, 1 to 600; 8 by default.</summary>
    public int LeaseSeconds { get; init; } = 8;

    /// <summary>
    /// Of how many of the newest deliveries of a dataset all files are listed at each firing, to notice that one of them was replaced, 0 to 100,000; 30 by default. Of older ones
    /// only the ready marker is looked at.
    /// </summary>
    public int Relisted { get; init; } = 30;

    /// <summary>What is wrong with these settings, each beginning with the setting's full name.</summary>
    public IEnumerable<string> Faults()
    {
        (string Name, int Value, int Least, int Most)[] ranges =
        [
            (nameof(Parallel), Parallel, 1, 64),
            (nameof(Retries), Retries, 0, 20),
            (nameof(RetrySeconds), RetrySeconds, 1, 3600),
            (nameof(LeaseSeconds), LeaseSeconds, 1, 600),
            (nameof(Relisted), Relisted, 0, 100_000),
        ];
        return ranges.Where(r => r.Value < r.Least || r.Value > r.Most).Select(r => $"{Section}:{r.Name} is {r.Value}; it must be from {r.Least} to {r.Most}.");
    }
}

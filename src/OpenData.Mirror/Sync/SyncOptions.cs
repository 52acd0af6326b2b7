namespace OpenData.Mirror.Sync;

/// <summary>How a mirror is kept.</summary>
internal sealed record SyncOptions
{
    public required Selection Selection { get; init; }

    /// <summary>Go on for ever, waiting for changes; else end when all that is published is there.</summary>
    public bool Follow { get; init; }

    /// <summary>Withdrawn releases are kept below <c>.opendata/withdrawn</c>, where no web server shows them; else they are deleted.</summary>
    public bool KeepWithdrawn { get; init; } = true;

    /// <summary>Forget how far the feed was read and what heads were seen.</summary>
    public bool RestartFeed { get; init; }

    /// <summary>Releases that may wait before the feed is read on, default 1,000: what bounds memory and the state file.</summary>
    public int MostWaiting { get; init; } = 1000;

    /// <summary>Releases under way at a time, default 32; their bytes are bounded besides.</summary>
    public int Releases { get; init; } = 32;

    /// <summary>How long a long poll waits, default 25 s: less than the time after which a connection without an answer counts as dead.</summary>
    public TimeSpan PollWait { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>How often the signed head is looked at while nothing changes, default 15 minutes: so long may an old copy pass for the newest.</summary>
    public TimeSpan HeadInterval { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How often it is tried whether a refused dataset can be had, default 1 hour.</summary>
    public TimeSpan RefusalInterval { get; init; } = TimeSpan.FromHours(1);
}

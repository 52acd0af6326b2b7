using OpenData.Server.Packaging;

namespace OpenData.Server.Releases;

/// <summary>Where an edition stands.</summary>
public enum EditionState
{
    /// <summary>It is being packaged, or the process that did so died and it will be taken up again.</summary>
    Running,

    /// <summary>It waits for a curator.</summary>
    Held,

    /// <summary>It has a current release.</summary>
    Published,

    /// <summary>The last run failed; it will be tried again.</summary>
    Failed,

    /// <summary>A curator refused it.</summary>
    Rejected,

    /// <summary>Its release was withdrawn.</summary>
    Withdrawn,
}

/// <summary>An edition that need not be taken up again unless its delivery comes again.</summary>
public sealed record SettledEdition
{
    /// <summary>The edition's id.</summary>
    public required string Edition { get; init; }

    /// <summary>When the delivery that was taken up last was ready, in UTC.</summary>
    public DateTimeOffset? ReadyAt { get; init; }

    /// <summary>The fingerprint of that delivery's listing; null where it was taken up before listings were remembered.</summary>
    public string? Delivery { get; init; }
}

/// <summary>An edition that was taken up, as curators see it.</summary>
public sealed record Edition
{
    /// <summary>The dataset's code.</summary>
    public required string Dataset { get; init; }

    /// <summary>The edition's id.</summary>
    public required string Id { get; init; }

    /// <summary>Where it stands.</summary>
    public required EditionState State { get; init; }

    /// <summary>Why it is held, failed, rejected or withdrawn; in English, or as somebody typed it.</summary>
    public string? Reason => Why?.English;

    /// <summary>The same for readers of either language.</summary>
    public Words? Why { get; init; }

    /// <summary>What looked wrong, the most severe first.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>When its delivery was ready, in UTC.</summary>
    public DateTimeOffset? ReadyAt { get; init; }

    /// <summary>When this row last changed, in UTC.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The day on which a curator looks at it again; null where that is now.</summary>
    public DateOnly? WaitUntil { get; init; }

    /// <summary>Why not before.</summary>
    public string? WaitReason { get; init; }

    /// <summary>True where it is held and the day on which it is looked at again has not come.</summary>
    public bool Waits(DateOnly today) => State is EditionState.Held && WaitUntil > today;
}

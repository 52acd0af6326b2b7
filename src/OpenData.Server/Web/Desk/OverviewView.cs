using OpenData.Server.Catalog;
using OpenData.Server.Nodes;
using OpenData.Server.Releases;
using OpenData.Server.Releases.Scrubbing;
using OpenData.Server.Scheduling;

namespace OpenData.Server.Web.Desk;

/// <summary>Everything that the overview shows, as of one moment.</summary>
public sealed record OverviewView
{
    /// <summary>Lines that a list of the overview has at most; its page has them all.</summary>
    public const int Shown = 6;

    /// <summary>The moment, in UTC.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Runs that are under way.</summary>
    public required IReadOnlyList<Run> Running { get; init; }

    /// <summary>Held editions that a curator should look at now, the first ones.</summary>
    public required IReadOnlyList<Edition> Held { get; init; }

    /// <summary>How many of those there are.</summary>
    public required int HeldCount { get; init; }

    /// <summary>Held editions that wait for a day to come.</summary>
    public required int WaitingCount { get; init; }

    /// <summary>Editions whose last run failed, the first ones.</summary>
    public required IReadOnlyList<Edition> Failed { get; init; }

    /// <summary>How many of those there are.</summary>
    public required int FailedCount { get; init; }

    /// <summary>Editions that should be here and are not, the latest first.</summary>
    public required IReadOnlyList<LateEdition> Late { get; init; }

    /// <summary>What schedules look for within a day, the next first.</summary>
    public required IReadOnlyList<DueLook> Due { get; init; }

    /// <summary>Datasets that are paused.</summary>
    public required IReadOnlyList<SchedulePause> Paused { get; init; }

    /// <summary>Orders of back files that are not done.</summary>
    public required IReadOnlyList<BackFileOrder> Orders { get; init; }

    /// <summary>What is known of the stored files.</summary>
    public required ScrubTotals Stored { get; init; }

    /// <summary>Within which time each stored file is read again.</summary>
    public required TimeSpan ScrubInterval { get; init; }

    /// <summary>The processes of the service.</summary>
    public required IReadOnlyList<NodeState> Nodes { get; init; }

    /// <summary>Why the changed catalog is not in force; empty where it is.</summary>
    public required IReadOnlyList<CatalogError> CatalogErrors { get; init; }

    /// <summary>Releases that were published within the last day.</summary>
    public required int PublishedToday { get; init; }

    /// <summary>Nodes from which nothing is heard.</summary>
    public int SilentNodes => Nodes.Count(node => node.IsSilent(Now));

    /// <summary>True where no file waited longer than it may to be read again.</summary>
    public bool IsScrubInTime => Stored.Oldest is not { } oldest || Now - oldest <= ScrubInterval;

    /// <summary>What somebody should do something about.</summary>
    public int Troubles => HeldCount + FailedCount + Late.Count + (int)Stored.Bad + SilentNodes + (CatalogErrors.Count > 0 ? 1 : 0);
}

/// <param name="Dataset">A dataset's code.</param>
/// <param name="At">When its schedule looks for an edition next, in UTC.</param>
public sealed record DueLook(string Dataset, DateTimeOffset At);

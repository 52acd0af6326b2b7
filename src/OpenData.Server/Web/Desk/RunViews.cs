using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;

namespace OpenData.Server.Web.Desk;

/// <summary>A page of the runs.</summary>
/// <param name="Filter">Which runs.</param>
/// <param name="From">The first day of the filter.</param>
/// <param name="To">Its last day.</param>
/// <param name="Runs">Those of this page, the newest first.</param>
/// <param name="Next">The address of the next page, or null.</param>
/// <param name="Datasets">All codes, for the filter.</param>
/// <param name="Notice">What was just done: the name of a text, or null.</param>
public sealed record RunsView(RunFilter Filter, DateOnly? From, DateOnly? To, IReadOnlyList<Run> Runs, string? Next, IReadOnlyList<string> Datasets, string? Notice)
{
    /// <summary>States that can be asked for.</summary>
    public static IReadOnlyList<string> States { get; } = ["running", "published", "held", "unchanged", "failed", "cancelled", "abandoned"];

    /// <summary>The filter as the query of an address.</summary>
    public IEnumerable<(string, string?)> Query =>
        [("dataset", Filter.Dataset), ("edition", Filter.Edition), ("state", Filter.State), ("from", DeskQuery.Field(From)), ("to", DeskQuery.Field(To))];
}

/// <summary>One run.</summary>
/// <param name="Run">The run.</param>
/// <param name="Steps">What it did so far.</param>
/// <param name="Edition">Where its edition stands now, or null.</param>
/// <param name="Dataset">Its dataset, or null where that left the catalog.</param>
/// <param name="Others">Other runs of the same edition, the newest first.</param>
/// <param name="IsPaused">True where the dataset is paused.</param>
/// <param name="Notice">What was just done, or why not: the name of a text, or null.</param>
public sealed record RunView(Run Run, IReadOnlyList<RunStep> Steps, Edition? Edition, Dataset? Dataset, IReadOnlyList<Run> Others, bool IsPaused, string? Notice)
{
    /// <summary>True where its edition can be taken up again.</summary>
    public bool CanRunAgain => Run.State != "running" && Edition?.State is EditionState.Held or EditionState.Rejected or EditionState.Failed;
}

/// <summary>What something that is done to many runs at once would do.</summary>
/// <param name="Act"><c>again</c> or <c>cancel</c>.</param>
/// <param name="List">The filter, with the runs that it finds.</param>
/// <param name="Affected">The runs that something would be done to.</param>
/// <param name="Fault">Why it was not done, the name of a text; or null.</param>
/// <param name="Reason">What was typed as the reason.</param>
public sealed record BulkView(string Act, RunsView List, IReadOnlyList<Run> Affected, string? Fault, string? Reason)
{
    /// <summary>The most runs that are looked at.</summary>
    public const int Most = 1000;
}

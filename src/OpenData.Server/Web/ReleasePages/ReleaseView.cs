using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Web.Datasets;

namespace OpenData.Server.Web.ReleasePages;

/// <summary>Everything that the page of a release shows.</summary>
public sealed record ReleaseView
{
    /// <summary>Its dataset.</summary>
    public required Dataset Dataset { get; init; }

    /// <summary>The release.</summary>
    public required Release Release { get; init; }

    /// <summary>Its manifest.</summary>
    public required Manifest Manifest { get; init; }

    /// <summary>Its files beside the archives.</summary>
    public required IReadOnlyList<ReleaseFile> Files { get; init; }

    /// <summary>All revisions of its edition, the newest first.</summary>
    public required IReadOnlyList<Release> Revisions { get; init; }

    /// <summary>The edition before it, with its manifest, or null.</summary>
    public required (Release Release, Manifest Manifest)? Before { get; init; }

    /// <summary>The edition after it, or null.</summary>
    public required Release? After { get; init; }

    /// <summary>Its first findings.</summary>
    public required IReadOnlyList<FindingLine> Findings { get; init; }

    /// <summary>A part of the entries of one archive.</summary>
    public required EntriesView Entries { get; init; }

    /// <summary>What it changed, where it is a correction; else null.</summary>
    public required ChangesView? Changes { get; init; }

    /// <summary>What those say of it who downloaded it.</summary>
    public required RatingView Rating { get; init; }

    /// <summary>How to fetch it.</summary>
    public required DownloadCommands Commands { get; init; }

    /// <summary>How to cite it.</summary>
    public required Citation Citation { get; init; }
}

/// <summary>A page of the entries of an archive.</summary>
/// <param name="Archive">The archive's name.</param>
/// <param name="Volume">Its number, from 1.</param>
/// <param name="Question">What the names must hold, or null.</param>
/// <param name="Page">Which page, from 1.</param>
/// <param name="Total">Entries that answer.</param>
/// <param name="Entries">Those of this page; null where the index cannot be read now.</param>
public sealed record EntriesView(string Archive, int Volume, string? Question, int Page, int Total, IReadOnlyList<EntryRecord>? Entries)
{
    /// <summary>Entries of a page.</summary>
    public const int PageSize = 50;

    /// <summary>The last page.</summary>
    public int Pages => Math.Max(1, (Total + PageSize - 1) / PageSize);
}

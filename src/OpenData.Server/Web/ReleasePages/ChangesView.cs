using OpenData.Format;

namespace OpenData.Server.Web.ReleasePages;

/// <summary>What a correction changed, a page at a time.</summary>
/// <param name="Changes">How much in all, and compared with what.</param>
/// <param name="Kind"><c>added</c>, <c>changed</c> or <c>removed</c>; null for all.</param>
/// <param name="Question">What the names must hold, or null.</param>
/// <param name="Page">Which page, from 1.</param>
/// <param name="Found">Those of the page; null where the list cannot be read now.</param>
public sealed record ChangesView(RevisionChanges Changes, string? Kind, string? Question, int Page, ChangesFound? Found)
{
    /// <summary>Changes of a page.</summary>
    public const int PageSize = 50;

    /// <summary>The kinds of changes.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["added", "changed", "removed"];
}

using OpenData.Server.Catalog;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;

namespace OpenData.Server.Web.Desk;

/// <summary>A held edition beside the one before it.</summary>
public sealed record HoldView
{
    /// <summary>Lines of findings that are shown of each.</summary>
    public const int ShownFindings = 40;

    /// <summary>Its dataset.</summary>
    public required Dataset Dataset { get; init; }

    /// <summary>The edition.</summary>
    public required Edition Edition { get; init; }

    /// <summary>What was packaged of it; null where nothing could be, and then it cannot be published.</summary>
    public required Package? Package { get; init; }

    /// <summary>The edition before it, or null.</summary>
    public required Release? Before { get; init; }

    /// <summary>What was found in that.</summary>
    public required IReadOnlyList<Finding> FindingsBefore { get; init; }

    /// <summary>The kinds of findings of both, the most severe and then the most frequent first.</summary>
    public required IReadOnlyList<FindingKind> Kinds { get; init; }

    /// <summary>What is measured, beside what was usual.</summary>
    public required IReadOnlyList<HoldMeasure> Measures { get; init; }

    /// <summary>Of how many editions the usual is the median.</summary>
    public required int Compared { get; init; }

    /// <summary>Today, for the form that puts it off.</summary>
    public required DateOnly Today { get; init; }

    /// <summary>What was just done, or why not: the name of a text, or null.</summary>
    public string? Notice { get; init; }

    /// <summary>What was typed as the reason of something that did not work.</summary>
    public string? Reason { get; init; }
}

/// <param name="Code">The kind.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Now">How many in the held edition.</param>
/// <param name="Before">How many in the one before.</param>
/// <param name="Holds">True where it keeps the edition from being published.</param>
public sealed record FindingKind(string Code, Severity Severity, int Now, int Before, bool Holds);

/// <param name="Text">The name of the text that says what is measured.</param>
/// <param name="Now">What it is.</param>
/// <param name="Before">What it was in the edition before, or null.</param>
/// <param name="Median">What is usual, or null with too few editions.</param>
/// <param name="Tolerated">How far it may be from that, as a fraction, or null.</param>
/// <param name="IsSize">True for bytes.</param>
public sealed record HoldMeasure(string Text, long Now, long? Before, long? Median, double? Tolerated, bool IsSize)
{
    /// <summary>True where it is farther from the usual than it may be.</summary>
    public bool IsUnusual => Median is { } median && Tolerated is { } tolerated && Math.Abs(Now - median) > tolerated * median;
}

/// <summary>The page of all held editions.</summary>
/// <param name="Editions">Held editions, the newest first.</param>
/// <param name="WithWaiting">True where those that were put off are among them.</param>
/// <param name="Waiting">How many were put off.</param>
/// <param name="Today">Today.</param>
/// <param name="Notice">What was just done: the name of a text, or null.</param>
public sealed record HoldsView(IReadOnlyList<Edition> Editions, bool WithWaiting, int Waiting, DateOnly Today, string? Notice);

using OpenData.Format;

namespace OpenData.Server.Packaging;

/// <summary>Collects findings. Of each kind the first hundred are kept; the rest are counted and told in one line, so that a broken delivery of a million files stays readable.</summary>
internal sealed class Findings
{
    private const int KeptOfEachKind = 100;

    private readonly List<Finding> _kept = [];
    private readonly Dictionary<string, (long Count, Finding Last)> _kinds = new(StringComparer.Ordinal);

    /// <summary>How many were taken, of each severity.</summary>
    public FindingCounts Counts { get; private set; } = new(0, 0, 0);

    /// <summary>Takes a finding.</summary>
    public void Add(Finding finding)
    {
        long count = _kinds.GetValueOrDefault(finding.Code).Count + 1;
        _kinds[finding.Code] = (count, finding);
        Counts = Count(Counts, finding);
        if (count <= KeptOfEachKind)
        {
            _kept.Add(finding);
        }
    }

    /// <summary>Counts with one more finding.</summary>
    public static FindingCounts Count(FindingCounts counts, Finding finding) => finding.Severity switch
    {
        Severity.Error => counts with { Errors = counts.Errors + 1 },
        Severity.Warning => counts with { Warnings = counts.Warnings + 1 },
        _ => counts with { Notes = counts.Notes + 1 },
    };

    /// <summary>The most severe first; among equals in the order of coming.</summary>
    public IReadOnlyList<Finding> ToList()
    {
        IEnumerable<Finding> more = _kinds.Values
            .Where(kind => kind.Count > KeptOfEachKind)
            .Select(kind => new Finding(kind.Last.Severity, kind.Last.Code, null, Phrases.More.With(kind.Count - KeptOfEachKind), kind.Last.Holds, kind.Last.Place));
        return [.. _kept.Concat(more).OrderByDescending(finding => finding.Severity)];
    }
}

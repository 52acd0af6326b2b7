using OpenData.Server.Catalog;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;

namespace OpenData.Server.Scheduling;

/// <summary>Judges a package by its dataset's rules and by the editions before it: what keeps it from being published without a curator.</summary>
public static class Completeness
{
    /// <summary>An edition is compared with the median of so many before it.</summary>
    public const int ComparedEditions = 10;

    /// <summary>With fewer editions before it, nothing is compared: their median says little.</summary>
    public const int FewestEditions = 3;

    /// <summary>The package with the findings that the rules add; the ones that hold come first.</summary>
    /// <param name="package">What was packaged.</param>
    /// <param name="rules">The dataset's rules.</param>
    /// <param name="recent">Current releases of the dataset, the newest first; another revision of the same edition is not compared.</param>
    public static Package Judge(Package package, HoldRules rules, IReadOnlyList<Release> recent)
    {
        Release[] before = [.. recent.Where(release => release.Edition != package.Release.Edition).Take(ComparedEditions)];
        Finding[] added = [.. Missing(package, rules), .. before.Length < FewestEditions ? [] : Deviations(package, rules, before)];
        return package with
        {
            Findings = [.. added.Concat(package.Findings).OrderByDescending(finding => finding.Holds)],
            FindingCounts = package.FindingCounts is { } counts ? added.Aggregate(counts, Findings.Count) : null,
        };
    }

    /// <summary>The package, held where the edition's newest revision was withdrawn: a delivery does not bring back by itself what a person took away.</summary>
    /// <param name="package">What was packaged.</param>
    /// <param name="revisions">All revisions of the edition, the newest first.</param>
    public static Package JudgeWithdrawn(Package package, IReadOnlyList<Release> revisions)
    {
        if (revisions is not [{ State: ReleaseState.Withdrawn } last, ..])
        {
            return package;
        }
        return With(
            package,
            new Finding(Severity.Error, "was-withdrawn", null, Phrases.WasWithdrawn.With(last.Id.ToString(), last.Reason ?? ""), Holds: true));
    }

    /// <summary>The package with one more finding, if there is one.</summary>
    public static Package With(Package package, Finding? finding) => finding is null ? package : package with
    {
        Findings = [finding, .. package.Findings],
        FindingCounts = package.FindingCounts is { } counts ? Findings.Count(counts, finding) : null,
    };

    private static IEnumerable<Finding> Missing(Package package, HoldRules rules)
    {
        if (rules.Missing is { } tolerated && package.Authority is { } authority && authority.Listed - authority.Found > tolerated)
        {
            yield return new Finding(
                Severity.Error,
                "too-many-missing",
                null,
                Phrases.TooManyMissing.With(authority.Listed - authority.Found, authority.Listed, tolerated),
                Holds: true);
        }
    }

    private static IEnumerable<Finding> Deviations(Package package, HoldRules rules, Release[] before)
    {
        long entries = package.Archives.Sum(archive => archive.Manifest.Entries);
        bool hasDocuments = package.Documents > 0 || before.Any(release => release.Documents > 0);
        if (hasDocuments && Deviation(Phrases.Documents, package.Documents, [.. before.Select(release => release.Documents)], rules.Documents, holds: true) is { } documents)
        {
            yield return documents;
        }
        // Files without publication numbers are counted as documents would be; beside documents they are only worth a look.
        if (Deviation(Phrases.Files, entries, [.. before.Select(release => release.Entries)], rules.Documents, holds: !hasDocuments) is { } files)
        {
            yield return files;
        }
        long bytes = package.Archives.Sum(archive => archive.Manifest.UncompressedBytes);
        if (Deviation(Phrases.Bytes, bytes, [.. before.Select(release => release.Uncompressed)], rules.Bytes, holds: true) is { } size)
        {
            yield return size;
        }
    }

    private static Finding? Deviation(Phrase what, long value, long[] before, double? tolerated, bool holds)
    {
        double median = Median(before);
        if (tolerated is null || Math.Abs(value - median) <= tolerated * median)
        {
            return null;
        }
        return new Finding(
            holds ? Severity.Error : Severity.Warning,
            $"unusual-{what.Name}",
            null,
            Phrases.Unusual.With(value, what, before.Length, median, tolerated.Value),
            holds);
    }

    private static double Median(long[] values)
    {
        Array.Sort(values);
        int middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + (double)values[middle]) / 2;
    }
}

using System.Globalization;
using OpenData.Server.Catalog;

namespace OpenData.Server.Packaging;

/// <summary>Judges a package by its dataset's rules: which findings keep it from being published without a curator.</summary>
public static class Completeness
{
    /// <summary>The package's findings, and those that the rules add; the ones that hold come first.</summary>
    public static IReadOnlyList<Finding> Judge(Package package, HoldRules rules)
    {
        List<Finding> findings = [.. package.Findings];
        if (rules.Missing is { } tolerated && package.Authority is { } authority && authority.Listed - authority.Found > tolerated)
        {
            findings.Insert(0, new Finding(
                Severity.Error,
                "too-many-missing",
                null,
                string.Create(CultureInfo.InvariantCulture, $"{authority.Listed - authority.Found:N0} of the {authority.Listed:N0} documents that the authority file lists are missing; at most {tolerated:N0} may be."),
                Holds: true));
        }
        return [.. findings.OrderByDescending(f => f.Holds)];
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using OpenData.Format;

namespace OpenData.Server.Releases;

/// <summary>A place in the list of a dataset's releases: the last one that a reader has seen. Written <c>2024-01-02/20240102/r1</c>.</summary>
/// <param name="Date">Its date.</param>
/// <param name="Edition">Its edition.</param>
/// <param name="Revision">Its revision.</param>
public readonly record struct ReleaseCursor(DateOnly Date, string Edition, int Revision)
{
    private const string Day = "yyyy-MM-dd";

    /// <summary>The place of a release.</summary>
    public static ReleaseCursor Of(Release release) => new(release.Date, release.Edition, release.Revision);

    /// <summary>Reads the text form.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ReleaseCursor cursor)
    {
        cursor = default;
        if (text?.Split('/') is not [var day, var edition, var revision]
            || !DateOnly.TryParseExact(day, Day, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date)
            || !ReleaseId.IsEdition(edition) || !ReleaseId.TryParseRevision(revision, out int number))
        {
            return false;
        }
        cursor = new ReleaseCursor(date, edition, number);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Date.ToString(Day, CultureInfo.InvariantCulture)}/{Edition}/r{Revision}");
}

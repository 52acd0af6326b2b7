using System.Globalization;

namespace OpenData.Server.Scheduling;

/// <summary>In which order editions that wait are packaged: first the front file, what is newer than everything published, so that today's is not kept waiting by history; then the back files. Each from old to new.</summary>
public static class EditionOrder
{
    /// <summary>Orders ids. One that spells no day belongs to the back files.</summary>
    /// <param name="editions">Ids of editions.</param>
    /// <param name="newest">The day of the newest edition that is published; null where nothing is: then all are in order.</param>
    public static IReadOnlyList<string> FrontFirst(IEnumerable<string> editions, DateOnly? newest) =>
    [
        .. editions.OrderBy(edition => newest is not null && !(DateOnly.TryParseExact(edition, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day) && day > newest))
            .ThenBy(edition => edition, StringComparer.Ordinal),
    ];
}

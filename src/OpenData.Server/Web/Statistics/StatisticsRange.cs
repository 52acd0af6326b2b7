using System.Globalization;

namespace OpenData.Server.Web.Statistics;

/// <summary>The months that a page of statistics shows, both ends included. Pure.</summary>
/// <param name="From">The first day of the first month.</param>
/// <param name="To">The first day of the last month.</param>
public readonly record struct StatisticsRange(DateOnly From, DateOnly To)
{
    /// <summary>Months that are shown unless the address says otherwise.</summary>
    public const int Months = 12;

    /// <summary>Most months that are shown.</summary>
    public const int MostMonths = 120;

    /// <summary><c>?from=2026-01&amp;to=2026-11</c>; what cannot be read, or is the wrong way round, is the last twelve months, and what is too long is cut off before.</summary>
    public static StatisticsRange Of(IQueryCollection query, DateOnly today)
    {
        DateOnly now = new(today.Year, today.Month, 1);
        DateOnly to = Month(query["to"].FirstOrDefault()) ?? now;
        DateOnly from = Month(query["from"].FirstOrDefault()) ?? Before(to, Months - 1);
        return from > to ? new StatisticsRange(Before(now, Months - 1), now) : new StatisticsRange(from < Before(to, MostMonths - 1) ? Before(to, MostMonths - 1) : from, to);
    }

    /// <summary>Each month, in order.</summary>
    public IEnumerable<string> All()
    {
        for (DateOnly month = From; month <= To; month = month.AddMonths(1))
        {
            yield return Text(month);
        }
    }

    /// <summary>The first month, <c>yyyy-MM</c>.</summary>
    public string FromText => Text(From);

    /// <summary>The last month, <c>yyyy-MM</c>.</summary>
    public string ToText => Text(To);

    /// <summary>The query of an address with this range.</summary>
    public string ToQuery() => $"?from={FromText}&to={ToText}";

    private static string Text(DateOnly month) => month.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    private static DateOnly? Month(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly month) && month.Year is >= 1970 and < 2200 ? month : null;

    private static DateOnly Before(DateOnly month, int months) => month.AddMonths(-months);
}

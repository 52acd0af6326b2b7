using System.Globalization;

namespace OpenData.Server.Releases;

/// <summary>The day that an edition stands for.</summary>
public static class EditionDate
{
    /// <summary>The day that an id of the form <c>yyyyMMdd</c> spells; for other ids the day on which the edition was ready, in the dataset's time zone.</summary>
    public static DateOnly Of(string edition, DateTimeOffset readyAt, TimeZoneInfo zone) =>
        DateOnly.TryParseExact(edition, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date)
            ? date
            : DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(readyAt, zone).DateTime);
}

using System.Globalization;
using OpenData.Server.Catalog;

namespace OpenData.Server.Samples;

/// <summary>
/// The publication days of a dataset, back from a given day. They are those of its schedule: an office abroad publishes on the day before
/// the schedule looks (Shanghai is ahead of it); what comes on no fixed day comes about every third week. Which days these are
/// does not depend on the day from which one looks back, so a later start finds the editions of an earlier one.
/// </summary>
internal static class EditionDates
{
    private static readonly string[] Days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    /// <summary>The newest <paramref name="count"/> publication days up to and including <paramref name="today"/>, oldest first.</summary>
    public static IReadOnlyList<DateOnly> Before(DateOnly today, Dataset dataset, int count)
    {
        Func<DateOnly, bool> isPublicationDay = Rule(dataset);
        List<DateOnly> found = [];
        for (DateOnly day = today; found.Count < count && day > DateOnly.MinValue.AddDays(1); day = day.AddDays(-1))
        {
            if (isPublicationDay(day))
            {
                found.Add(day);
            }
        }
        found.Reverse();
        return found;
    }

    /// <summary>Reads the three day fields of a Quartz expression (seconds, minutes, hours, day of month, month, day of week) as far as catalogs use them.</summary>
    private static Func<DateOnly, bool> Rule(Dataset dataset)
    {
        string[] cron = dataset.Schedule.Cron.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int later = dataset.Jurisdiction == "CN" ? 0 : 1;
        string[] weekdays = cron.Length > 5 ? cron[5].Split(',') : [];
        if (weekdays.Any(Days.Contains))
        {
            return day => weekdays.Contains(Days[(int)day.AddDays(later).DayOfWeek]);
        }
        if (cron.Length > 4 && int.TryParse(cron[3], CultureInfo.InvariantCulture, out int dayOfMonth))
        {
            return int.TryParse(cron[4], CultureInfo.InvariantCulture, out int month)
                ? day => day.AddDays(later) is var looked && looked.Day == dayOfMonth && looked.Month == month
                : day => day.AddDays(later).Day == dayOfMonth;
        }
        return day => day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && new SampleRandom($"{dataset.Code}|{day.DayNumber}").Below(15) == 0;
    }
}

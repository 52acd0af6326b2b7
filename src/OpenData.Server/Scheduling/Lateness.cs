using System.Globalization;
using OpenData.Server.Catalog;
using OpenData.Server.Packaging;
using Quartz;

namespace OpenData.Server.Scheduling;

/// <summary>
/// When editions are expected, by the schedule in its time zone and the time that it allows: a firing expects one whose day lies after the firing before it and not after
/// the day on which it is due, so that an office abroad may date its edition a day earlier.
/// </summary>
public static class Lateness
{
    /// <summary>What is longer overdue is history, not late.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromDays(90);

    private static readonly TimeSpan s_farthest = TimeSpan.FromDays(400); // from one firing of a yearly schedule to the next

    /// <summary>What was due between two moments, in order.</summary>
    /// <param name="schedule">The dataset's schedule.</param>
    /// <param name="from">The first moment, not included.</param>
    /// <param name="to">The last.</param>
    public static IEnumerable<ExpectedEdition> DueBetween(DatasetSchedule schedule, DateTimeOffset from, DateTimeOffset to)
    {
        CronExpression cron = new(schedule.Cron, schedule.TimeZone);
        DateOnly? before = null;
        for (DateTimeOffset? next = cron.GetNextValidTimeAfter(from - schedule.Due - s_farthest); next is { } firing && firing + schedule.Due <= to; next = cron.GetNextValidTimeAfter(firing))
        {
            DateOnly day = DayOf(firing, schedule);
            DateTimeOffset due = firing + schedule.Due;
            if (due > from && before is { } last)
            {
                yield return new ExpectedEdition(last, day, DayOf(due, schedule), due);
            }
            before = day;
        }
    }

    /// <summary>Which of the expected editions are missing. Where each look allows so long that looks overlap, a gap counts once.</summary>
    /// <param name="expected">In order.</param>
    /// <param name="days">The days of the editions that came, whatever became of them.</param>
    public static IEnumerable<ExpectedEdition> Missing(IEnumerable<ExpectedEdition> expected, IReadOnlySet<DateOnly> days)
    {
        DateOnly told = DateOnly.MinValue;
        foreach (ExpectedEdition edition in expected.Where(edition => !days.Any(day => day > edition.After && day <= edition.Last)))
        {
            if (edition.Day > told)
            {
                told = edition.Last;
                yield return edition;
            }
        }
    }

    /// <summary>The finding of an edition that came after it was due; null where it was in time, or is history.</summary>
    /// <param name="schedule">The dataset's schedule.</param>
    /// <param name="day">The edition's day.</param>
    /// <param name="readyAt">When it came.</param>
    /// <param name="since">Since when the dataset is published here: nothing was due before; null where nothing is yet.</param>
    public static Finding? Of(DatasetSchedule schedule, DateOnly day, DateTimeOffset readyAt, DateTimeOffset? since)
    {
        if (since is null || DueBetween(schedule, readyAt - Longest, readyAt).FirstOrDefault(expected => day > expected.After && day <= expected.Day) is not { } missed || missed.DueAt < since)
        {
            return null;
        }
        TimeSpan late = readyAt - missed.DueAt;
        return new Finding(
            Severity.Warning,
            "late",
            null,
            Phrases.CameLate.With(missed.DueAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), (int)late.TotalDays, late.Hours));
    }

    private static DateOnly DayOf(DateTimeOffset moment, DatasetSchedule schedule) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, schedule.TimeZone).DateTime);
}

/// <summary>An edition that a schedule expects.</summary>
/// <param name="After">The day of the firing before: the edition's day is later.</param>
/// <param name="Day">The day of the firing.</param>
/// <param name="Last">The latest day that the edition may have.</param>
/// <param name="DueAt">When it must have come.</param>
public sealed record ExpectedEdition(DateOnly After, DateOnly Day, DateOnly Last, DateTimeOffset DueAt);

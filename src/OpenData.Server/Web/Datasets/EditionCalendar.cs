using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Web.Reading;

namespace OpenData.Server.Web.Datasets;

/// <summary>What became of one day on which an edition was owed or came.</summary>
public enum DayState
{
    /// <summary>An edition of this day is here.</summary>
    There,

    /// <summary>It is here in a later revision than the first.</summary>
    Corrected,

    /// <summary>It is here, but came after its time.</summary>
    Late,

    /// <summary>It was owed, its time is over, and it is not here.</summary>
    Missing,

    /// <summary>It is owed and still has time.</summary>
    Awaited,

    /// <summary>It was here and was withdrawn.</summary>
    Withdrawn,
}

/// <param name="Day">The edition's day, or the day on which one was owed.</param>
/// <param name="State">What became of it.</param>
public readonly record struct CalendarDay(DateOnly Day, DayState State);

/// <summary>
/// All editions of a dataset by day, with those that should be there and are not. An edition is owed for each time at which the schedule looks,
/// from the oldest edition that is here to today; any edition dated after the time before counts as it (an office abroad dates its editions a day earlier).
/// </summary>
public sealed record EditionCalendar
{
    /// <summary>Years with their days, the newest year first.</summary>
    public required IReadOnlyList<(int Year, IReadOnlyList<CalendarDay> Days)> Years { get; init; }

    /// <summary>When the next edition is owed; null where nobody knows.</summary>
    public required DateOnly? Next { get; init; }

    /// <summary>How many days are in a state.</summary>
    public int Count(DayState state) => Years.Sum(year => year.Days.Count(day => day.State == state));

    /// <summary>Makes the calendar.</summary>
    /// <param name="releases">Every release of the dataset, in any state.</param>
    /// <param name="schedule">When editions are looked for.</param>
    /// <param name="now">The time.</param>
    public static EditionCalendar Of(IReadOnlyList<Release> releases, DatasetSchedule schedule, DateTimeOffset now)
    {
        Cadence cadence = Cadence.Of(schedule);
        DateOnly today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, schedule.TimeZone).DateTime);
        List<Release[]> editions = [.. releases.GroupBy(release => release.Edition, StringComparer.Ordinal).Select(group => group.OrderBy(release => release.Revision).ToArray()).OrderBy(revisions => revisions[0].Date)];
        List<CalendarDay> days = [];
        if (editions.Count > 0)
        {
            DateTimeOffset serviceSince = releases.Min(release => release.PublishedAt);
            List<DateOnly> owed = cadence.IsRegular ? [.. Owed(cadence, editions[0][0].Date, today)] : [];
            int next = 0;
            DateOnly before = DateOnly.MinValue;
            foreach (DateOnly slot in owed)
            {
                bool filled = false;
                for (; next < editions.Count && editions[next][0].Date <= slot; next++)
                {
                    filled |= editions[next][0].Date > before;
                    days.Add(new CalendarDay(editions[next][0].Date, StateOf(editions[next], slot, schedule, serviceSince)));
                }
                if (!filled)
                {
                    days.Add(new CalendarDay(slot, now > Deadline(slot, schedule) ? DayState.Missing : DayState.Awaited));
                }
                before = slot;
            }
            days.AddRange(editions.Skip(next).Select(revisions => new CalendarDay(revisions[0].Date, StateOf(revisions, revisions[0].Date, schedule, DateTimeOffset.MaxValue))));
        }
        return new EditionCalendar
        {
            Years = [.. days.GroupBy(day => day.Day.Year).OrderByDescending(year => year.Key).Select(year => (year.Key, (IReadOnlyList<CalendarDay>)[.. year.OrderBy(day => day.Day)]))],
            Next = cadence.IsRegular ? Enumerable.Range(1, 370).Select(today.AddDays).Cast<DateOnly?>().FirstOrDefault(day => cadence.Owes(day!.Value)) : null,
        };
    }

    private static IEnumerable<DateOnly> Owed(Cadence cadence, DateOnly first, DateOnly today)
    {
        for (DateOnly day = first; day <= today; day = day.AddDays(1))
        {
            if (cadence.Owes(day))
            {
                yield return day;
            }
        }
    }

    private static DayState StateOf(Release[] revisions, DateOnly slot, DatasetSchedule schedule, DateTimeOffset serviceSince)
    {
        if (Array.TrueForAll(revisions, revision => revision.State is ReleaseState.Withdrawn))
        {
            return DayState.Withdrawn;
        }
        // Back files are loaded long after their day, and late for nobody.
        if (Start(slot, schedule) >= serviceSince && revisions[0].PublishedAt > Deadline(slot, schedule))
        {
            return DayState.Late;
        }
        return revisions.Length > 1 ? DayState.Corrected : DayState.There;
    }

    private static DateTimeOffset Deadline(DateOnly slot, DatasetSchedule schedule) => Start(slot, schedule).AddDays(1) + schedule.Due;

    private static DateTimeOffset Start(DateOnly slot, DatasetSchedule schedule)
    {
        DateTime midnight = slot.ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(midnight, schedule.TimeZone.GetUtcOffset(midnight));
    }
}

using System.Globalization;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Web.Datasets;

namespace OpenData.Tests.Web;

/// <summary>What came, what is missing, what is late.</summary>
public sealed class EditionCalendarTests
{
    private static readonly DatasetSchedule TuesdayAndFriday = new("0 30 6 ? * TUE,FRI", TimeZoneInfo.Utc, TimeSpan.FromDays(1));
    private static readonly DatasetSchedule Daily = new("0 30 5 * * ?", TimeZoneInfo.Utc, TimeSpan.FromDays(30));

    [Fact]
    public void A_day_that_was_skipped_is_missing_and_one_that_still_has_time_is_awaited()
    {
        // 2 January 2024 is a Tuesday. Friday the 5th is skipped; on Friday the 12th, the edition of that day has until the 14th.
        EditionCalendar calendar = Of([Release("2024-01-02"), Release("2024-01-09")], "2024-01-12T08:00:00Z");
        Text(calendar).ShouldBe("0102 There, 0105 Missing, 0109 There, 0112 Awaited");
        calendar.Next.ShouldBe(new DateOnly(2024, 1, 16));
    }

    [Fact]
    public void An_office_abroad_that_dates_its_editions_a_day_earlier_misses_none()
    {
        EditionCalendar calendar = Of([Release("2024-01-01"), Release("2024-01-04"), Release("2024-01-08")], "2024-01-10T08:00:00Z");
        Text(calendar).ShouldBe("0101 There, 0104 There, 0108 There");
    }

    [Fact]
    public void What_came_after_its_time_is_late_but_back_files_are_not()
    {
        Release back = Release("2023-12-29", at: "2024-01-02T07:00:00Z");
        Release late = Release("2024-01-05", at: "2024-01-09T00:00:00Z");
        Text(Of([back, Release("2024-01-02"), late], "2024-01-08T08:00:00Z")).ShouldBe("1229 There, 0102 There, 0105 Late");
    }

    [Fact]
    public void A_correction_and_a_withdrawal_are_told()
    {
        Release first = Release("2024-01-02") with { State = ReleaseState.Superseded };
        Release second = Release("2024-01-02") with { Revision = 2 };
        Release gone = Release("2024-01-05") with { State = ReleaseState.Withdrawn };
        Text(Of([first, second, gone], "2024-01-07T08:00:00Z")).ShouldBe("0102 Corrected, 0105 Withdrawn");
    }

    [Fact]
    public void Nothing_is_missing_where_nobody_knows_when_something_comes()
    {
        EditionCalendar calendar = EditionCalendar.Of([Release("2024-01-02"), Release("2024-03-09")], Daily, Time("2024-06-01T00:00:00Z"));
        calendar.Count(DayState.Missing).ShouldBe(0);
        calendar.Count(DayState.There).ShouldBe(2);
        calendar.Next.ShouldBeNull();
    }

    [Fact]
    public void Years_are_rows_the_newest_first()
    {
        EditionCalendar calendar = Of([Release("2023-12-29"), Release("2024-01-02")], "2024-01-03T00:00:00Z");
        calendar.Years.Select(year => year.Year).ShouldBe([2024, 2023]);
        Of([], "2024-01-03T00:00:00Z").Years.ShouldBeEmpty();
    }

    private static EditionCalendar Of(IReadOnlyList<Release> releases, string now) => EditionCalendar.Of(releases, TuesdayAndFriday, Time(now));

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(EditionCalendar calendar) =>
        string.Join(", ", calendar.Years.Reverse().SelectMany(year => year.Days).Select(day => string.Create(CultureInfo.InvariantCulture, $"{day.Day:MMdd} {day.State}")));

    private static Release Release(string date, string? at = null) => new()
    {
        Dataset = "CN-PA-TXTS-10-A",
        Edition = date,
        Revision = 1,
        Date = DateOnly.Parse(date, CultureInfo.InvariantCulture),
        State = ReleaseState.Published,
        PublishedAt = at is null ? Time(date + "T09:00:00Z") : Time(at),
        Documents = 1,
        Entries = 1,
        Bytes = 1,
        Uncompressed = 1,
        Archives = 1,
    };
}

using OpenData.Server.Catalog;
using OpenData.Server.Scheduling;
using OpenData.Tests.Support;

namespace OpenData.Tests.Scheduling;

public sealed class LatenessTests
{
    // Clocks go forward in Berlin on 29 March 2026, from 2:00 to 3:00, and back on 25 October, from 3:00 to 2:00.
    [Theory]
    [InlineData("0 0 6 ? * SUN", "Europe/Berlin", "2026-03-28", "2026-04-07", "2026-03-29 2026-03-30T04:00Z", "2026-04-05 2026-04-06T04:00Z")]
    [InlineData("0 0 6 ? * SAT,SUN", "Europe/Berlin", "2026-03-28", "2026-03-31", "2026-03-28 2026-03-29T05:00Z", "2026-03-29 2026-03-30T04:00Z")]
    [InlineData("0 30 2 ? * *", "Europe/Berlin", "2026-10-25", "2026-10-27", "2026-10-24 2026-10-25T00:30Z", "2026-10-25 2026-10-26T00:30Z|2026-10-26T01:30Z", "2026-10-26 *")]
    [InlineData("0 30 0 ? * TUE", "Asia/Shanghai", "2026-01-05", "2026-01-08", "2026-01-06 2026-01-06T16:30Z")]
    public void What_is_due_follows_the_clocks_of_the_datasets_zone(string cron, string zone, string from, string to, params string[] expected)
    {
        DatasetSchedule schedule = new(cron, TimeZoneInfo.FindSystemTimeZoneById(zone), TimeSpan.FromDays(1));

        ExpectedEdition[] due = [.. Lateness.DueBetween(schedule, At(from), At(to))];

        due.Length.ShouldBeLessThanOrEqualTo(expected.Length);
        foreach ((ExpectedEdition edition, string text) in due.Zip(expected))
        {
            $"{edition.Day:yyyy-MM-dd}".ShouldBe(text.Split(' ')[0]);
            if (text.Split(' ')[1] is not "*" and var times)
            {
                times.Split('|').ShouldContain($"{edition.DueAt.UtcDateTime:yyyy-MM-dd'T'HH:mm}Z");
            }
        }
        expected.Skip(due.Length).ShouldAllBe(text => text.EndsWith('*'));
    }

    [Theory]
    [InlineData("2026-01-06 2026-01-13", "")]
    [InlineData("2026-01-05 2026-01-13", "")] // an office abroad is a day behind
    [InlineData("2026-01-13", "2026-01-06")]
    [InlineData("", "2026-01-06 2026-01-13")]
    [InlineData("2026-01-20", "2026-01-06 2026-01-13")]
    public void An_edition_that_did_not_come_is_missed(string came, string missing)
    {
        DatasetSchedule schedule = new("0 0 6 ? * TUE", TimeZoneInfo.Utc, TimeSpan.FromDays(1));

        IEnumerable<ExpectedEdition> missed = Lateness.Missing(Lateness.DueBetween(schedule, At("2026-01-05"), At("2026-01-15")), Days(came));

        missed.Select(edition => $"{edition.Day:yyyy-MM-dd}").ShouldBe(missing.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Where_a_dataset_is_looked_at_daily_and_comes_monthly_a_gap_counts_once()
    {
        DatasetSchedule schedule = new("0 30 5 * * ?", TimeZoneInfo.Utc, TimeSpan.FromDays(30));

        Lateness.Missing(Lateness.DueBetween(schedule, At("2026-02-01"), At("2026-02-19")), Days("2026-01-20")).ShouldBeEmpty();
        Lateness.Missing(Lateness.DueBetween(schedule, At("2026-02-01"), At("2026-03-12")), Days("2026-01-20")).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("2026-01-06", "2026-01-07T05:59Z", null)]
    [InlineData("2026-01-06", "2026-01-10T09:00Z", "due by 2026-01-07 06:00 UTC and came 3 days and 3 hours later")]
    [InlineData("2026-01-04", "2026-01-10T09:00Z", "3 days and 3 hours")]
    [InlineData("2024-01-02", "2026-01-10T09:00Z", null)] // history
    public void An_edition_that_comes_after_it_was_due_has_a_finding(string day, string ready, string? finding) =>
        (Lateness.Of(new DatasetSchedule("0 0 6 ? * TUE", TimeZoneInfo.Utc, TimeSpan.FromDays(1)), Days(day).Single(), At(ready), At("2025-12-01"))?.Message ?? "")
            .ShouldContain(finding ?? "");

    [Theory, OnSqlite, OnPostgres]
    public async Task Late_editions_are_listed_until_they_come_and_never_before_the_first_release(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind); // Friday, 2 January 2026; editions are due on Wednesdays at 6:00
        LateEditions late = shop.Of<LateEditions>();
        (await late.ListAsync(null, CancellationToken.None)).ShouldBeEmpty();
        shop.Deliver("20251230", ("CN1A.xml", "<a/>"));
        await shop.FireAsync();
        (await late.ListAsync(null, CancellationToken.None)).ShouldBeEmpty();

        shop.Time.Advance(TimeSpan.FromDays(12)); // the 6th did not come, the 13th is due in an hour or two
        (await late.ListAsync(null, CancellationToken.None)).Select(edition => (edition.Dataset, edition.Edition)).ShouldBe([(Workshop.Code, "20260106")]);
        (await late.ListAsync(Workshop.Code, CancellationToken.None)).ShouldHaveSingleItem().Reason.ShouldContain("2026-01-07 06:00 UTC");
        shop.Deliver("20260106", ("CN2A.xml", "<a/>"));
        shop.Deliver("20251223", ("CN3A.xml", "<a/>"));
        await shop.FireAsync();

        (await late.ListAsync(null, CancellationToken.None)).ShouldBeEmpty();
        (await FindingsAsync(shop, "20260106")).ShouldBe(["late"]);
        (await shop.ManifestAsync("20260106")).Findings!.Warnings.ShouldBe(1);
        (await FindingsAsync(shop, "20251223")).ShouldBeEmpty(); // nothing was due before the dataset was published here
    }

    private static async Task<IEnumerable<string>> FindingsAsync(Workshop shop, string edition) =>
        (await shop.Of<Server.Releases.EditionStates>().FindAsync(Workshop.Code, edition, CancellationToken.None))!.Findings.Select(finding => finding.Code);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal);

    private static HashSet<DateOnly> Days(string days) =>
        [.. days.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(day => DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture))];
}

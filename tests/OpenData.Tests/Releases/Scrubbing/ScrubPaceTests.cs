using FsCheck;
using FsCheck.Fluent;
using OpenData.Format;
using OpenData.Server.Releases.Scrubbing;

namespace OpenData.Tests.Releases.Scrubbing;

public sealed class ScrubPaceTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromDays(30);
    private static readonly ByteRate Least = new(1_000);
    private static readonly ByteRate Most = new(50_000_000);
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_rate_is_what_is_stored_over_the_time_that_is_left()
    {
        // 27 TB that were published just now, and 27 days: nine tenths of the interval.
        Rate((Now, 27_000_000_000_000)).BytesPerSecond.ShouldBeInRange(11_574_075 - 1, 11_574_075 + 1);
        // Half of the time is gone and nothing was read.
        Rate((Now - TimeSpan.FromDays(13.5), 27_000_000_000_000)).BytesPerSecond.ShouldBeInRange(23_148_149 - 1, 23_148_149 + 1);
        // Spread evenly over the interval it is the same as at the beginning.
        Rate([.. Enumerable.Range(0, 27).Select(day => (Now - TimeSpan.FromDays(26 - day), 1_000_000_000_000L))]).BytesPerSecond.ShouldBeInRange(11_574_075 - 1, 11_574_075 + 1);
        // A few late ones count alone, not all that is stored.
        Rate((Now - TimeSpan.FromDays(26), 864_000_000_000), (Now, 1)).BytesPerSecond.ShouldBe(10_000_000);
    }

    [Fact]
    public void The_rate_stays_between_its_bounds_whatever_is_stored_and_however_late_it_is()
    {
        Rate().ShouldBe(Least);
        Rate((Now, 1)).ShouldBe(Least);
        Rate((Now - TimeSpan.FromDays(400), long.MaxValue)).ShouldBe(Most);
    }

    [Fact]
    public void However_much_is_published_whenever_everything_is_read_within_the_interval()
    {
        // Gigabytes published on each of 60 days; read for 90 days, an hour at a time, in the order and at the rate of the worker.
        Prop.ForAll(
            Gen.Choose(0, 400).ArrayOf(60).ToArbitrary(),
            gigabytes => Simulate([.. gigabytes.Select(g => g * 1_000_000_000L)], away: _ => false).ShouldBeLessThan(Interval))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(5));
    }

    [Fact]
    public void A_worker_that_was_away_catches_up_in_time()
    {
        long[] daily = [.. Enumerable.Repeat(100_000_000_000L, 60)];
        Simulate(daily, away: hour => hour / 24 % 10 < 2).ShouldBeLessThan(Interval);
    }

    /// <returns>The highest age that any file ever had.</returns>
    private static TimeSpan Simulate(long[] daily, Func<int, bool> away)
    {
        List<StoredBytes> files = [];
        TimeSpan oldest = TimeSpan.Zero;
        for (int hour = 0; hour < 90 * 24; hour++)
        {
            DateTimeOffset now = Now.AddHours(hour);
            if (hour % 24 == 0 && hour / 24 < daily.Length && daily[hour / 24] > 0)
            {
                files.AddRange(Enumerable.Repeat(new StoredBytes(now, daily[hour / 24] / 5), 5));
            }
            files.Sort((a, b) => a.SeenAt.CompareTo(b.SeenAt));
            if (files.Count > 0 && now - files[0].SeenAt > oldest)
            {
                oldest = now - files[0].SeenAt;
            }
            double may = away(hour) ? 0 : ScrubPace.Of(files, now, Interval, Least, Most).BytesPerSecond * 3600.0;
            for (int i = 0; i < files.Count && may > 0 && files[i].SeenAt < ScrubPace.DueBefore(now, Interval); i++)
            {
                may -= files[i].Bytes;
                files[i] = files[i] with { SeenAt = now };
            }
        }
        return oldest;
    }

    private static ByteRate Rate(params (DateTimeOffset SeenAt, long Bytes)[] files) =>
        ScrubPace.Of(files.Select(file => new StoredBytes(file.SeenAt, file.Bytes)), Now, Interval, Least, Most);
}

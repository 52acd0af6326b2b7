using FsCheck;
using FsCheck.Fluent;
using OpenData.Format;
using OpenData.Mirror.Feed;
using OpenData.Mirror.Sync;
using Random = System.Random;

namespace OpenData.Tests.Mirror.Sync;

public sealed class TodoTests
{
    private static readonly Selection s_keep = new(null, null, KeepSuperseded: true);
    private static readonly Selection s_remove = new(null, null, KeepSuperseded: false);

    [Fact]
    public void What_is_replaced_stays_until_its_replacement_is_there()
    {
        Todo todo = new([]);
        todo.Apply(Published(2, "20240102", 2), s_remove, _ => false).ShouldBe(Act.Fetch);

        todo.Apply(Superseded(3, "20240102", 1, 2), s_remove, _ => true).ShouldBe(Act.Nothing);

        todo.Settle(Id("20240102", 2)).ShouldBe([Id("20240102", 1)]);
    }

    [Fact]
    public void What_is_replaced_before_it_came_is_never_fetched()
    {
        Todo todo = new([]);
        todo.Apply(Published(1, "20240102", 1), s_remove, _ => false);
        todo.Apply(Published(2, "20240102", 2), s_remove, _ => false);

        todo.Apply(Superseded(3, "20240102", 1, 2), s_remove, _ => false).ShouldBe(Act.Remove);

        todo.Fetches.ShouldBe([Id("20240102", 2)]);
    }

    [Fact]
    public void What_is_kept_on_disk_comes_back_as_it_was()
    {
        Todo todo = new([]);
        todo.Apply(Published(1, "20240102", 1), s_remove, _ => false);
        todo.Apply(Published(2, "20240109", 2), s_remove, _ => false);
        todo.Apply(Superseded(3, "20240109", 1, 2), s_remove, _ => true);

        Todo read = new([.. todo.Entries]);

        read.Entries.ShouldBe(todo.Entries);
        read.Settle(Id("20240109", 2)).ShouldBe([Id("20240109", 1)]);
    }

    /// <summary>A model of a mirror whose fetches come at any time: whatever was read twice, and whenever fetches ended, the releases in the end are those that the feed leaves.</summary>
    [Fact]
    public void Whenever_fetches_end_and_whatever_is_read_twice_the_mirror_ends_as_the_feed_says() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            foreach (Selection selection in new[] { s_keep, s_remove })
            {
                Random random = new(seed);
                (List<Change> feed, HashSet<ReleaseId> kept) = History(random, selection.KeepSuperseded);
                Todo todo = new([]);
                HashSet<ReleaseId> there = [];
                HashSet<ReleaseId> buried = [];
                int cursor = 0;
                while (cursor < feed.Count || todo.Count > 0)
                {
                    if (cursor < feed.Count && random.Next(2) == 0)
                    {
                        if (random.Next(4) == 0)
                        {
                            todo = new Todo([.. todo.Entries]); // Killed; the page is read again.
                            cursor = Math.Max(0, cursor - random.Next(3));
                        }
                        Change change = feed[cursor++];
                        ReleaseId release = new(change.Dataset, change.Edition!, change.Revision!.Value);
                        Act act = todo.Apply(change, selection, r => there.Contains(r) || buried.Contains(r));
                        if (act is Act.Remove or Act.Withdraw)
                        {
                            there.Remove(release);
                            if (act == Act.Withdraw)
                            {
                                buried.Add(release);
                            }
                            Settle(release);
                        }
                    }
                    else if (todo.Count > 0)
                    {
                        ReleaseId fetched = todo.Fetches.ElementAt(random.Next(todo.Count));
                        there.Add(fetched);
                        Settle(fetched);
                    }
                }
                if (!there.SetEquals(kept))
                {
                    return false;
                }

                void Settle(ReleaseId release)
                {
                    foreach (ReleaseId old in todo.Settle(release))
                    {
                        there.Remove(old);
                        todo.Removed(old);
                    }
                }
            }
            return true;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(99, "2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z", "2024-01-02T12:00:00Z", "old copy")]
    [InlineData(100, "2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z", "2024-01-03T00:00:00Z", "expired")]
    [InlineData(100, "2023-12-01T00:00:00Z", "2023-12-02T00:00:00Z", "2023-12-01T12:00:00Z", "expired")] // The clock was set back; the mirror remembers a later day.
    [InlineData(100, "2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z", "2024-01-02T12:00:00Z", null)]
    public void A_head_that_goes_back_or_expired_is_refused(long serial, string at, string expires, string now, string? fault)
    {
        SeenHead seen = new(100, DateTimeOffset.Parse("2024-01-01T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture));

        string? found = seen.Fault(
            new FeedHead(serial, Time(at), Time(expires), []), Time(now))?.English;

        (found is null).ShouldBe(fault is null, found);
        found?.ShouldContain(fault!);
    }

    [Fact]
    public void A_page_that_goes_back_or_names_nothing_is_refused()
    {
        ChangeReader.Fault(5, new FeedPage(7, [Published(6, "20240102", 1), Published(7, "20240102", 2)], null)).ShouldBeNull();
        ChangeReader.Fault(6, new FeedPage(7, [Published(6, "20240102", 1)], null)).ShouldNotBeNull();
        ChangeReader.Fault(0, new FeedPage(7, [Published(7, "20240102", 1), Published(6, "20240102", 1)], null)).ShouldNotBeNull();
        ChangeReader.Fault(0, new FeedPage(7, [Published(7, "..", 1)], null)).ShouldNotBeNull();
        ChangeReader.Fault(0, new FeedPage(7, [Published(7, "20240102", 0)], null)).ShouldNotBeNull();
        ChangeReader.Fault(0, new FeedPage(7, [Published(7, "20240102", 1) with { Dataset = "../x" }], null)).ShouldNotBeNull();
        ChangeReader.Fault(0, new FeedPage(7, [Superseded(7, "20240102", 1, 0)], null)).ShouldNotBeNull();
    }

    /// <summary>A feed as publishers make it, and what it leaves.</summary>
    private static (List<Change> Feed, HashSet<ReleaseId> Kept) History(Random random, bool keep)
    {
        List<Change> feed = [];
        HashSet<ReleaseId> kept = [];
        Dictionary<string, (int Last, int Current)> editions = [];
        for (int i = 0; i < 30; i++)
        {
            string edition = $"2024010{random.Next(1, 5)}";
            (int last, int current) = editions.GetValueOrDefault(edition);
            if (last > 0 && random.Next(3) == 0)
            {
                int victim = random.Next(1, last + 1);
                feed.Add(new Change(feed.Count + 1, ChangeType.Withdrawn, "CN", edition, victim, DateTimeOffset.UnixEpoch));
                kept.Remove(Id(edition, victim));
                editions[edition] = (last, current == victim ? 0 : current);
                continue;
            }
            feed.Add(Published(feed.Count + 1, edition, last + 1));
            kept.Add(Id(edition, last + 1));
            if (current > 0)
            {
                feed.Add(Superseded(feed.Count + 1, edition, current, last + 1));
                _ = !keep && kept.Remove(Id(edition, current));
            }
            editions[edition] = (last + 1, last + 1);
        }
        return (feed, kept);
    }

    private static ReleaseId Id(string edition, int revision) => new("CN", edition, revision);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static Change Published(long serial, string edition, int revision) => new(serial, ChangeType.Published, "CN", edition, revision, DateTimeOffset.UnixEpoch);

    private static Change Superseded(long serial, string edition, int revision, int by) => new(serial, ChangeType.Superseded, "CN", edition, revision, DateTimeOffset.UnixEpoch, By: by);
}

using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.Scheduling;

/// <summary>What is beyond a dataset's retention is listed, not served, and swept; the newest edition always stays.</summary>
public sealed class ArchivingTests
{
    private static readonly string[] Editions = ["20251202", "20251209", "20251216", "20251223"];

    [Theory, OnSqlite, OnPostgres]
    public async Task Editions_beyond_the_retention_are_archived_told_and_swept_after_a_day(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        foreach (string edition in Editions)
        {
            shop.Deliver(edition, ($"CN{edition}A.xml", $"<a{edition}/>"));
        }
        await shop.FireAsync();
        shop.Dataset = shop.Dataset with { Retention = new Retention(2, null) };

        await shop.FireAsync();
        await shop.FireAsync();

        (await shop.Queries.PageAsync(Workshop.Code, null, null, null, 10, currentOnly: false, CancellationToken.None)).Select(release => (release.Edition, release.State)).ShouldBe(
        [
            ("20251223", ReleaseState.Published), ("20251216", ReleaseState.Published), ("20251209", ReleaseState.Archived), ("20251202", ReleaseState.Archived),
        ]);
        (await shop.Queries.PageAsync(Workshop.Code, null, null, null, 10, currentOnly: true, CancellationToken.None)).Count.ShouldBe(2);
        (await shop.ChangesAsync(4)).Select(change => (change.Type, change.Edition, change.Revision, change.Reason)).ShouldBe(
        [
            (ChangeType.DatasetChanged, "20251202", 1, "archived: the last 2 editions are kept"), (ChangeType.DatasetChanged, "20251209", 1, "archived: the last 2 editions are kept"),
        ]);
        (await shop.Queries.LatestOfAllAsync(CancellationToken.None))[Workshop.Code].Editions.ShouldBe(2);
        ReleaseId archived = Workshop.Release("20251202");
        (await shop.Queries.FindFileAsync(archived, archived.ArchiveName(1), CancellationToken.None))!.State.ShouldBe(ReleaseState.Archived);
        (await shop.ManifestAsync("20251202")).Documents.ShouldBe(1);

        // Corrected, it comes back for a moment, and the figures stay right.
        shop.Time.Advance(TimeSpan.FromHours(1));
        shop.Deliver("20251209", ("CN1A.xml", "<better/>"));
        await shop.FireAsync();
        (await shop.Queries.RevisionsAsync(Workshop.Code, "20251209", CancellationToken.None)).Select(release => release.State).ShouldBe([ReleaseState.Archived, ReleaseState.Archived]);
        DatasetHead head = (await shop.Queries.LatestOfAllAsync(CancellationToken.None))[Workshop.Code];
        (head.Editions, head.Latest.Edition).ShouldBe((2, "20251223"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task The_sweep_takes_archived_files_after_a_day_and_no_others(DatabaseKind kind)
    {
        await using Releases.ReleaseHouse house = await Releases.ReleaseHouse.CreateAsync(kind);
        ReleaseId first = new("CN-PA-TXTS-10-A", "20240102", 1);
        ReleaseId second = first with { Edition = "20240109" };
        await house.Node.PublishAsync(await house.PackAsync(first));
        await house.Node.PublishAsync(await house.PackAsync(second, seed: 2));
        Dataset dataset = Releases.ReleaseHouse.Dataset() with { Retention = new Retention(null, 30) };

        (await new Archiving(house.Sql, house.Node.Editions, house.Node.Feed, TimeProvider.System).ApplyAsync(dataset, CancellationToken.None)).ShouldBe([first]);

        (await house.NodeAt(TimeSpan.FromHours(23)).Sweep.RunAsync(false, CancellationToken.None)).ShouldBeEmpty();
        (await house.NodeAt(TimeSpan.FromHours(25)).Sweep.RunAsync(false, CancellationToken.None)).Count.ShouldBe(5);
        Directory.Exists(house.FolderOf(second)).ShouldBeTrue();
        File.Exists(house.PathOf(first, first.ArchiveName(1))).ShouldBeFalse();
        File.Exists(house.PathOf(second, second.ArchiveName(1))).ShouldBeTrue();
        (await house.Node.Queries.LatestAsync(first.Dataset, CancellationToken.None))!.Id.ShouldBe(second);
    }

    [Theory]
    [InlineData(null, null, "")]
    [InlineData(3, null, "20251202")]
    [InlineData(1, null, "20251202 20251209 20251216")]
    [InlineData(10, null, "")]
    [InlineData(null, 10, "20251202 20251209 20251216")]
    [InlineData(null, 1, "20251202 20251209 20251216")]
    [InlineData(null, 20, "20251202 20251209")]
    [InlineData(3, 1, "20251202")]
    public void Retention_keeps_what_it_names_and_always_the_newest(int? editions, int? days, string beyond)
    {
        (string, DateOnly)[] current = [.. Editions.Reverse().Select(edition => (edition, DateOnly.ParseExact(edition, "yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture)))];

        Archiving.Beyond(new Retention(editions, days), current, new DateOnly(2026, 1, 2)).ShouldBe(beyond.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }
}

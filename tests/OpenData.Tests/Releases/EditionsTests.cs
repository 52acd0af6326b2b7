using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.Releases;

public sealed class EditionsTests
{
    private const string Code = "CN-PA-TXTS-10-A";
    private static readonly ReleaseId First = new(Code, "20240102", 1);
    private static readonly Finding Hostile = new(Severity.Error, "hostile-name", "../../etc/passwd", "The name '../../etc/passwd' has the segment '..'.", Holds: true);

    [Theory, OnSqlite, OnPostgres]
    public async Task A_held_edition_says_why_and_nothing_of_it_is_visible(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        EditionStates editions = house.Node.Editions;
        DateTimeOffset ready = new(2024, 1, 2, 3, 4, 5, TimeSpan.Zero);
        await editions.BeginAsync(Code, "20240102", ready, CancellationToken.None);
        (await editions.SettledAsync(Code, CancellationToken.None)).ShouldBeEmpty();

        await editions.HoldAsync(Code, "20240102", null, [Hostile], package: null, CancellationToken.None);

        Edition held = (await editions.FindAsync(Code, "20240102", CancellationToken.None)).ShouldNotBeNull();
        (held.State, held.Reason, held.ReadyAt).ShouldBe((EditionState.Held, Hostile.Message, ready));
        held.Findings.ShouldBe([Hostile]);
        (await editions.SettledAsync(Code, CancellationToken.None)).Keys.ShouldBe(["20240102"]);
        (await house.Node.Queries.LatestAsync(Code, CancellationToken.None)).ShouldBeNull();
        (await house.Node.Feed.HeadAsync(CancellationToken.None)).ShouldBe(0);
        (await house.Node.Holds.ApproveAsync(ReleaseHouse.Dataset(), "20240102", CancellationToken.None)).ShouldBeNull();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_curator_publishes_a_held_package_as_it_is(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        Package package = await house.PackAsync(First);
        await house.Node.Editions.BeginAsync(Code, "20240102", DateTimeOffset.UnixEpoch, CancellationToken.None);
        await house.Node.Editions.HoldAsync(Code, "20240102", "Half of the documents are missing.", package.Findings, package, CancellationToken.None);

        Publication publication = (await house.Node.Holds.ApproveAsync(ReleaseHouse.Dataset(), "20240102", CancellationToken.None)).ShouldNotBeNull();

        publication.Outcome.ShouldBe(PublicationOutcome.Published);
        publication.Manifest.Archives[0].Pieces.ShouldBe(package.Archives[0].Manifest.Pieces);
        (await house.Node.Queries.ArchiveAsync(First, First.ArchiveName(1), CancellationToken.None))!.Blocks.ShouldBe(package.Archives[0].Blocks);
        Edition edition = (await house.Node.Editions.FindAsync(Code, "20240102", CancellationToken.None)).ShouldNotBeNull();
        (edition.State, edition.Reason).ShouldBe((EditionState.Published, null));
        edition.Findings.ShouldBe(package.Findings);
        (await house.Node.Holds.ApproveAsync(ReleaseHouse.Dataset(), "20240102", CancellationToken.None)).ShouldBeNull();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_rejected_edition_stays_rejected(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        (await house.Node.Holds.RejectAsync(Code, "20240102", "Never came.", CancellationToken.None)).ShouldBeFalse();
        (await house.Node.Editions.FindAsync(Code, "20240102", CancellationToken.None)).ShouldBeNull();
        await house.Node.Editions.HoldAsync(Code, "20240102", null, [Hostile], await house.PackAsync(First), CancellationToken.None);

        (await house.Node.Holds.RejectAsync(Code, "20240102", "The office sends it again.", CancellationToken.None)).ShouldBeTrue();

        (await house.Node.Holds.ApproveAsync(ReleaseHouse.Dataset(), "20240102", CancellationToken.None)).ShouldBeNull();
        Edition edition = (await house.Node.Editions.FindAsync(Code, "20240102", CancellationToken.None)).ShouldNotBeNull();
        (edition.State, edition.Reason).ShouldBe((EditionState.Rejected, "The office sends it again."));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_failed_edition_is_taken_up_again(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        await house.Node.Editions.BeginAsync(Code, "20240102", DateTimeOffset.UnixEpoch, CancellationToken.None);

        await house.Node.Editions.FailAsync(Code, "20240102", "The disk is full.", CancellationToken.None);

        (await house.Node.Editions.FindAsync(Code, "20240102", CancellationToken.None))!.Reason.ShouldBe("The disk is full.");
        (await house.Node.Editions.SettledAsync(Code, CancellationToken.None)).ShouldBeEmpty();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Editions_are_listed_by_dataset_and_state_page_by_page(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        foreach (string dataset in (string[])["CN-A", "CN-B"])
        {
            for (int i = 0; i < 5; i++)
            {
                await house.Node.Editions.HoldAsync(dataset, $"e{i}", "Why.", [Hostile], null, CancellationToken.None);
            }
            await house.Node.Editions.FailAsync(dataset, "failed", "Why.", CancellationToken.None);
        }

        async Task<IEnumerable<string>> PageAsync(string? dataset, EditionState? state, (string, string)? after, int limit) =>
            (await house.Node.Editions.PageAsync(dataset, state, after, limit, CancellationToken.None)).Select(edition => $"{edition.Dataset}/{edition.Id}");

        (await PageAsync(null, null, null, 100)).Count().ShouldBe(12);
        (await PageAsync(null, EditionState.Failed, null, 100)).ShouldBe(["CN-A/failed", "CN-B/failed"]);
        (await PageAsync("CN-B", EditionState.Held, ("CN-B", "e2"), 100)).ShouldBe(["CN-B/e3", "CN-B/e4"]);
        (await PageAsync(null, EditionState.Held, ("CN-A", "e3"), 3)).ShouldBe(["CN-A/e4", "CN-B/e0", "CN-B/e1"]);
    }
}

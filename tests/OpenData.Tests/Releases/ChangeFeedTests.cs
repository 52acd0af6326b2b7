using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.Releases;

public sealed class ChangeFeedTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task A_reader_never_skips_past_a_serial_while_many_publish(DatabaseKind kind)
    {
        const int Publishers = 8;
        const int Each = 8;
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        Package[][] packages = new Package[Publishers][];
        for (int publisher = 0; publisher < Publishers; publisher++)
        {
            packages[publisher] = new Package[Each];
            for (int i = 0; i < Each; i++)
            {
                // Every second one corrects the one before it: two changes in one transaction.
                ReleaseId release = new($"CN-TEST-{publisher % 3}", $"p{publisher}-{i / 2}", 1 + (i % 2));
                packages[publisher][i] = await house.PackAsync(release, seed: i + 1, bytes: 1000);
            }
        }

        using CancellationTokenSource done = new();
        Task<List<Change>>[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() => FollowAsync(house.NodeAt(TimeSpan.Zero).Feed, done.Token)))];
        await Task.WhenAll(packages.Select(own => Task.Run(async () =>
        {
            ReleaseNode node = house.NodeAt(TimeSpan.Zero);
            foreach (Package package in own)
            {
                (await node.PublishAsync(package)).Outcome.ShouldBe(PublicationOutcome.Published);
            }
        })));
        await done.CancelAsync();

        const int Changes = Publishers * (Each + (Each / 2));
        (await house.Node.Feed.HeadAsync(CancellationToken.None)).ShouldBe(Changes);
        foreach (Task<List<Change>> reader in readers)
        {
            List<Change> seen = await reader;
            seen.Select(change => change.Serial).ShouldBe(Enumerable.Range(1, Changes).Select(serial => (long)serial));
        }
        IReadOnlyDictionary<string, DatasetHead> heads = await house.Node.Queries.LatestOfAllAsync(CancellationToken.None);
        heads.Values.Sum(head => head.Editions).ShouldBe(Publishers * Each / 2);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_withdrawal_shows_at_once_and_leaves_a_tombstone(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        ReleaseId older = new("CN-TEST", "20240101", 1);
        ReleaseId newer = new("CN-TEST", "20240102", 1);
        await house.Node.PublishAsync(await house.PackAsync(older, bytes: 1000));
        await house.Node.PublishAsync(await house.PackAsync(newer, bytes: 1000));

        (await house.Node.Withdrawals.WithdrawAsync(newer, "It has personal data.", CancellationToken.None)).ShouldBeTrue();

        ReleaseFile file = (await house.Node.Queries.FindFileAsync(newer, newer.ArchiveName(1), CancellationToken.None)).ShouldNotBeNull();
        (file.State, file.Reason).ShouldBe((ReleaseState.Withdrawn, "It has personal data."));
        (await house.Node.Queries.LatestAsync("CN-TEST", CancellationToken.None))!.Id.ShouldBe(older);
        (await house.Node.Queries.LatestOfAllAsync(CancellationToken.None))["CN-TEST"].Editions.ShouldBe(1);
        Change change = (await house.Node.Feed.NewestAsync("CN-TEST", long.MaxValue, 1, CancellationToken.None)).ShouldHaveSingleItem();
        (change.Serial, change.Type, change.Edition, change.Revision, change.Reason).ShouldBe((3, ChangeType.Withdrawn, "20240102", 1, "It has personal data."));
        Edition edition = (await house.Node.Editions.FindAsync("CN-TEST", "20240102", CancellationToken.None)).ShouldNotBeNull();
        (edition.State, edition.Reason).ShouldBe((EditionState.Withdrawn, "It has personal data."));

        (await house.Node.Withdrawals.WithdrawAsync(newer, "Again.", CancellationToken.None)).ShouldBeFalse();
        (await house.Node.Withdrawals.WithdrawAsync(newer with { Revision = 9 }, "Never was.", CancellationToken.None)).ShouldBeFalse();
        (await house.Node.Withdrawals.WithdrawAsync(older, "All of it.", CancellationToken.None)).ShouldBeTrue();
        (await house.Node.Queries.LatestAsync("CN-TEST", CancellationToken.None)).ShouldBeNull();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_withdrawn_edition_can_be_published_anew_as_the_next_revision(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        ReleaseId first = new("CN-TEST", "20240101", 1);
        await house.Node.PublishAsync(await house.PackAsync(first, bytes: 1000));
        await house.Node.Withdrawals.WithdrawAsync(first, "A mistake.", CancellationToken.None);

        Publication again = await house.Node.PublishAsync(await house.PackAsync(first with { Revision = 2 }, bytes: 1000));

        (again.Outcome, again.Manifest.Supersedes).ShouldBe((PublicationOutcome.Published, null));
        DatasetHead head = (await house.Node.Queries.LatestOfAllAsync(CancellationToken.None))["CN-TEST"];
        (head.Latest.Revision, head.Editions).ShouldBe((2, 1));
    }

    /// <summary>Reads as a mirror does: what comes after the last serial it has seen, again and again.</summary>
    private static async Task<List<Change>> FollowAsync(ChangeFeed feed, CancellationToken done)
    {
        List<Change> seen = [];
        while (true)
        {
            bool last = done.IsCancellationRequested;
            IReadOnlyList<Change> page = await feed.AfterAsync(seen.Count == 0 ? 0 : seen[^1].Serial, 5, CancellationToken.None);
            seen.AddRange(page);
            if (page.Count == 0 && last)
            {
                return seen;
            }
        }
    }
}

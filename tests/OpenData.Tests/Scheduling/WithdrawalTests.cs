using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;
using OpenData.Tests.Support;

namespace OpenData.Tests.Scheduling;

/// <summary>What was withdrawn stays away: whatever is delivered again, and wherever the work is broken off.</summary>
public sealed class WithdrawalTests
{
    private const string Edition = "20251230";
    private const string Reason = "It names a living person.";

    [Theory, OnSqlite, OnPostgres]
    public async Task A_withdrawn_document_takes_every_revision_that_holds_it_and_a_new_one_has_the_rest(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        shop.Dataset = shop.Dataset with { Hold = new HoldRules(Missing: 0) };
        shop.Deliver(Edition, "CN,1,A,20251230\nCN,2,A,20251230\nCN,3,A,20251230\n", ("CN1A.xml", "<a/>"), ("CN2A/CN2A.xml", "<b/>"), ("CN2A/1.tif", "II*"), ("CN3A.xml", "<c/>"));
        await shop.FireAsync();
        shop.Time.Advance(TimeSpan.FromHours(1));
        shop.Deliver(Edition, "CN,1,A,20251230\nCN,2,A,20251230\nCN,3,A,20251230\n", ("CN1A.xml", "<a/>"), ("CN2A/CN2A.xml", "<b/>"), ("CN2A/1.tif", "II*"), ("CN3A.xml", "<C/>"));
        await shop.FireAsync();
        Withdrawals withdrawals = shop.Of<Withdrawals>();

        (await withdrawals.PreviewDocumentAsync(shop.Dataset, Edition, "CN9A", CancellationToken.None)).ShouldBeNull();
        WithdrawalEffect preview = (await withdrawals.PreviewDocumentAsync(shop.Dataset, Edition, "CN2A", CancellationToken.None)).ShouldNotBeNull();
        (await shop.ChangesAsync()).Count.ShouldBe(3);
        WithdrawalEffect effect = (await withdrawals.WithdrawDocumentAsync(shop.Dataset, Edition, "CN2A", Reason, CancellationToken.None)).ShouldNotBeNull();

        effect.Releases.ShouldBe([Workshop.Release(Edition, 2), Workshop.Release(Edition, 1)]);
        effect.Entries.ShouldBe(["CN2A/1.tif", "CN2A/CN2A.xml"]);
        effect.RebuiltFrom.ShouldBe(Workshop.Release(Edition, 2));
        preview.ShouldBeEquivalentTo(effect);
        (await shop.ChangesAsync(3)).Select(change => (change.Type, change.Revision, change.Reason, change.Document))
            .ShouldBe([(ChangeType.Withdrawn, 1, Reason, "CN2A"), (ChangeType.Withdrawn, 2, Reason, "CN2A")]);
        (await shop.Queries.LatestAsync(Workshop.Code, CancellationToken.None)).ShouldBeNull();
        foreach (Release release in await shop.Queries.RevisionsAsync(Workshop.Code, Edition, CancellationToken.None))
        {
            (release.State, release.Reason, release.WithdrawnAt).ShouldBe((ReleaseState.Withdrawn, Reason, shop.Time.GetUtcNow()));
        }

        Directory.Delete(shop.FolderOf(Edition), recursive: true); // the rest comes out of what was published
        await shop.FireAsync();

        Manifest third = await shop.ManifestAsync(Edition, 3);
        (third.Supersedes, third.Documents, third.Entries, third.Date).ShouldBe(("r2", 2, 2, new DateOnly(2025, 12, 30)));
        third.Changes.ShouldBe(new RevisionChanges("r2", 0, 0, 2, Workshop.Release(Edition, 3).ChangesName));
        (third.Authority!.Listed, third.Authority.Found, third.Authority.Excepted).ShouldBe((2, 2, 1));
        (await shop.ContentAsync(Edition, 3)).ShouldBe(new Dictionary<string, string> { ["CN1A.xml"] = "<a/>", ["CN3A.xml"] = "<C/>" }, ignoreOrder: true);
        (await shop.ChangesAsync(5)).Select(change => (change.Type, change.Revision)).ShouldBe([(ChangeType.Published, 3)]);
        (await shop.StateAsync(Edition)).ShouldBe(EditionState.Published);
        (await shop.Queries.LatestOfAllAsync(CancellationToken.None))[Workshop.Code].Editions.ShouldBe(1);
        int runs = await shop.RunsAsync();
        await shop.FireAsync();
        (await shop.RunsAsync()).ShouldBe(runs);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task No_delivery_brings_a_withdrawn_document_back(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        shop.Dataset = shop.Dataset with { Hold = new HoldRules(Missing: 0) };
        const string authority = "CN,1,A,20251230\nCN,2,A,20251230\n";
        shop.Deliver(Edition, authority, ("CN1A.xml", "<a/>"), ("CN2A.xml", "<b/>"));
        await shop.FireAsync();
        await shop.Of<Withdrawals>().WithdrawDocumentAsync(shop.Dataset, Edition, "cn 2 a", Reason, CancellationToken.None);
        await shop.FireAsync();
        (await shop.ContentAsync(Edition, 2)).Keys.ShouldBe(["CN1A.xml"]);

        // The same delivery again: what is left of it is published already.
        shop.Time.Advance(TimeSpan.FromHours(1));
        shop.Deliver(Edition, authority, ("CN1A.xml", "<a/>"), ("CN2A.xml", "<b/>"));
        await shop.FireAsync();
        (await shop.ChangesAsync())[^1].Revision.ShouldBe(2);
        await using (DatasetLease lease = await shop.Due.TakeLeaseAsync(Workshop.Code, CancellationToken.None))
        {
            (await shop.Due.RunAsync(shop.Dataset, Edition, lease, new(), CancellationToken.None)).State.ShouldBe(RunState.Unchanged);
        }
        (await shop.Of<PackageDataset>().CompareAsync(shop.Dataset, Edition, new(), CancellationToken.None)).State.ShouldBe(RunState.Unchanged);

        // With other bytes, and in another edition, listed by the authority file or not.
        shop.Time.Advance(TimeSpan.FromHours(1));
        shop.Deliver(Edition, authority, ("CN1A.xml", "<better/>"), ("CN2A.xml", "<better/>"));
        shop.Deliver("20260106", authority, ("CN1A.xml", "<a/>"), ("sub/CN2A.xml", "<b/>"));
        await shop.FireAsync();

        (await shop.ContentAsync(Edition, 3)).ShouldBe(new Dictionary<string, string> { ["CN1A.xml"] = "<better/>" });
        (await shop.ContentAsync("20260106")).Keys.ShouldBe(["CN1A.xml"]);
        Manifest manifest = await shop.ManifestAsync("20260106");
        (manifest.Authority!.Listed, manifest.Authority.Found, manifest.Authority.Excepted).ShouldBe((1, 1, 1));
        (await shop.Of<EditionStates>().FindAsync(Workshop.Code, "20260106", CancellationToken.None))!.Findings.Select(finding => (finding.Code, finding.File))
            .ShouldContain(("withdrawn-document", "sub/CN2A.xml"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_document_that_is_allowed_again_comes_back_with_the_next_revision(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        shop.Deliver(Edition, null, ("CN1A.xml", "<a/>"), ("CN2A.xml", "<b/>"));
        await shop.FireAsync();
        await shop.Of<Withdrawals>().WithdrawDocumentAsync(shop.Dataset, Edition, "CN2A", Reason, CancellationToken.None);
        await shop.FireAsync();
        WithdrawnDocuments documents = shop.Of<WithdrawnDocuments>();
        int acts = 0;
        Task Act(System.Data.Common.DbTransaction transaction) => Task.FromResult(++acts);

        (await documents.AllowAsync(Workshop.Code, "CN1A", Act, CancellationToken.None)).ShouldBeNull();
        acts.ShouldBe(0);
        string listed = (await documents.ListAsync(Workshop.Code, CancellationToken.None)).ShouldHaveSingleItem().Document;
        (await documents.AllowAsync(Workshop.Code, listed, Act, CancellationToken.None)).ShouldNotBeNull().Reason.ShouldBe(Reason);
        acts.ShouldBe(1);
        await using (DatasetLease lease = await shop.Due.TakeLeaseAsync(Workshop.Code, CancellationToken.None))
        {
            (await shop.Due.RunAsync(shop.Dataset, Edition, lease, new(), CancellationToken.None)).State.ShouldBe(RunState.Published);
        }

        (await shop.ContentAsync(Edition, 3)).Keys.ShouldBe(["CN1A.xml", "CN2A.xml"], ignoreOrder: true);
        (await documents.ListAsync(Workshop.Code, CancellationToken.None)).ShouldBeEmpty();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_new_revision_that_was_broken_off_is_made_all_the_same(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        shop.Deliver(Edition, ("CN1A.xml", "<a/>"), ("CN2A.xml", "<b/>"));
        await shop.FireAsync();
        await shop.Of<Withdrawals>().WithdrawDocumentAsync(shop.Dataset, Edition, "CN2A", Reason, CancellationToken.None);
        ReleaseId first = Workshop.Release(Edition);

        // Killed under way; then the stored archive is damaged; then it is whole again.
        await using (DatasetLease lease = await shop.Due.TakeLeaseAsync(Workshop.Code, CancellationToken.None))
        {
            using CancellationTokenSource killed = new();
            await shop.Of<EditionStates>().BeginRebuildAsync(Workshop.Code, Edition, CancellationToken.None);
            await killed.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(shop.Of<PackageDataset>().RunAsync(shop.Dataset, Edition, lease, new(), killed.Token));
        }
        string archive = shop.StoredAt(first, first.ArchiveName(1));
        byte[] whole = await File.ReadAllBytesAsync(archive);
        byte[] damaged = [.. whole];
        damaged[30 + "CN1A.xml".Length + 1] ^= 1; // in the data of the first entry
        await File.WriteAllBytesAsync(archive, damaged);
        RunFailedException failure = await Should.ThrowAsync<RunFailedException>(shop.FireAsync());
        (await shop.StateAsync(Edition)).ShouldBe(EditionState.Failed);
        (await shop.Queries.LatestAsync(Workshop.Code, CancellationToken.None)).ShouldBeNull();
        failure.Message.ShouldContain(Edition);
        await File.WriteAllBytesAsync(archive, whole);

        await shop.FireAsync();

        (await shop.ContentAsync(Edition, 2)).Keys.ShouldBe(["CN1A.xml"]);
        (await shop.StateAsync(Edition)).ShouldBe(EditionState.Published);
        (await shop.Of<EditionStates>().ToRebuildAsync(null, CancellationToken.None)).ShouldBeEmpty();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_withdrawn_edition_that_is_delivered_again_waits_for_a_curator(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        shop.Deliver(Edition, ("CN1A.xml", "<a/>"));
        await shop.FireAsync();
        (await shop.Of<Withdrawals>().WithdrawAsync(Workshop.Code, Edition, null, Reason, CancellationToken.None)).ShouldNotBeNull().Releases.ShouldBe([Workshop.Release(Edition)]);
        (await shop.Of<Withdrawals>().WithdrawAsync(Workshop.Code, Edition, null, Reason, CancellationToken.None)).ShouldBeNull();
        await shop.FireAsync();
        (await shop.StateAsync(Edition)).ShouldBe(EditionState.Withdrawn);

        shop.Time.Advance(TimeSpan.FromHours(1));
        shop.Deliver(Edition, ("CN1A.xml", "<a/>"));
        await shop.FireAsync();

        Edition held = (await shop.Of<EditionStates>().FindAsync(Workshop.Code, Edition, CancellationToken.None)).ShouldNotBeNull();
        (held.State, held.Findings[0].Code).ShouldBe((EditionState.Held, "was-withdrawn"));
        held.Reason.ShouldNotBeNull().ShouldContain(Reason);
        (await shop.Queries.LatestAsync(Workshop.Code, CancellationToken.None)).ShouldBeNull();
        (await shop.Of<Holds>().ApproveAsync(shop.Dataset, Edition, CancellationToken.None)).ShouldNotBeNull().Manifest.Revision.ShouldBe(2);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_package_that_was_made_before_a_withdrawal_is_not_published_after_it(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        shop.Deliver("20251223", ("CN2A.xml", "<b/>"), ("CN3A.xml", "<c/>"));
        await shop.FireAsync();
        shop.Dataset = shop.Dataset with { Hold = new HoldRules(Missing: 0) };
        shop.Deliver(Edition, "CN,1,A,20251230\nCN,2,A,20251230\n", ("CN2A.xml", "<b/>"));
        shop.Time.Advance(TimeSpan.FromHours(1));
        shop.Deliver("20251223", "CN,9,A,20251223\n", ("CN2A.xml", "<b/>"), ("CN3A.xml", "<better/>"));
        await shop.FireAsync();
        (await shop.StateAsync(Edition)).ShouldBe(EditionState.Held);
        (await shop.StateAsync("20251223")).ShouldBe(EditionState.Held);

        await shop.Of<Withdrawals>().WithdrawDocumentAsync(shop.Dataset, "20251223", "CN2A", Reason, CancellationToken.None);

        await Should.ThrowAsync<WithdrawnMeanwhileException>(shop.Of<Holds>().ApproveAsync(shop.Dataset, Edition, CancellationToken.None));
        // The correction that was held is not forgotten for the sake of the withdrawal.
        shop.Dataset = shop.Dataset with { Hold = new HoldRules() };
        await shop.FireAsync();
        (await shop.ContentAsync("20251223", 2)).ShouldBe(new Dictionary<string, string> { ["CN3A.xml"] = "<c/>" });
        await shop.FireAsync();
        (await shop.ContentAsync("20251223", 3)).ShouldBe(new Dictionary<string, string> { ["CN3A.xml"] = "<better/>" });
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Where_the_document_was_all_there_was_the_edition_stays_withdrawn(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        shop.Deliver(Edition, ("CN1A.xml", "<a/>"));
        await shop.FireAsync();

        WithdrawalEffect effect = (await shop.Of<Withdrawals>().WithdrawDocumentAsync(shop.Dataset, Edition, "CN1A.xml", Reason, CancellationToken.None)).ShouldNotBeNull();
        await shop.FireAsync();

        effect.RebuiltFrom.ShouldBeNull();
        (await shop.StateAsync(Edition)).ShouldBe(EditionState.Withdrawn);
        (await shop.RunsAsync()).ShouldBe(1);
    }
}

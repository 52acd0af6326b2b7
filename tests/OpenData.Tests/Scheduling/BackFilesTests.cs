using Dapper;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;
using OpenData.Tests.Support;

namespace OpenData.Tests.Scheduling;

public sealed class BackFilesTests
{
    private static readonly TimeSpan Length = TimeSpan.FromHours(1); // so that none is renewed while a test moves the clock

    [Theory, OnSqlite, OnPostgres]
    public async Task History_is_packaged_in_the_order_of_its_days_and_only_what_was_asked_for(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        foreach (string edition in (string[])["20010102", "19991231", "20010109", "20150106", "irregular"])
        {
            shop.Deliver(edition, ($"CN{edition.Length}A.xml", $"<{edition[0]}/>"), ("b", "bb"));
        }
        BackFiles backFiles = shop.Of<BackFiles>();

        IReadOnlyList<BackEdition> plan = await backFiles.PlanAsync(shop.Dataset, new DateOnly(1999, 12, 31), new DateOnly(2001, 1, 9), CancellationToken.None);
        plan.Select(edition => (edition.Edition, edition.Files)).ShouldBe([("19991231", 2), ("20010102", 2), ("20010109", 2)]);
        (await shop.RunsAsync()).ShouldBe(0);
        foreach (BackEdition edition in plan)
        {
            (await backFiles.RunAsync(shop.Dataset, edition.Edition, new(), CancellationToken.None)).ShouldNotBeNull().State.ShouldBe(RunState.Published);
        }

        (await backFiles.RunAsync(shop.Dataset, "19991231", new(), CancellationToken.None)).ShouldBeNull();
        (await shop.ChangesAsync()).Select(change => change.Edition).ShouldBe(["19991231", "20010102", "20010109"]);
        (await shop.ManifestAsync("20010109")).Previous.ShouldBe("20010102");
        (await backFiles.PlanAsync(shop.Dataset, DateOnly.MinValue, DateOnly.MaxValue, CancellationToken.None)).Select(edition => edition.Edition).ShouldBe(["20150106", "irregular"]);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Todays_run_waits_for_one_edition_of_the_back_files_and_then_goes_first(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        SqlDatabase sql = shop.Of<SqlDatabase>();
        shop.Deliver("20260102", ("CN1A.xml", "<a/>"));
        Task<DatasetLease?> BackAsync() => DatasetLease.TryTakeAsync(sql, shop.Time, Length, Workshop.Code, yields: true, CancellationToken.None);
        DatasetLease? back = await BackAsync(); // an edition of the back files is being packaged, and it takes long
        back.ShouldNotBeNull();

        Task today = shop.FireAsync();
        for (int i = 0; i < 50; i++) // longer in all than anybody waits for a run that does not yield
        {
            DateTimeOffset before = await WantedUntilAsync(sql);
            await Eventually.TrueAsync(
                async () =>
                {
                    shop.Time.Advance(TimeSpan.FromMilliseconds(250));
                    return await WantedUntilAsync(sql) > before;
                },
                "today's run says again that it waits");
        }
        today.IsCompleted.ShouldBeFalse();
        await back.DisposeAsync();
        (await BackAsync()).ShouldBeNull();
        await Eventually.TrueAsync(
            () =>
            {
                shop.Time.Advance(TimeSpan.FromMilliseconds(250));
                return Task.FromResult(today.IsCompleted);
            },
            "today's edition is packaged");
        await today;

        (await shop.StateAsync("20260102")).ShouldBe(EditionState.Published);
        shop.Time.Advance(TimeSpan.FromSeconds(31));
        await using DatasetLease? next = await BackAsync();
        next.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("20240102 20240109 20240116", null, "20240102 20240109 20240116")]
    [InlineData("20010102 20240109 20240116 irregular", "2024-01-02", "20240109 20240116 20010102 irregular")]
    [InlineData("20010102 20240102", "2024-01-02", "20010102 20240102")]
    public void The_front_file_goes_before_history(string due, string? newest, string order) => EditionOrder
        .FrontFirst(due.Split(' '), newest is null ? null : DateOnly.Parse(newest, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(order.Split(' '));

    [Theory, OnSqlite, OnPostgres]
    public async Task A_firing_takes_todays_edition_before_history_and_judges_history_by_its_own_time(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        shop.Dataset = shop.Dataset with { Hold = new HoldRules(Documents: 0.5) };
        foreach (string edition in (string[])["20251202", "20251209", "20251216", "20251223"])
        {
            shop.Deliver(edition, [.. Enumerable.Range(1, 20).Select(i => ($"CN{i}A.xml", "<a/>"))]);
        }
        await shop.FireAsync();

        shop.Deliver("19990105", ("CN1A.xml", "<a/>"));
        shop.Deliver("20251230", [.. Enumerable.Range(1, 20).Select(i => ($"CN{i}A.xml", "<b/>"))]);
        shop.Deliver("20260102", ("CN1A.xml", "<a/>"));
        await shop.FireAsync();

        (await shop.ChangesAsync(4)).Select(change => change.Edition).ShouldBe(["20251230", "19990105"]);
        (await shop.StateAsync("20260102")).ShouldBe(EditionState.Held);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Packaging_again_compares_every_volume(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        shop.Dataset = shop.Dataset with { Package = shop.Dataset.Package with { VolumeBytes = 1 } };
        shop.Deliver("20251230", ("CN1A.xml", "<a/>"), ("CN2A.xml", "<b/>"), ("CN3A.xml", "<c/>"));
        await shop.FireAsync();
        PackageDataset pipeline = shop.Of<PackageDataset>();

        RunOutcome same = await pipeline.CompareAsync(shop.Dataset, "20251230", new(), CancellationToken.None);
        shop.Put("20251230", "CN3A.xml", "<d/>");
        RunOutcome other = await pipeline.CompareAsync(shop.Dataset, "20251230", new(), CancellationToken.None);

        (same.State, same.Reason).ShouldSatisfyAllConditions(
            outcome => outcome.State.ShouldBe(RunState.Unchanged),
            outcome => outcome.Reason.ShouldNotBeNull().ShouldContain("all 3 archives"));
        (other.State, other.Reason).ShouldSatisfyAllConditions(
            outcome => outcome.State.ShouldBe(RunState.Failed),
            outcome => outcome.Reason.ShouldNotBeNull().ShouldContain(Workshop.Release("20251230").ArchiveName(3)));
    }

    private static async Task<DateTimeOffset> WantedUntilAsync(SqlDatabase sql)
    {
        await using System.Data.Common.DbConnection connection = await sql.OpenAsync(CancellationToken.None);
        return await connection.QuerySingleAsync<DateTimeOffset>("SELECT wanted_until FROM dataset_leases");
    }
}

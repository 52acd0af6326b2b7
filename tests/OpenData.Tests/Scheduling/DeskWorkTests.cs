using Microsoft.Extensions.Logging.Abstractions;
using OpenData.Server.Audit;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;
using OpenData.Tests.Support;

namespace OpenData.Tests.Scheduling;

/// <summary>What curators see of runs and steer beside the schedule.</summary>
public sealed class DeskWorkTests
{
    private const string Edition = "20260102";

    [Theory, OnSqlite, OnPostgres]
    public async Task A_run_tells_its_steps_with_times_and_counts(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        shop.Deliver(Edition, ("CN1A.xml", "<a/>"), ("CN2A.xml", "<b/>"));
        await shop.FireAsync();

        Run run = (await History(shop).ListAsync(new RunFilter(Workshop.Code, Edition: Edition), null, 10, default)).ShouldHaveSingleItem();
        IReadOnlyList<RunStep> steps = await History(shop).StepsAsync(run.Id, default);
        steps.Select(step => step.Step).ShouldBe(["listed", "packed", "checked", "published"]);
        steps.Select(step => step.Number).ShouldBe([1, 2, 3, 4]);
        (steps[0].Entries, steps[0].Note).ShouldBe((0, "2 files, 8 B"));
        (steps[^1].Entries, steps[^1].Bytes).ShouldBe((2, 8));
        (await History(shop).ListAsync(new RunFilter(State: "published", From: shop.Time.GetUtcNow(), Until: shop.Time.GetUtcNow().AddSeconds(1)), null, 10, default)).Count.ShouldBe(1);
        (await History(shop).ListAsync(new RunFilter(Until: shop.Time.GetUtcNow()), null, 10, default)).ShouldBeEmpty();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_curator_ends_a_run_and_the_edition_is_packaged_at_the_next_look(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        shop.Deliver(Edition, ("CN1A.xml", "<a/>"));
        PackagingProgress progress = new();
        // The run stands still after its listing until it was told to end.
        progress.StepEnded = (step, _) =>
        {
            if (step == "listed")
            {
                EndAsync().Wait();
            }
        };
        await using (DatasetLease lease = await shop.Due.TakeLeaseAsync(Workshop.Code, default))
        {
            // On the pool's threads: the run's own are not those that this test blocks.
            RunOutcome outcome = await Task.Run(() => shop.Due.RunAsync(shop.Dataset, Edition, lease, progress, default));
            (outcome.State, outcome.Reason).ShouldBe((RunState.Cancelled, "A curator stopped it: the wrong delivery"));
        }
        Run run = (await History(shop).ListAsync(null, "cancelled", null, 10, default)).ShouldHaveSingleItem();
        run.Cancel.ShouldBe("the wrong delivery");
        (await shop.Of<EditionStates>().FindAsync(Workshop.Code, Edition, default)).ShouldNotBeNull().State.ShouldBe(EditionState.Failed);
        (await shop.ChangesAsync()).ShouldBeEmpty();

        await shop.FireAsync();
        (await shop.ChangesAsync()).ShouldHaveSingleItem();
        (await History(shop).CancelAsync(run.Id, "again", Nothing, default)).ShouldBeFalse("it is over");

        async Task EndAsync()
        {
            Run running = (await History(shop).ListAsync(null, "running", null, 10, default)).ShouldHaveSingleItem();
            (await History(shop).CancelAsync(running.Id, "the wrong delivery", Nothing, default)).ShouldBeTrue();
            await Eventually.TrueAsync(
                async () =>
                {
                    shop.Time.Advance(TimeSpan.FromSeconds(1));
                    return (await History(shop).StepsAsync(running.Id, default)).Any(step => step.Step == "ending");
                },
                "the run notices",
                TimeSpan.FromSeconds(60));
        }
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_paused_dataset_is_left_alone_until_it_is_resumed(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        AuditTrail trail = new(shop.Of<SqlDatabase>(), shop.Time);
        SchedulePauses pauses = shop.Of<SchedulePauses>();
        AuditAct act = new("account:1", "dataset.pause", Workshop.Code);
        (await pauses.PauseAsync(Workshop.Code, "account:1", "the office moves house", trail.Of(act), default)).ShouldBeTrue();
        (await pauses.PauseAsync(Workshop.Code, "account:2", "again", trail.Of(act), default)).ShouldBeFalse();
        (await trail.PageAsync(new AuditFilter(), null, 10, default)).ShouldHaveSingleItem("what changed nothing leaves no line");
        shop.Deliver(Edition, ("CN1A.xml", "<a/>"));
        await shop.FireAsync();
        (await shop.RunsAsync()).ShouldBe(0);
        (await pauses.ListAsync(default))[Workshop.Code].Reason.ShouldBe("the office moves house");

        (await pauses.ResumeAsync(Workshop.Code, trail.Of(act), default)).ShouldBeTrue();
        await shop.FireAsync();
        (await shop.ChangesAsync()).ShouldHaveSingleItem();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_held_edition_is_put_off_rejected_and_taken_up_again(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        EditionStates editions = shop.Of<EditionStates>();
        Holds holds = shop.Of<Holds>();
        DateOnly today = DateOnly.FromDateTime(shop.Time.GetUtcNow().UtcDateTime);
        shop.Deliver(Edition, ("evil\\CN1A.xml", "<a/>"));
        await shop.FireAsync();
        (await holds.WaitAsync(Workshop.Code, Edition, today.AddDays(3), "the office was asked", null, default)).ShouldBeTrue();
        Edition held = (await editions.FindAsync(Workshop.Code, Edition, default)).ShouldNotBeNull();
        (held.Waits(today), held.Waits(today.AddDays(3)), held.WaitReason).ShouldBe((true, false, "the office was asked"));

        // A new delivery ends the wait.
        shop.Time.Advance(TimeSpan.FromHours(1));
        shop.Deliver(Edition, ("evil\\CN1A.xml", "<b/>"));
        await shop.FireAsync();
        held = (await editions.FindAsync(Workshop.Code, Edition, default)).ShouldNotBeNull();
        (held.State, held.WaitUntil, held.WaitReason).ShouldBe((EditionState.Held, null, null));

        (await holds.RejectAsync(Workshop.Code, Edition, "no", default)).ShouldBeTrue();
        await shop.FireAsync();
        (await shop.RunsAsync()).ShouldBe(2, "what was rejected stays so");
        (await editions.TakeUpAgainAsync(Workshop.Code, Edition, Nothing, default)).ShouldBeTrue();
        await shop.FireAsync();
        (await shop.RunsAsync()).ShouldBe(3);
        (await editions.OpenCountsAsync(default))[EditionState.Held].ShouldBe(1);
        shop.Deliver("20260109", ("CN2A.xml", "<a/>"));
        await shop.FireAsync();
        (await editions.TakeUpAgainAsync(Workshop.Code, "20260109", Nothing, default)).ShouldBeFalse("it is published");
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Ordered_back_files_are_packaged_by_one_worker_and_another_goes_on_where_it_died(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        foreach (string edition in (string[])["20010102", "20010109", "20150106"])
        {
            shop.Deliver(edition, ("CN1A.xml", $"<{edition[^1]}x/>".Replace("<", "<a", StringComparison.Ordinal)));
        }
        BackFileOrders orders = shop.Of<BackFileOrders>();
        string id = (await orders.AddAsync(Workshop.Code, new DateOnly(2001, 1, 1), new DateOnly(2001, 12, 31), "account:1", Nothing, default)).ShouldNotBeNull();
        (await orders.AddAsync(Workshop.Code, new DateOnly(2015, 1, 1), new DateOnly(2015, 12, 31), "account:1", Nothing, default)).ShouldBeNull("one at a time");

        // A worker takes it and dies.
        (await orders.TakeAsync(default)).ShouldNotBeNull().Id.ShouldBe(id);
        (await orders.TakeAsync(default)).ShouldBeNull();
        shop.Time.Advance(BackFileOrders.Hold + TimeSpan.FromSeconds(1));

        using BackFileWorker worker = new(orders, shop.Of<BackFiles>(), shop.Of<ICurrentCatalog>(), shop.Time, NullLogger<BackFileWorker>.Instance);
        await worker.StartAsync(default);
        await Eventually.TrueAsync(
            async () =>
            {
                shop.Time.Advance(TimeSpan.FromSeconds(1));
                return (await orders.ListAsync(10, default))[0].State == "done";
            },
            "the order is done",
            TimeSpan.FromSeconds(60));
        await worker.StopAsync(default);

        BackFileOrder done = (await orders.ListAsync(10, default)).ShouldHaveSingleItem();
        (done.Editions, done.DoneEditions, done.Failed, done.IsOpen).ShouldBe((2, 2, 0, false));
        (await shop.ChangesAsync()).Select(change => change.Edition).ShouldBe(["20010102", "20010109"]);
        (await orders.CancelAsync(id, Nothing, default)).ShouldBeFalse();
        string next = (await orders.AddAsync(Workshop.Code, new DateOnly(2015, 1, 1), new DateOnly(2015, 12, 31), "account:1", Nothing, default)).ShouldNotBeNull();
        (await orders.CancelAsync(next, Nothing, default)).ShouldBeTrue();
        (await orders.TakeAsync(default)).ShouldBeNull();
    }

    private static RunHistory History(Workshop shop) => shop.Of<RunHistory>();

    private static Task Nothing(System.Data.Common.DbTransaction transaction) => Task.CompletedTask;
}

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
        Chinese(steps[0].Outcome).ShouldBe("2 个文件，8 B");
        Chinese(steps[1].Outcome).ShouldBe($"1 个压缩包，{steps[1].Note!.Split(", ")[1]}，2 篇文献");
        Chinese(steps[2].Outcome).ShouldBe("需审核的问题 0 项，错误 0 项，警告 0 项");
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
        Chinese(run.Why).ShouldBe("数据管理员已终止任务：the wrong delivery");
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
    public async Task Why_runs_ended_as_they_did_is_kept_for_readers_of_either_language_and_old_reasons_stay_as_they_are(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        EditionStates editions = shop.Of<EditionStates>();

        // Held for a name and what it is, rejected, and taken up again.
        shop.Deliver(Edition, ("evil\\CN1A.xml", "<a/>"), ("CN3A.xml", "<a/>"));
        await shop.FireAsync();
        const string Refused = "文件名“evil\\CN1A.xml”不予接收：名称含反斜杠，部分解压程序会将其当作文件夹分隔符。";
        Run held = await LastAsync(Edition);
        (held.State, Chinese(held.Why)).ShouldBe(("held", Refused));
        held.Reason.ShouldBe("The name 'evil\\CN1A.xml' is refused: the name has a backslash, which some readers take for a folder separator.");
        (await History(shop).StepsAsync(held.Id, default))[^1].Note.ShouldBe(held.Reason);
        Chinese((await editions.FindAsync(Workshop.Code, Edition, default))!.Why).ShouldBe(Refused);
        const string Typed = "[\"stopped\"]"; // nobody may speak in the program's name
        (await shop.Of<Holds>().RejectAsync(Workshop.Code, Edition, Typed, default)).ShouldBeTrue();
        (await editions.FindAsync(Workshop.Code, Edition, default)).ShouldNotBeNull().Why.ShouldBe((Words)Typed);
        (await editions.TakeUpAgainAsync(Workshop.Code, Edition, Nothing, default)).ShouldBeTrue();
        Chinese((await editions.FindAsync(Workshop.Code, Edition, default))!.Why).ShouldBe("数据管理员要求重新加工。");
        (await shop.Of<Holds>().RejectAsync(Workshop.Code, Edition, "no", default)).ShouldBeFalse("it is not held");

        // Failed: it was not delivered, as both the run and the edition say.
        shop.Time.Advance(TimeSpan.FromMinutes(1)); // runs are in the order of their times
        Directory.Delete(shop.FolderOf(Edition), recursive: true);
        await using (DatasetLease lease = await shop.Due.TakeLeaseAsync(Workshop.Code, default))
        {
            RunOutcome outcome = await shop.Due.RunAsync(shop.Dataset, Edition, lease, new PackagingProgress(), default);
            (outcome.State, outcome.Reason).ShouldBe((RunState.Failed, outcome.Failure!.Message));
        }
        string missing = $"{Workshop.Code}/{Edition} 尚未到达：交付中没有带标记文件“READY”的文件夹“CN/{Workshop.Code}/{Edition}”。";
        Chinese((await LastAsync(Edition)).Why).ShouldBe(missing);
        Chinese((await editions.FindAsync(Workshop.Code, Edition, default))!.Why).ShouldBe(missing);

        // Left by a process that died, and of the same delivery as before.
        const string Next = "20260109";
        shop.Deliver(Next, ("CN2A.xml", "<a/>"));
        await History(shop).BeginAsync(Workshop.Code, Next, default);
        shop.Time.Advance(TimeSpan.FromMinutes(1));
        await shop.FireAsync();
        Run[] runs = [.. await History(shop).ListAsync(new RunFilter(Workshop.Code, Edition: Next), null, 10, default)];
        runs.Select(run => (run.State, run.Reason)).ShouldBe([("published", null), ("abandoned", "the process ended before the run did")]);
        Chinese(runs[1].Why).ShouldBe("任务尚未结束，加工进程即已终止");
        shop.Time.Advance(TimeSpan.FromHours(1));
        shop.Deliver(Next, ("CN2A.xml", "<a/>"));
        await shop.FireAsync();
        Run same = await LastAsync(Next);
        (same.State, same.Reason, Chinese(same.Why)).ShouldBe(
            ("unchanged", $"the delivery is the one that is published as {Workshop.Release(Next)}.", $"此次交付与已发布的 {Workshop.Release(Next)} 相同。"));

        // As it was stored before there were sentences.
        await using (System.Data.Common.DbConnection connection = await shop.Of<SqlDatabase>().OpenAsync(default))
        {
            await Dapper.SqlMapper.ExecuteAsync(connection, "UPDATE runs SET reason = 'The disk is full.'");
            await Dapper.SqlMapper.ExecuteAsync(connection, "UPDATE editions SET reason = 'The disk is full.'");
            await Dapper.SqlMapper.ExecuteAsync(connection, "UPDATE run_steps SET note = '2 files, 8 B'");
        }
        (await LastAsync(Next)).Why.ShouldBe((Words)"The disk is full.");
        (await editions.FindAsync(Workshop.Code, Next, default)).ShouldNotBeNull().Reason.ShouldBe("The disk is full.");
        (await History(shop).StepsAsync(same.Id, default))[0].Outcome.ShouldBe((Words)"2 files, 8 B");

        async Task<Run> LastAsync(string edition) => (await History(shop).ListAsync(new RunFilter(Workshop.Code, Edition: edition), null, 1, default)).ShouldHaveSingleItem();
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

    private static string? Chinese(Words? words) => words?.Sentence?.Say(inChinese: true);

    private static RunHistory History(Workshop shop) => shop.Of<RunHistory>();

    private static Task Nothing(System.Data.Common.DbTransaction transaction) => Task.CompletedTask;
}

using OpenData.Server.Audit;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Reading;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Desk;

/// <summary><c>/admin/runs</c>: what was packaged when, how far and how it ended; ending a run, and taking editions up again, one or many.</summary>
internal static class RunPages
{
    private const int PageSize = 50;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("", async (HttpContext http, RunHistory runs, ICurrentCatalog catalog, CancellationToken stop) =>
            SitePage.Of<RunsPage>(http, await ListAsync(http, runs, catalog, PageSize, stop)));
        pages.MapGet("/bulk", async (HttpContext http, RunHistory runs, EditionStates editions, ICurrentCatalog catalog, CancellationToken stop) =>
            SitePage.Of<BulkPage>(http, await BulkAsync(http, runs, editions, catalog, http.Request.Word("act", "again", "cancel") ?? "again", null, null, stop)));
        pages.MapPost("/bulk", ActOnManyAsync).RequireOwnForm();
        pages.MapGet("/{id}", async (string id, HttpContext http, RunHistory runs, EditionStates editions, SchedulePauses pauses, ICurrentCatalog catalog, CancellationToken stop) =>
            await ShowAsync(id, http, runs, editions, pauses, catalog, Notice(http.Request), StatusCodes.Status200OK, stop));
        pages.MapGet("/{id}/live", (string id, HttpContext http, RunHistory runs, EditionStates editions, SchedulePauses pauses, ICurrentCatalog catalog) =>
            LivePart<RunPart>.SendAsync(http, async stop => await ViewAsync(id, runs, editions, pauses, catalog, null, stop), TimeSpan.FromSeconds(1)));
        pages.MapPost("/{id}/cancel", CancelAsync).RequireOwnForm();
        pages.MapPost("/{id}/again", AgainAsync).RequireOwnForm();
    }

    private static async Task<RunsView> ListAsync(HttpContext http, RunHistory runs, ICurrentCatalog catalog, int size, CancellationToken stop)
    {
        HttpRequest request = http.Request;
        (DateOnly? from, DateOnly? to) = (request.Day("from"), request.Day("to"));
        RunFilter filter = new(request.Text("dataset"), request.Word("state", RunsView.States), DeskQuery.Begin(from), DeskQuery.End(to), request.Text("edition"));
        IReadOnlyList<Run> page = await runs.ListAsync(filter, request.Text("after"), size + 1, stop);
        return new RunsView(
            filter,
            from,
            to,
            [.. page.Take(size)],
            page.Count > size ? request.With(("after", page[size - 1].Id)) : null,
            [.. catalog.Current.Datasets.Keys.Order(StringComparer.Ordinal)],
            Notice(request));
    }

    private static async Task<RunView?> ViewAsync(
        string id, RunHistory runs, EditionStates editions, SchedulePauses pauses, ICurrentCatalog catalog, string? notice, CancellationToken stop) =>
        await runs.FindAsync(id, stop) is not { } run
            ? null
            : new RunView(
                run,
                await runs.StepsAsync(id, stop),
                await editions.FindAsync(run.Dataset, run.Edition, stop),
                catalog.Current.Datasets.GetValueOrDefault(run.Dataset),
                [.. (await runs.ListAsync(new RunFilter(run.Dataset, Edition: run.Edition), null, 20, stop)).Where(other => other.Id != id)],
                await pauses.IsPausedAsync(run.Dataset, stop),
                notice);

    private static async Task<IResult> ShowAsync(
        string id, HttpContext http, RunHistory runs, EditionStates editions, SchedulePauses pauses, ICurrentCatalog catalog, string? notice, int status, CancellationToken stop)
    {
        Reader reader = http.Reader();
        return await ViewAsync(id, runs, editions, pauses, catalog, notice, stop) is { } view
            ? SitePage.Of<RunPage>(http, view, status)
            : SitePage.Of<ErrorPage>(http, new ErrorModel(404, reader["Run.Unknown"], "/admin/runs", reader["Desk.Runs"]), StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> CancelAsync(
        string id, HttpContext http, RunHistory runs, EditionStates editions, SchedulePauses pauses, ICurrentCatalog catalog, AuditTrail audit, CancellationToken stop)
    {
        if (DeskQuery.Reason(http.Request.FormText("reason")) is not { } reason)
        {
            return await ShowAsync(id, http, runs, editions, pauses, catalog, "Hold.ReasonNeeded", StatusCodes.Status422UnprocessableEntity, stop);
        }
        return await runs.FindAsync(id, stop) is { } run && await runs.CancelAsync(id, reason, audit.Of(http.Act("run.cancel", $"{run.Dataset}/{run.Edition}", reason, "running", "cancelled")), stop)
            ? SeeOther.To($"/admin/runs/{id}?notice=cancelled")
            : await ShowAsync(id, http, runs, editions, pauses, catalog, "Run.NotRunning", StatusCodes.Status409Conflict, stop);
    }

    private static async Task<IResult> AgainAsync(
        string id, HttpContext http, RunHistory runs, EditionStates editions, SchedulePauses pauses, ICurrentCatalog catalog, RunNow runNow, AuditTrail audit, CancellationToken stop)
    {
        if (await runs.FindAsync(id, stop) is not { } run || !await TakeUpAsync(http, run, editions, audit, stop))
        {
            return await ShowAsync(id, http, runs, editions, pauses, catalog, "Run.NotAgain", StatusCodes.Status409Conflict, stop);
        }
        await runNow.AskAsync(run.Dataset, stop);
        return SeeOther.To($"/admin/runs?dataset={run.Dataset}&edition={Uri.EscapeDataString(run.Edition)}&notice=again");
    }

    private static async Task<IResult> ActOnManyAsync(
        HttpContext http, RunHistory runs, EditionStates editions, ICurrentCatalog catalog, RunNow runNow, AuditTrail audit, CancellationToken stop)
    {
        string act = http.Request.FormText("act") == "cancel" ? "cancel" : "again";
        string typed = http.Request.FormText("reason");
        string? reason = DeskQuery.Reason(typed);
        BulkView view = await BulkAsync(http, runs, editions, catalog, act, null, typed, stop);
        // Only what was shown is done: a run that came meanwhile is not among it.
        HashSet<string> shown = [.. http.Request.FormText("runs").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        Run[] affected = [.. view.Affected.Where(run => shown.Contains(run.Id[^12..]))];
        if (reason is null || affected.Length == 0)
        {
            return SitePage.Of<BulkPage>(http, view with { Fault = reason is null ? "Hold.ReasonNeeded" : "Bulk.NothingLeft" }, StatusCodes.Status422UnprocessableEntity);
        }
        foreach (Run run in affected)
        {
            _ = act == "cancel"
                ? await runs.CancelAsync(run.Id, reason, audit.Of(http.Act("run.cancel", $"{run.Dataset}/{run.Edition}", reason, "running", "cancelled")), stop)
                : await TakeUpAsync(http, run, editions, audit, stop, reason);
        }
        foreach (string dataset in act == "again" ? affected.Select(run => run.Dataset).Distinct(StringComparer.Ordinal) : [])
        {
            await runNow.AskAsync(dataset, stop);
        }
        return SeeOther.To($"/admin/runs?notice={(act == "cancel" ? "cancelled-many" : "again")}");
    }

    private static Task<bool> TakeUpAsync(HttpContext http, Run run, EditionStates editions, AuditTrail audit, CancellationToken stop, string? reason = null) =>
        editions.TakeUpAgainAsync(run.Dataset, run.Edition, audit.Of(http.Act("edition.again", $"{run.Dataset}/{run.Edition}", reason)), stop);

    /// <summary>What would be done to which runs: to the running ones, or once to each edition that can be taken up again.</summary>
    private static async Task<BulkView> BulkAsync(
        HttpContext http, RunHistory runs, EditionStates editions, ICurrentCatalog catalog, string act, string? fault, string? reason, CancellationToken stop)
    {
        RunsView list = await ListAsync(http, runs, catalog, BulkView.Most, stop);
        List<Run> affected = [];
        foreach (Run run in act == "cancel" ? list.Runs.Where(run => run is { State: "running", Cancel: null }) : list.Runs.DistinctBy(run => (run.Dataset, run.Edition)))
        {
            if (act == "cancel" || (await editions.FindAsync(run.Dataset, run.Edition, stop))?.State is EditionState.Failed or EditionState.Rejected or EditionState.Held)
            {
                affected.Add(run);
            }
            if (affected.Count == 200)
            {
                break; // as many as one looks through; the rest at the next time
            }
        }
        return new BulkView(act, list, affected, fault, reason);
    }

    private static string? Notice(HttpRequest request) => request.Word("notice", "cancelled", "again", "cancelled-many") switch
    {
        "cancelled" => "Run.CancelledDone",
        "again" => "Run.AgainDone",
        "cancelled-many" => "Run.CancelledManyDone",
        _ => null,
    };
}

using Microsoft.AspNetCore.Http.HttpResults;
using OpenData.Format;
using OpenData.Server.Audit;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Api;
using OpenData.Server.Scheduling;
using OpenData.Server.Web.Desk;

namespace OpenData.Server.Web.Admin;

/// <content>Datasets that pause.</content>
public static partial class AdminApi
{
    private static void MapSchedule(RouteGroupBuilder admin)
    {
        admin.MapGet("/pauses", PausesAsync).WithSummary("Datasets that the schedule leaves alone, since when, by whom and why");
        admin.MapPost("/datasets/{dataset}/pause", PauseAsync).WithSummary("Pauses a dataset: nothing of it is packaged until it is resumed; the run that is under way goes on to its end");
        admin.MapPost("/datasets/{dataset}/resume", ResumeAsync).WithSummary("Lets a dataset go on, and looks for what fell due meanwhile");
    }

    private static async Task<Ok<Page<SchedulePause>>> PausesAsync(SchedulePauses pauses, CancellationToken stop) =>
        TypedResults.Ok(new Page<SchedulePause>([.. (await pauses.ListAsync(stop)).Values.OrderBy(pause => pause.Dataset, StringComparer.Ordinal)], null));

    private static async Task<Results<NoContent, Problems>> PauseAsync(
        string dataset, Decision decision, HttpContext http, ICurrentCatalog catalog, SchedulePauses pauses, AuditTrail audit, ILogger<SchedulePauses> log, CancellationToken stop)
    {
        if (!catalog.Current.Datasets.ContainsKey(dataset))
        {
            return DatasetsApi.UnknownDataset;
        }
        if (decision.Fault() is { } fault)
        {
            return fault;
        }
        AuditAct act = http.Act("dataset.pause", dataset, decision.Reason, "scheduled", "paused");
        if (!await pauses.PauseAsync(dataset, act.Actor, decision.Reason!, audit.Of(act), stop))
        {
            return Problems.Conflict($"{dataset} is paused already. See /api/v1/admin/pauses.");
        }
        LogDecision(log, http.CallerName(), "paused", dataset, decision.Reason!);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, Problems>> ResumeAsync(
        string dataset, HttpContext http, SchedulePauses pauses, RunNow runNow, AuditTrail audit, ILogger<SchedulePauses> log, CancellationToken stop)
    {
        if (!await pauses.ResumeAsync(dataset, audit.Of(http.Act("dataset.resume", dataset, before: "paused", after: "scheduled")), stop))
        {
            return Problems.NotFound($"No dataset '{(dataset.Length > 64 ? dataset[..64] + "…" : dataset)}' is paused. See /api/v1/admin/pauses.");
        }
        await runNow.AskAsync(dataset, stop);
        LogDecision(log, http.CallerName(), "resumed", dataset, "by hand");
        return TypedResults.NoContent();
    }
}

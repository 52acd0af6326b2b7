using Microsoft.AspNetCore.Http.HttpResults;
using OpenData.Server.Accounts;
using OpenData.Server.Audit;
using OpenData.Server.Gateway;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;
using OpenData.Server.Web.Desk;

namespace OpenData.Server.Web.Admin;

/// <content>Single runs: looked at, ended, taken up again.</content>
public static partial class AdminApi
{
    private static void MapRuns(RouteGroupBuilder admin)
    {
        admin.MapGet("/runs/{id}", RunDetailAsync).WithSummary("One run with its steps");
        admin.MapPost("/runs/{id}/cancel", CancelRunAsync).WithSummary("Ends a run that is under way: its worker stops within seconds, and nothing of it is published");
        admin.MapPost("/runs/{id}/again", RunAgainAsync).WithSummary("Packages the run's edition again; only one that failed, was rejected or is held");
    }

    private static async Task<Results<Ok<RunDetail>, Problems>> RunDetailAsync(string id, RunHistory runs, CancellationToken stop) =>
        await runs.FindAsync(id, stop) is { } run ? TypedResults.Ok(new RunDetail(run, await runs.StepsAsync(id, stop))) : UnknownRun(id);

    private static async Task<Results<Accepted, Problems>> CancelRunAsync(
        string id, Decision decision, HttpContext http, RunHistory runs, AuditTrail audit, ILogger<RunHistory> log, CancellationToken stop)
    {
        if (decision.Fault() is { } fault)
        {
            return fault;
        }
        if (await runs.FindAsync(id, stop) is not { } run)
        {
            return UnknownRun(id);
        }
        if (!await runs.CancelAsync(id, decision.Reason!, audit.Of(http.Act("run.cancel", $"{run.Dataset}/{run.Edition}", decision.Reason, "running", "cancelled")), stop))
        {
            return Problems.Conflict($"The run {id} is over: {run.State}.");
        }
        LogDecision(log, http.CallerName(), "ended the run of", $"{run.Dataset}/{run.Edition}", decision.Reason!);
        return TypedResults.Accepted($"/api/v1/admin/runs/{id}");
    }

    private static async Task<Results<Accepted, Problems>> RunAgainAsync(
        string id, HttpContext http, RunHistory runs, EditionStates editions, RunNow runNow, AuditTrail audit, ILogger<RunHistory> log, CancellationToken stop)
    {
        if (await runs.FindAsync(id, stop) is not { } run)
        {
            return UnknownRun(id);
        }
        if (!await editions.TakeUpAgainAsync(run.Dataset, run.Edition, audit.Of(http.Act("edition.again", $"{run.Dataset}/{run.Edition}")), stop))
        {
            return Problems.Conflict($"{run.Dataset}/{run.Edition} cannot be taken up again: only what failed, was rejected or is held can.");
        }
        await runNow.AskAsync(run.Dataset, stop);
        LogDecision(log, http.CallerName(), "took up again", $"{run.Dataset}/{run.Edition}", "by hand");
        return TypedResults.Accepted($"/api/v1/admin/runs?dataset={run.Dataset}");
    }

    private static Problems UnknownRun(string id) => Problems.NotFound($"There is no run '{(id.Length > 64 ? id[..64] + "…" : id)}'. See /api/v1/admin/runs.");

    /// <summary>Who calls, as the log names people.</summary>
    private static string CallerName(this HttpContext http) => http.CallerOf().Account!.Name;
}

/// <param name="Run">The run.</param>
/// <param name="Steps">What it did, in order.</param>
public sealed record RunDetail(Run Run, IReadOnlyList<RunStep> Steps);

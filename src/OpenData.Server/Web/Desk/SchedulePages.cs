using OpenData.Server.Audit;
using OpenData.Server.Catalog;
using OpenData.Server.Scheduling;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Desk;

/// <summary><c>/admin/schedule</c>: when each dataset is looked at, its last run, and what pauses.</summary>
internal static class SchedulePages
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("", async (HttpContext http, ScheduleOverview overview, CancellationToken stop) =>
            SitePage.Of<SchedulePage>(http, await overview.ViewAsync(http.Request.Word("state", "paused") is not null, Notice(http.Request), stop)));
        pages.MapPost("/{dataset}/run", RunAsync).RequireOwnForm();
        pages.MapPost("/{dataset}/pause", PauseAsync).RequireOwnForm();
        pages.MapPost("/{dataset}/resume", ResumeAsync).RequireOwnForm();
    }

    private static async Task<IResult> RunAsync(string dataset, HttpContext http, ICurrentCatalog catalog, RunNow runNow, SchedulePauses pauses, AuditTrail audit, CancellationToken stop)
    {
        if (!catalog.Current.Datasets.ContainsKey(dataset))
        {
            return TypedResults.NotFound();
        }
        if (await pauses.IsPausedAsync(dataset, stop))
        {
            return SeeOther.To($"/admin/schedule?notice=is-paused#{dataset}");
        }
        await runNow.AskAsync(dataset, stop);
        await audit.AddAsync(http.Act("dataset.run", dataset), stop);
        return SeeOther.To($"/admin/schedule?notice=asked#{dataset}");
    }

    private static async Task<IResult> PauseAsync(
        string dataset, HttpContext http, ICurrentCatalog catalog, ScheduleOverview overview, SchedulePauses pauses, AuditTrail audit, CancellationToken stop)
    {
        if (!catalog.Current.Datasets.ContainsKey(dataset))
        {
            return TypedResults.NotFound();
        }
        if (DeskQuery.Reason(http.Request.FormText("reason")) is not { } reason)
        {
            return SitePage.Of<SchedulePage>(http, await overview.ViewAsync(false, "Hold.ReasonNeeded", stop), StatusCodes.Status422UnprocessableEntity);
        }
        AuditAct act = http.Act("dataset.pause", dataset, reason, "scheduled", "paused");
        await pauses.PauseAsync(dataset, act.Actor, reason, audit.Of(act), stop);
        return SeeOther.To($"/admin/schedule?notice=paused#{dataset}");
    }

    private static async Task<IResult> ResumeAsync(string dataset, HttpContext http, SchedulePauses pauses, RunNow runNow, AuditTrail audit, CancellationToken stop)
    {
        if (await pauses.ResumeAsync(dataset, audit.Of(http.Act("dataset.resume", dataset, before: "paused", after: "scheduled")), stop))
        {
            await runNow.AskAsync(dataset, stop); // what fell due meanwhile
        }
        return SeeOther.To("/admin/schedule?notice=resumed");
    }

    private static string? Notice(HttpRequest request) => request.Word("notice", "asked", "paused", "resumed", "is-paused") switch
    {
        "asked" => "Schedule.AskedDone",
        "paused" => "Schedule.PausedDone",
        "resumed" => "Schedule.ResumedDone",
        "is-paused" => "Run.PausedText",
        _ => null,
    };
}

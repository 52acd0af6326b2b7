using OpenData.Server.Audit;
using OpenData.Server.Catalog;
using OpenData.Server.Scheduling;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Desk;

/// <summary><c>/admin/back-files</c>: history of a dataset by the days of its editions; what would be packaged first, then the order.</summary>
internal static class BackFilePages
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("", async (HttpContext http, BackFileOrders orders, BackFiles backFiles, ICurrentCatalog catalog, CancellationToken stop) =>
            await ShowAsync(http, orders, backFiles, catalog, Notice(http.Request), StatusCodes.Status200OK, stop));
        pages.MapPost("", OrderAsync).RequireOwnForm();
        pages.MapPost("/{id}/cancel", async (string id, HttpContext http, BackFileOrders orders, AuditTrail audit, CancellationToken stop) =>
            SeeOther.To($"/admin/back-files?notice={(await orders.CancelAsync(id, audit.Of(http.Act("back-files.cancel", id)), stop) ? "cancelled" : "over")}")).RequireOwnForm();
    }

    private static async Task<IResult> ShowAsync(
        HttpContext http, BackFileOrders orders, BackFiles backFiles, ICurrentCatalog catalog, string? notice, int status, CancellationToken stop)
    {
        HttpRequest request = http.Request;
        (string? code, DateOnly? from, DateOnly? to) = (request.Text("dataset"), request.Day("from"), request.Day("to"));
        IReadOnlyList<BackEdition>? plan = null;
        string? obstacle = null;
        if (code is not null && catalog.Current.Datasets.TryGetValue(code, out Dataset? dataset) && from is { } first && to is { } last)
        {
            if (first > last)
            {
                obstacle = "BackFiles.DaysTurned";
            }
            else
            {
                try
                {
                    plan = await backFiles.PlanAsync(dataset, first, last, stop);
                }
                catch (IOException)
                {
                    obstacle = "BackFiles.Unseen"; // a gateway without the deliveries: the worker sees them
                }
            }
        }
        else if (code is not null)
        {
            obstacle = "BackFiles.Incomplete";
        }
        return SitePage.Of<BackFilesPage>(
            http,
            new BackFilesView([.. catalog.Current.Datasets.Keys.Order(StringComparer.Ordinal)], code, from, to, plan, obstacle, await orders.ListAsync(50, stop), notice),
            status);
    }

    private static async Task<IResult> OrderAsync(HttpContext http, BackFileOrders orders, BackFiles backFiles, ICurrentCatalog catalog, AuditTrail audit, CancellationToken stop)
    {
        HttpRequest request = http.Request;
        string code = request.FormText("dataset");
        if (!catalog.Current.Datasets.ContainsKey(code) || DeskQuery.DayOf(request.FormText("from")) is not { } first || DeskQuery.DayOf(request.FormText("to")) is not { } last || first > last)
        {
            return await ShowAsync(http, orders, backFiles, catalog, "BackFiles.Incomplete", StatusCodes.Status422UnprocessableEntity, stop);
        }
        AuditAct act = http.Act("back-files.order", code, after: $"{DeskQuery.Field(first)}/{DeskQuery.Field(last)}");
        return await orders.AddAsync(code, first, last, act.Actor, audit.Of(act), stop) is null
            ? await ShowAsync(http, orders, backFiles, catalog, "BackFiles.RunsAlready", StatusCodes.Status409Conflict, stop)
            : SeeOther.To("/admin/back-files?notice=ordered");
    }

    private static string? Notice(HttpRequest request) => request.Word("notice", "ordered", "cancelled", "over") switch
    {
        "ordered" => "BackFiles.OrderedDone",
        "cancelled" => "BackFiles.CancelledDone",
        "over" => "BackFiles.Over",
        _ => null,
    };
}

/// <summary>The page of back files.</summary>
/// <param name="Datasets">All codes.</param>
/// <param name="Dataset">The one that is asked for.</param>
/// <param name="From">The first day.</param>
/// <param name="To">The last day.</param>
/// <param name="Plan">What would be packaged, in the order of the days; null where nothing is asked for, or it cannot be told.</param>
/// <param name="Obstacle">Why it cannot be told: the name of a text, or null.</param>
/// <param name="Orders">What was ordered, the newest first.</param>
/// <param name="Notice">What was just done, or why not: the name of a text, or null.</param>
public sealed record BackFilesView(
    IReadOnlyList<string> Datasets, string? Dataset, DateOnly? From, DateOnly? To, IReadOnlyList<BackEdition>? Plan, string? Obstacle, IReadOnlyList<BackFileOrder> Orders, string? Notice);

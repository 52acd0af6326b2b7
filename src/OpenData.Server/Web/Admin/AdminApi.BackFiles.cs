using Microsoft.AspNetCore.Http.HttpResults;
using OpenData.Format;
using OpenData.Server.Audit;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway;
using OpenData.Server.Scheduling;
using OpenData.Server.Web.Desk;

namespace OpenData.Server.Web.Admin;

/// <content>Back files: history of a dataset by the days of its editions.</content>
public static partial class AdminApi
{
    private const int OrdersListed = 200;

    private static void MapBackFiles(RouteGroupBuilder admin)
    {
        admin.MapGet("/back-files", OrdersAsync).WithSummary("Orders for back files and how far they are, the newest first");
        admin.MapPost("/back-files", OrderAsync).WithSummary("Orders the editions of a stretch of days; with dryRun only says which would be packaged");
        admin.MapPost("/back-files/{id}/cancel", CancelOrderAsync).WithSummary("Ends an order after the edition that it is at");
    }

    private static async Task<Ok<Page<BackFileOrder>>> OrdersAsync(BackFileOrders orders, CancellationToken stop) =>
        TypedResults.Ok(new Page<BackFileOrder>(await orders.ListAsync(OrdersListed, stop), null));

    private static async Task<Results<Ok<BackFilePlan>, Created<BackFilePlan>, Problems>> OrderAsync(
        BackFileRequest request, HttpContext http, ICurrentCatalog catalog, BackFiles backFiles, BackFileOrders orders, AuditTrail audit, ILogger<BackFileOrders> log, CancellationToken stop)
    {
        if (request.Dataset is not { } code || !catalog.Current.Datasets.TryGetValue(code, out Dataset? dataset))
        {
            return Problems.BadParameter("dataset", request.Dataset, "the code of a dataset; see /api/v1/datasets");
        }
        if (DeskQuery.DayOf(request.From) is not { } first)
        {
            return Problems.BadParameter("from", request.From, "a day such as 2024-01-02");
        }
        if (DeskQuery.DayOf(request.To) is not { } last || last < first)
        {
            return Problems.BadParameter("to", request.To, "a day such as 2024-01-31, not before 'from'");
        }
        if (request.DryRun)
        {
            try
            {
                return TypedResults.Ok(new BackFilePlan(null, [.. (await backFiles.PlanAsync(dataset, first, last, stop)).Select(BackFileEdition.Of)]));
            }
            catch (IOException)
            {
                return Problems.Unavailable("This gateway does not see the deliveries; only workers do. Order without dryRun, or ask a node that is a worker too.");
            }
        }
        AuditAct act = http.Act("back-files.order", code, after: $"{DeskQuery.Field(first)}/{DeskQuery.Field(last)}");
        if (await orders.AddAsync(code, first, last, act.Actor, audit.Of(act), stop) is not { } id)
        {
            return Problems.Conflict($"An order of {code} is not done yet: wait for it, or end it. See /api/v1/admin/back-files.");
        }
        LogDecision(log, http.CallerName(), "ordered back files of", code, act.After!);
        return TypedResults.Created("/api/v1/admin/back-files", new BackFilePlan(id, null));
    }

    private static async Task<Results<NoContent, Problems>> CancelOrderAsync(
        string id, HttpContext http, BackFileOrders orders, AuditTrail audit, ILogger<BackFileOrders> log, CancellationToken stop)
    {
        if (!await orders.CancelAsync(id, audit.Of(http.Act("back-files.cancel", id)), stop))
        {
            return Problems.NotFound("No such order waits or runs. See /api/v1/admin/back-files.");
        }
        LogDecision(log, http.CallerName(), "ended the order", id, "by hand");
        return TypedResults.NoContent();
    }
}

/// <param name="Dataset">The dataset's code.</param>
/// <param name="From">The first day, such as 2024-01-01.</param>
/// <param name="To">The last day.</param>
/// <param name="DryRun">True to order nothing and only list what would be packaged.</param>
public sealed record BackFileRequest(string? Dataset, string? From, string? To, bool DryRun);

/// <param name="Order">The order's id; absent in a dry run.</param>
/// <param name="Editions">What would be packaged, in the order of the days; absent where it was ordered.</param>
public sealed record BackFilePlan(string? Order, IReadOnlyList<BackFileEdition>? Editions);

/// <param name="Edition">Its id.</param>
/// <param name="Day">Its day.</param>
/// <param name="Files">Files of its delivery.</param>
/// <param name="Bytes">Their size.</param>
public sealed record BackFileEdition(string Edition, DateOnly Day, long Files, long Bytes)
{
    internal static BackFileEdition Of(BackEdition edition) => new(edition.Edition, edition.Day, edition.Files, edition.Bytes);
}

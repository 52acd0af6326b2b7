using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using OpenData.Server.Audit;
using OpenData.Server.Gateway;
using OpenData.Server.Releases;
using OpenData.Server.Web.Desk;

namespace OpenData.Server.Web.Admin;

/// <content>Editions that are put off.</content>
public static partial class AdminApi
{
    private static void MapHolds(RouteGroupBuilder admin) =>
        admin.MapPost("/editions/{dataset}/{edition}/wait", WaitAsync).WithSummary("Puts a held edition off to a later day, or takes it up again where no day is given");

    private static async Task<Results<NoContent, Problems>> WaitAsync(
        string dataset, string edition, WaitRequest request, HttpContext http, Holds holds, AuditTrail audit, TimeProvider time, ILogger<Holds> log, CancellationToken stop)
    {
        DateOnly today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        DateOnly? until = DeskQuery.DayOf(request.Until);
        if (request.Until is not null && (until is null || until <= today || until > today.AddYears(1)))
        {
            return Problems.BadParameter("until", request.Until, "a day after today and within a year, such as " + today.AddDays(7).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        }
        if (new Decision(request.Reason).Fault() is { } fault)
        {
            return fault;
        }
        string to = DeskQuery.Field(until) ?? "now";
        if (!await holds.WaitAsync(dataset, edition, until, request.Reason!, audit.Of(http.Act("edition.wait", $"{dataset}/{edition}", request.Reason, after: to)), stop))
        {
            return Problems.NotFound($"The edition {dataset}/{edition} is not held. See /api/v1/admin/editions?state=held.");
        }
        LogDecision(log, http.CallerName(), $"put off to {to}", $"{dataset}/{edition}", request.Reason!);
        return TypedResults.NoContent();
    }
}

/// <param name="Until">The day on which it is looked at again, such as 2026-12-24; absent for now.</param>
/// <param name="Reason">Why, for the record; 1 to 1,000 characters.</param>
public sealed record WaitRequest(string? Until, string? Reason);

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;
using OpenData.Format;
using OpenData.Server.Audit;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Api;
using OpenData.Server.Web.Desk;

namespace OpenData.Server.Web.Admin;

/// <content>Who did what.</content>
public static partial class AdminApi
{
    private static void MapTrail(RouteGroupBuilder admin)
    {
        Filtered(admin.MapGet("/audit", TrailAsync).WithSummary("The audit trail, the newest line first"))
            .WithQuery("after", JsonSchemaType.String, "Where the page before ended; take it from 'next'.")
            .WithLimit();
        Filtered(admin.MapGet("/audit.csv", TrailCsvAsync).WithSummary("The audit trail as CSV (RFC 4180), all of it that the filter finds")).Produces(StatusCodes.Status200OK, contentType: "text/csv");
    }

    private static RouteHandlerBuilder Filtered(RouteHandlerBuilder endpoint) => endpoint
        .WithQuery("who", JsonSchemaType.String, "By whom: an account's name.")
        .WithQuery("what", JsonSchemaType.String, "What was done: edition.publish, or edition for all of its acts.")
        .WithQuery("subject", JsonSchemaType.String, "To what: a dataset's code or the beginning of CODE/EDITION; an account's id.")
        .WithQuery("from", JsonSchemaType.String, "Not before this day (UTC).", "date")
        .WithQuery("to", JsonSchemaType.String, "Not after this day (UTC).", "date");

    private static async Task<Results<Ok<Page<AuditEntry>>, Problems>> TrailAsync(HttpRequest request, HttpContext http, IServiceProvider services, CancellationToken stop)
    {
        QueryValues query = new(request);
        AuditFilter filter = FilterOf(query);
        string? after = query.Text("after");
        int limit = query.Limit();
        if (query.Problem is { } problem)
        {
            return problem;
        }
        (IReadOnlyList<AuditEntry> lines, string? next) = await services.GetRequiredService<AuditReading>().PageAsync(filter, after, limit, stop);
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new Page<AuditEntry>(lines, next is null ? null : query.Following(next)));
    }

    private static async Task<Results<EmptyHttpResult, Problems>> TrailCsvAsync(HttpRequest request, HttpContext http, IServiceProvider services, CancellationToken stop)
    {
        QueryValues query = new(request);
        AuditFilter filter = FilterOf(query);
        if (query.Problem is { } problem)
        {
            return problem;
        }
        await AuditCsv.WriteAsync(http, filter, services.GetRequiredService<AuditReading>(), stop);
        return TypedResults.Empty;
    }

    private static AuditFilter FilterOf(QueryValues query) =>
        new(query.Text("who"), query.Text("what"), query.Text("subject"), DeskQuery.Begin(query.Day("from")), DeskQuery.End(query.Day("to")));
}

using OpenData.Server.Audit;
using OpenData.Server.Web.Components;

namespace OpenData.Server.Web.Desk;

/// <summary><c>/admin/audit</c>: who did what, when, to what; as a page, and as CSV (RFC 4180).</summary>
internal static class AuditPages
{
    private const int PageSize = 100;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("", ShowAsync);
        pages.MapGet("/export.csv", ExportAsync);
    }

    private static async Task<IResult> ShowAsync(HttpContext http, AuditReading reading, CancellationToken stop)
    {
        HttpRequest request = http.Request;
        (IReadOnlyList<AuditEntry> lines, string? next) = await reading.PageAsync(FilterOf(request), request.Text("after"), PageSize, stop);
        return SitePage.Of<AuditPage>(http, new AuditView(
            request.Text("who"), request.Text("what"), request.Text("subject"), request.Day("from"), request.Day("to"), lines, next is null ? null : request.With(("after", next))));
    }

    private static Task ExportAsync(HttpContext http, AuditReading reading, CancellationToken stop) => AuditCsv.WriteAsync(http, FilterOf(http.Request), reading, stop);

    private static AuditFilter FilterOf(HttpRequest request) => new(
        request.Text("who"), request.Text("what"), request.Text("subject"), DeskQuery.Begin(request.Day("from")), DeskQuery.End(request.Day("to")));
}

/// <summary>The page of the trail.</summary>
/// <param name="Who">By whom.</param>
/// <param name="What">What was done.</param>
/// <param name="Subject">To what.</param>
/// <param name="From">The first day.</param>
/// <param name="To">The last day.</param>
/// <param name="Lines">Lines, the newest first.</param>
/// <param name="Next">The address of the next page, or null.</param>
public sealed record AuditView(string? Who, string? What, string? Subject, DateOnly? From, DateOnly? To, IReadOnlyList<AuditEntry> Lines, string? Next)
{
    /// <summary>What can be asked for: all acts of a kind.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
        ["edition", "release", "document", "run", "dataset", "back-files", "signing-key", "catalog", "feedback", "request", "account", "key", "terms", "password", "proof", "grant", "link"];
}

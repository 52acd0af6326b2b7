using OpenData.Server.Audit;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Reading;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Desk;

/// <summary><c>/admin/holds</c>: editions that wait for a curator, and what one decides about each.</summary>
internal static class HoldPages
{
    private const int Most = 500;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("", ListAsync);
        pages.MapGet("/{dataset}/{edition}", ShowAsync);
        pages.MapPost("/{dataset}/{edition}/publish", PublishAsync).RequireOwnForm();
        pages.MapPost("/{dataset}/{edition}/reject", RejectAsync).RequireOwnForm();
        pages.MapPost("/{dataset}/{edition}/wait", WaitAsync).RequireOwnForm();
    }

    private static async Task<IResult> ListAsync(HttpContext http, EditionStates editions, TimeProvider time, CancellationToken stop)
    {
        DateOnly today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        bool all = http.Request.Word("waiting", "all") is not null;
        IReadOnlyList<Edition> held = await editions.PageAsync(null, EditionState.Held, null, Most, stop);
        return SitePage.Of<HoldsPage>(http, new HoldsView(
            [.. held.Where(edition => all || !edition.Waits(today)).OrderByDescending(edition => edition.UpdatedAt)],
            all,
            held.Count(edition => edition.Waits(today)),
            today,
            Notice(http.Request)));
    }

    private static async Task<IResult> ShowAsync(string dataset, string edition, HttpContext http, ICurrentCatalog catalog, HoldComparison comparison, CancellationToken stop) =>
        await PageAsync(http, catalog, comparison, dataset, edition, Notice(http.Request), null, StatusCodes.Status200OK, stop);

    private static async Task<IResult> PublishAsync(
        string dataset, string edition, HttpContext http, ICurrentCatalog catalog, Holds holds, EditionStates editions, AuditTrail audit, HoldComparison comparison, CancellationToken stop)
    {
        string typed = http.Request.FormText("reason");
        if (!catalog.Current.Datasets.TryGetValue(dataset, out Dataset? known))
        {
            return Gone(http);
        }
        if (DeskQuery.Reason(typed) is not { } reason)
        {
            return await PageAsync(http, catalog, comparison, dataset, edition, "Hold.ReasonNeeded", typed, StatusCodes.Status422UnprocessableEntity, stop);
        }
        if (await editions.FindAsync(dataset, edition, stop) is not { State: EditionState.Held } seen || http.Request.FormText("seen") != SeenOf(seen))
        {
            return await PageAsync(http, catalog, comparison, dataset, edition, "Hold.Changed", typed, StatusCodes.Status409Conflict, stop);
        }
        try
        {
            Publication? publication = await holds.ApproveAsync(known, edition, audit.Of(http.Act("edition.publish", $"{dataset}/{edition}", reason, "held", "published")), stop);
            return publication is null
                ? await PageAsync(http, catalog, comparison, dataset, edition, "Hold.NothingPackaged", typed, StatusCodes.Status409Conflict, stop)
                : SeeOther.To("/admin/holds?notice=published");
        }
        catch (Exception e) when (e is HoldChangedException or WithdrawnMeanwhileException or ReleaseConflictException)
        {
            return await PageAsync(http, catalog, comparison, dataset, edition, "Hold.Changed", typed, StatusCodes.Status409Conflict, stop);
        }
        catch (BarrierFailedException)
        {
            return await PageAsync(http, catalog, comparison, dataset, edition, "Hold.StoredOtherwise", typed, StatusCodes.Status409Conflict, stop);
        }
    }

    private static async Task<IResult> RejectAsync(
        string dataset, string edition, HttpContext http, ICurrentCatalog catalog, Holds holds, AuditTrail audit, HoldComparison comparison, CancellationToken stop)
    {
        string typed = http.Request.FormText("reason");
        if (DeskQuery.Reason(typed) is not { } reason)
        {
            return await PageAsync(http, catalog, comparison, dataset, edition, "Hold.ReasonNeeded", typed, StatusCodes.Status422UnprocessableEntity, stop);
        }
        return await holds.RejectAsync(dataset, edition, reason, audit.Of(http.Act("edition.reject", $"{dataset}/{edition}", reason, "held", "rejected")), stop)
            ? SeeOther.To("/admin/holds?notice=rejected")
            : Gone(http);
    }

    private static async Task<IResult> WaitAsync(
        string dataset, string edition, HttpContext http, ICurrentCatalog catalog, Holds holds, AuditTrail audit, TimeProvider time, HoldComparison comparison, CancellationToken stop)
    {
        string typed = http.Request.FormText("reason");
        DateOnly? until = DeskQuery.DayOf(http.Request.FormText("until"));
        DateOnly today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (http.Request.FormText("until").Length > 0 && (until is null || until <= today || until > today.AddYears(1)))
        {
            return await PageAsync(http, catalog, comparison, dataset, edition, "Hold.DayNeeded", typed, StatusCodes.Status422UnprocessableEntity, stop);
        }
        if (DeskQuery.Reason(typed) is not { } reason)
        {
            return await PageAsync(http, catalog, comparison, dataset, edition, "Hold.ReasonNeeded", typed, StatusCodes.Status422UnprocessableEntity, stop);
        }
        return await holds.WaitAsync(dataset, edition, until, reason, audit.Of(http.Act("edition.wait", $"{dataset}/{edition}", reason, after: DeskQuery.Field(until) ?? "now")), stop)
            ? SeeOther.To(until is null ? DeskQuery.AddressOf("holds", dataset, edition) : "/admin/holds?notice=put-off")
            : Gone(http);
    }

    /// <summary>What a curator saw: a package that took its place meanwhile is not published in its name.</summary>
    public static string SeenOf(Edition edition) => edition.UpdatedAt.UtcTicks.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<IResult> PageAsync(
        HttpContext http, ICurrentCatalog catalog, HoldComparison comparison, string dataset, string edition, string? notice, string? reason, int status, CancellationToken stop) =>
        catalog.Current.Datasets.TryGetValue(dataset, out Dataset? known) && await comparison.ViewAsync(known, edition, stop) is { } view
            ? SitePage.Of<HoldPage>(http, view with { Notice = notice, Reason = reason }, status)
            : Gone(http);

    private static IResult Gone(HttpContext http)
    {
        Reader reader = http.Reader();
        return SitePage.Of<ErrorPage>(http, new ErrorModel(404, reader["Hold.Gone"], "/admin/holds", reader["Desk.Holds"]), StatusCodes.Status404NotFound);
    }

    private static string? Notice(HttpRequest request) => request.Word("notice", "published", "rejected", "put-off") switch
    {
        "published" => "Hold.PublishedDone",
        "rejected" => "Hold.RejectedDone",
        "put-off" => "Hold.PutOffDone",
        _ => null,
    };
}

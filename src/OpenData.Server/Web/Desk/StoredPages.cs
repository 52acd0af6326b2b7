using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Releases.Scrubbing;
using OpenData.Server.Storage;
using OpenData.Server.Web.Components;

namespace OpenData.Server.Web.Desk;

/// <summary><c>/admin/stored</c>: what is known of the stored files, the bad ones first.</summary>
internal static class StoredPages
{
    private const int PageSize = 100;

    public static void Map(IEndpointRouteBuilder pages) => pages.MapGet("", ListAsync);

    private static async Task<IResult> ListAsync(HttpContext http, ScrubLedger ledger, SecondStore second, IOptions<ScrubOptions> options, TimeProvider time, CancellationToken stop)
    {
        HttpRequest request = http.Request;
        ScrubResult result = Enum.Parse<ScrubResult>(request.Word("result", StoredView.Results) ?? "damaged", ignoreCase: true);
        string? after = request.Text("after");
        int slash = after?.LastIndexOf('/') ?? -1;
        (ReleaseId, string)? last = slash > 0 && ReleaseId.TryParse(after![..slash], out ReleaseId release) ? (release, after[(slash + 1)..]) : null;
        IReadOnlyList<ScrubbedFile> page = await ledger.PageAsync(null, result, last, PageSize + 1, stop);
        ByteRate rate = ScrubPace.Of(await ledger.AgesAsync(stop), time.GetUtcNow(), options.Value.Interval, options.Value.Least, options.Value.Most);
        return SitePage.Of<StoredPage>(http, new StoredView(
            result,
            await ledger.TotalsAsync(null, stop),
            options.Value.Interval,
            rate,
            second.IsConfigured ? second.Place : null,
            [.. page.Take(PageSize)],
            page.Count > PageSize ? request.With(("after", $"{page[PageSize - 1].Release}/{page[PageSize - 1].Name}")) : null));
    }
}

/// <summary>The page of the stored files.</summary>
/// <param name="Result">Which are listed.</param>
/// <param name="Totals">Sums over all of them.</param>
/// <param name="Interval">Within which time each is read.</param>
/// <param name="Rate">At which rate that is done.</param>
/// <param name="SecondStore">Where repairs come from, or null.</param>
/// <param name="Files">Those of this page.</param>
/// <param name="Next">The address of the next page, or null.</param>
public sealed record StoredView(ScrubResult Result, ScrubTotals Totals, TimeSpan Interval, ByteRate Rate, string? SecondStore, IReadOnlyList<ScrubbedFile> Files, string? Next)
{
    /// <summary>Results that can be asked for.</summary>
    public static IReadOnlyList<string> Results { get; } = ["damaged", "missing", "suspect", "unread", "good"];
}

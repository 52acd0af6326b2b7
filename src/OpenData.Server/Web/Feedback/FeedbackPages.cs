using System.Globalization;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Feedback;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Members;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Feedback;

/// <summary><c>/feedback…</c>: what was reported and asked for, and the form for more of it.</summary>
internal static class FeedbackPages
{
    public const string Home = "/feedback";

    public static void Map(IEndpointRouteBuilder pages)
    {
        RouteGroupBuilder feedback = pages.MapGroup(Home);
        feedback.MapGet("", ListAsync);
        feedback.MapGet("/new", Form);
        feedback.MapPost("/new", WriteAsync).RequireOwnForm();
        feedback.MapGet("/{number:long}", ShowAsync);
        feedback.MapPost("/{number:long}/withdraw", WithdrawAsync).RequireOwnForm();
    }

    private static async Task<IResult> ListAsync(HttpContext http, FeedbackQueries queries, ICurrentCatalog catalog, CancellationToken stop)
    {
        FeedbackAddress asked = FeedbackAddress.Of(http.Request.Query) with { IsHidden = false };
        if (asked.IsMine && http.Member() is null)
        {
            return SeeOther.SignIn(http);
        }
        string? own = asked.IsMine ? http.Member()!.Account.Id : null;
        FeedbackFilter filter = new()
        {
            Kind = asked.Kind,
            States = asked.IsOpen ? [FeedbackState.New, FeedbackState.Review] : asked.State is { } state ? [state] : [],
            Dataset = asked.Dataset,
            AccountId = own,
            PublicOnly = own is null,
        };
        return SitePage.Of<FeedbackListPage>(http, await ViewAsync(queries, catalog, asked, filter, desk: false, stop));
    }

    /// <summary>A page of a list.</summary>
    internal static async Task<FeedbackListView> ViewAsync(FeedbackQueries queries, ICurrentCatalog catalog, FeedbackAddress asked, FeedbackFilter filter, bool desk, CancellationToken stop)
    {
        IReadOnlyList<FeedbackItem> oneMore = await queries.PageAsync(filter, asked.Before, FeedbackListView.PageSize + 1, stop);
        return new FeedbackListView
        {
            IsDesk = desk,
            Items = [.. oneMore.Take(FeedbackListView.PageSize)],
            Asked = asked,
            Older = oneMore.Count > FeedbackListView.PageSize ? oneMore[FeedbackListView.PageSize - 1].Number : null,
            Counts = await queries.CountsAsync(stop),
            Catalog = catalog.Current,
        };
    }

    private static async Task<IResult> ShowAsync(long number, HttpContext http, FeedbackQueries queries, ICurrentCatalog catalog, CancellationToken stop)
    {
        FeedbackItem? item = await queries.FindAsync(number, stop);
        bool own = item is not null && http.Member()?.Account.Id == item.AccountId;
        return item is null || !(item.IsPublic || own)
            ? Unknown(http)
            : SitePage.Of<FeedbackItemPage>(http, await ViewAsync(item, own, http.Request.Query["written"] == "1", queries, catalog, stop));
    }

    /// <summary>An entry with its answers.</summary>
    internal static async Task<FeedbackItemView> ViewAsync(FeedbackItem item, bool own, bool justWritten, FeedbackQueries queries, ICurrentCatalog catalog, CancellationToken stop) =>
        new(item, await queries.AnswersAsync(item.Number, stop), item.Dataset is { } code ? catalog.Current.Datasets.GetValueOrDefault(code) : null, own, own && justWritten);

    /// <summary>The form, filled in as the page that leads here says; whoever is not signed in is told why they should be.</summary>
    private static IResult Form(HttpContext http, ICurrentCatalog catalog)
    {
        IQueryCollection query = http.Request.Query;
        FeedbackKind kind = FeedbackText.KindOf(query["kind"].FirstOrDefault()) ?? FeedbackKind.Problem;
        FeedbackDraft draft = new(kind, Given("dataset", 64), Given("edition", 200), Given("document", FeedbackRules.LongestDocument), "", "", "");
        return SitePage.OfForm<FeedbackFormPage>(http, new FeedbackForm(draft, Guid.NewGuid().ToString("N"), catalog.Current, http.Member()?.Account));

        string Given(string name, int longest) => query[name].FirstOrDefault()?.Trim() is { } text && FeedbackRules.IsLine(text, 1, longest) ? text : "";
    }

    private static async Task<IResult> WriteAsync(HttpContext http, FeedbackStore store, ICurrentCatalog catalog, CancellationToken stop)
    {
        HttpRequest request = http.Request;
        FeedbackDraft draft = new(
            FeedbackText.KindOf(request.FormText("kind")) ?? FeedbackKind.Problem,
            request.FormText("dataset").Trim(),
            request.FormText("edition").Trim(),
            request.FormText("document").Trim(),
            request.FormText("subject").Trim(),
            FeedbackRules.Tidy(request.FormText("body")),
            request.FormText("contact").Trim());
        string once = request.FormText("once") is { Length: > 0 and <= 64 } given && given.All(char.IsAsciiHexDigit) ? given : Guid.NewGuid().ToString("N");
        if (http.Member()?.Account is not { State: AccountState.Active } writer)
        {
            // What was typed is shown again, beside the reason: a session may have ended meanwhile.
            return Again(StatusCodes.Status403Forbidden, false);
        }
        string[] faults = [.. draft.Faults(catalog.Current)];
        if (faults.Length > 0)
        {
            return Again(StatusCodes.Status422UnprocessableEntity, false, faults);
        }
        FeedbackResult written = await store.WriteAsync(draft, writer.Id, once, stop);
        return written.Outcome switch
        {
            FeedbackOutcome.Done => SeeOther.To(string.Create(CultureInfo.InvariantCulture, $"{Home}/{written.Number}?written=1")),
            FeedbackOutcome.TooMany => Again(StatusCodes.Status429TooManyRequests, true),
            _ => Again(StatusCodes.Status422UnprocessableEntity, false),
        };

        IResult Again(int status, bool tooMany, params string[] faults) =>
            SitePage.OfForm<FeedbackFormPage>(http, new FeedbackForm(draft, once, catalog.Current, http.Member()?.Account, tooMany, faults), status);
    }

    private static async Task<IResult> WithdrawAsync(long number, HttpContext http, FeedbackStore store, CancellationToken stop)
    {
        string page = string.Create(CultureInfo.InvariantCulture, $"{Home}/{number}");
        if (http.Member() is not { } member)
        {
            return SeeOther.SignIn(http);
        }
        return (await store.WithdrawAsync(number, member.Account.Id, stop)).Outcome is FeedbackOutcome.Done ? SeeOther.To(page) : Unknown(http);
    }

    internal static IResult Unknown(HttpContext http)
    {
        Reading.Reader reader = Reading.ReaderFeature.Reader(http);
        return SitePage.Of<ErrorPage>(http, new ErrorModel(404, reader["Feedback.Unknown"], Home, reader["Feedback.ToList"]), StatusCodes.Status404NotFound);
    }
}

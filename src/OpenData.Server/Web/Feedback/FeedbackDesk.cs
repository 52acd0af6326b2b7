using System.Globalization;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Feedback;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Members;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Feedback;

/// <summary><c>/admin/feedback…</c>: the office's queue. Curators act; auditors look.</summary>
internal static class FeedbackDesk
{
    public const string Home = "/admin/feedback";

    public static void Map(IEndpointRouteBuilder pages)
    {
        RouteGroupBuilder desk = pages.MapGroup(Home).RequireRole(Role.Curator);
        desk.MapGet("", ListAsync);
        desk.MapGet("/ratings", RatingsAsync);
        desk.MapGet("/{number:long}", ShowAsync);
        desk.MapPost("/{number:long}/answer", AnswerAsync).RequireOwnForm();
        desk.MapPost("/{number:long}/hide", HideAsync).RequireOwnForm();
        desk.MapPost("/{number:long}/show", ShowAgainAsync).RequireOwnForm();
    }

    private static async Task<IResult> ListAsync(HttpContext http, FeedbackQueries queries, ICurrentCatalog catalog, CancellationToken stop)
    {
        FeedbackAddress asked = FeedbackAddress.Of(http.Request.Query) with { IsMine = false };
        if (!http.Request.Query.ContainsKey("state"))
        {
            asked = asked with { IsOpen = true };
        }
        FeedbackFilter filter = new()
        {
            Kind = asked.Kind,
            States = asked.IsOpen ? [FeedbackState.New, FeedbackState.Review] : asked.State is { } state ? [state] : [],
            Dataset = asked.Dataset,
            HiddenOnly = asked.IsHidden,
        };
        return SitePage.Of<FeedbackQueuePage>(http, await FeedbackPages.ViewAsync(queries, catalog, asked, filter, desk: true, stop));
    }

    private static async Task<IResult> RatingsAsync(HttpContext http, Ratings ratings, CurrentAccounts accounts, CancellationToken stop) => SitePage.Of<RatingsPage>(
        http,
        new RatingsView([.. (await ratings.NewestAsync(RatingsView.Most, stop)).Select(rating => (rating, accounts.Current.TryGetAccount(rating.AccountId, out Account? account) ? account.Name : rating.AccountId))]));

    private static async Task<IResult> ShowAsync(long number, HttpContext http, FeedbackDeskReading reading, CancellationToken stop) =>
        await PageAsync(number, http, reading, http.Request.Query["notice"] == "saved" ? "Feedback.Desk.Saved" : null, "", StatusCodes.Status200OK, stop);

    private static Task<IResult> AnswerAsync(
        long number, HttpContext http, FeedbackStore store, FeedbackDeskReading reading, CancellationToken stop)
    {
        string answer = FeedbackRules.Tidy(http.Request.FormText("answer"));
        return ActAsync(
            number,
            http,
            reading,
            answer,
            (version, curator) => FeedbackText.StateOf(http.Request.FormText("state")) is { } state
                ? store.AnswerAsync(number, version, state, answer, curator, stop)
                : Task.FromResult(new FeedbackResult(FeedbackOutcome.Refused)),
            stop);
    }

    private static Task<IResult> HideAsync(
        long number, HttpContext http, FeedbackStore store, FeedbackDeskReading reading, CancellationToken stop) =>
        ActAsync(number, http, reading, "", (version, curator) => store.HideAsync(number, version, http.Request.FormText("reason").Trim(), curator, stop), stop);

    private static Task<IResult> ShowAgainAsync(
        long number, HttpContext http, FeedbackStore store, FeedbackDeskReading reading, CancellationToken stop) =>
        ActAsync(number, http, reading, "", (version, curator) => store.HideAsync(number, version, null, curator, stop), stop);

    private static async Task<IResult> ActAsync(
        long number,
        HttpContext http,
        FeedbackDeskReading reading,
        string draft,
        Func<long, Curator, Task<FeedbackResult>> act,
        CancellationToken stop)
    {
        long version = long.TryParse(http.Request.FormText("version"), NumberStyles.None, CultureInfo.InvariantCulture, out long seen) ? seen : 0;
        FeedbackResult result = await act(version, new Curator(http.Member()!.Account.Id, http.Connection.RemoteIpAddress?.ToString()));
        return result.Outcome switch
        {
            FeedbackOutcome.Done => SeeOther.To(string.Create(CultureInfo.InvariantCulture, $"{Home}/{number}?notice=saved")),
            FeedbackOutcome.Changed => await PageAsync(number, http, reading, "Feedback.Desk.ChangedMeanwhile", draft, StatusCodes.Status409Conflict, stop),
            FeedbackOutcome.NotFound => FeedbackPages.Unknown(http),
            _ => await PageAsync(number, http, reading, "Feedback.Desk.Refused", draft, StatusCodes.Status422UnprocessableEntity, stop),
        };
    }

    private static async Task<IResult> PageAsync(long number, HttpContext http, FeedbackDeskReading reading, string? notice, string draft, int status, CancellationToken stop) =>
        await reading.ViewAsync(number, http.Member()!.Account, stop) is { } view
            ? SitePage.Of<FeedbackDeskPage>(http, view with { Notice = notice, Draft = draft }, status)
            : FeedbackPages.Unknown(http);
}

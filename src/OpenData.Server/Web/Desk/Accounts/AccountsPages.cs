using OpenData.Server.Accounts;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Members;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Desk.Accounts;

/// <summary>
/// <c>/admin/accounts</c>: who waits to be let in, all accounts, and one account's page. Every change goes through <see cref="AccountStore"/>, which writes
/// the audit; whose account an officer may change is <see cref="OfficerRights"/>' to say.
/// </summary>
internal static class AccountsPages
{
    private const string Home = "/admin/accounts";

    /// <summary>Maps the pages into the group of the desk.</summary>
    public static void Map(IEndpointRouteBuilder pages)
    {
        RouteGroupBuilder accounts = pages.MapGroup(Home).RequireRole(Role.AccountOfficer);
        accounts.MapGet("", ListAsync);
        accounts.MapGet("/{id}", ShowAsync);
        accounts.MapGet("/{id}/proofs/{proof}", ProofDownload.SendAsync);
        Form(accounts, "approve", Approved, (store, id, form, actor, stop) => store.ApproveAsync(id, form("tier"), actor, stop));
        Form(accounts, "refuse", Refused, (store, id, form, actor, stop) => store.RefuseAsync(id, form("reason"), actor, stop));
        Form(accounts, "tier", "tier", (store, id, form, actor, stop) => store.SetTierAsync(id, form("tier"), actor, stop));
        Form(accounts, "suspend", "suspended", (store, id, form, actor, stop) => store.SuspendAsync(id, form("reason"), actor, stop));
        Form(accounts, "activate", "activated", (store, id, _, actor, stop) => store.SetStateAsync(id, AccountState.Active, actor, stop));
        Form(accounts, "grants", "granted", (store, id, form, actor, stop) => store.GrantAsync(id, form("dataset"), actor, stop));
        Form(accounts, "ungrant", "ungranted", (store, id, form, actor, stop) => store.UngrantAsync(id, form("dataset"), actor, stop));
        Form(accounts, "revoke", "revoked", (store, id, form, actor, stop) => store.RevokeKeyAsync(form("key"), id, actor, stop));
        Form(accounts, "sign-out", "signed-out", (store, id, _, actor, stop) => store.EndSessionsAsync(id, actor, stop));
        accounts.MapPost("/{id}/roles", GiveRolesAsync).RequireFreshPassword();
    }

    private static async Task<IResult> ListAsync(HttpContext http, AccountsDesk desk, CancellationToken stop)
    {
        IQueryCollection query = http.Request.Query;
        AccountSearch search = new(
            Text(query["q"]),
            Enum.TryParse(query["state"], ignoreCase: true, out AccountState state) && Enum.IsDefined(state) ? state : null,
            Text(query["tier"]),
            query["role"] == "any");
        return SitePage.Of<AccountsPage>(http, await desk.ListAsync(http.Member()!.Account, search, Text(query["after"]), NoticeOf(http.Request), stop));
    }

    private static async Task<IResult> ShowAsync(string id, HttpContext http, AccountsDesk desk, CancellationToken stop) =>
        await desk.FileAsync(http.Member()!.Account, id, NoticeOf(http.Request), stop) is { } file
            ? SitePage.Of<AccountFilePage>(http, file)
            : TypedResults.NotFound();

    private delegate Task<AccountResult<Account>> Change(AccountStore store, string id, Func<string, string> form, string actor, CancellationToken stop);

    /// <summary>A form about one account: judged, done, and back to where it was sent from.</summary>
    private static void Form(IEndpointRouteBuilder accounts, string address, string notice, Change change) => accounts.MapPost(
        $"/{{id}}/{address}",
        (string id, HttpContext http, OfficerActs acts, AccountsDesk desk, CancellationToken stop) => DoAsync(id, http, acts, desk, notice, OfficerRights.MayManage, change, stop)).RequireOwnForm();

    private static Task<IResult> GiveRolesAsync(string id, HttpContext http, OfficerActs acts, AccountsDesk desk, CancellationToken stop) => DoAsync(
        id,
        http,
        acts,
        desk,
        "roles",
        OfficerRights.MayGiveRoles,
        (store, _, _, actor, _) => store.SetRolesAsync(id, [.. http.Request.Form["role"].OfType<string>().Where(role => role.Length > 0).Distinct(StringComparer.Ordinal)], actor, stop),
        stop);

    private static async Task<IResult> DoAsync(
        string id, HttpContext http, OfficerActs acts, AccountsDesk desk, string notice, Func<Account, Account, bool> may, Change change, CancellationToken stop)
    {
        Account officer = http.Member()!.Account;
        Task<AccountResult<Account>> ChangeAsync(AccountStore store, string actor) => change(store, id, name => http.Request.FormText(name).Trim(), actor, stop);
        OfficerAct act = notice is Approved or Refused ? await acts.AnswerAsync(http, officer, id, ChangeAsync, stop) : await acts.DoAsync(officer, id, may, ChangeAsync, stop);
        return act.Outcome switch
        {
            OfficerOutcome.Unknown => TypedResults.NotFound(),
            OfficerOutcome.Forbidden => SitePage.Of<ErrorPage>(http, new ErrorModel(403), StatusCodes.Status403Forbidden),
            OfficerOutcome.Refused => SitePage.Of<AccountFilePage>(http, await desk.FileAsync(officer, id, "DeskAccounts.Notice.not-done", stop), StatusCodes.Status422UnprocessableEntity),
            _ => SeeOther.To(http.Request.FormText("back") == "queue" ? $"{Home}?notice={notice}" : $"{Home}/{id}?notice={notice}"),
        };
    }

    private const string Approved = "approved";
    private const string Refused = "refused";

    private static string? Text(string? value) => value?.Replace("\0", "", StringComparison.Ordinal).Trim() is { Length: > 0 and <= 200 } text ? text : null;

    private static readonly string[] s_notices = [Approved, Refused, "tier", "suspended", "activated", "granted", "ungranted", "revoked", "signed-out", "roles"];

    private static string? NoticeOf(HttpRequest request) => request.Query["notice"].ToString() is var notice && s_notices.Contains(notice) ? "DeskAccounts.Notice." + notice : null;
}

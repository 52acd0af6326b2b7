using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Api;
using OpenData.Server.Web.Desk.Accounts;

namespace OpenData.Server.Web.Admin;

/// <content>Accounts: who waits, who is there, and what officers decide about them.</content>
public static partial class AdminApi
{
    private static void MapAccounts(RouteGroupBuilder officers, RouteGroupBuilder admins)
    {
        officers.MapGet("/tiers", (ICurrentCatalog catalog) => TypedResults.Ok(new Page<TierSummary>(
            [.. catalog.Current.Tiers.Values.OrderBy(tier => tier.Rate.BytesPerSecond).Select(tier => new TierSummary(tier.Id, tier.Rate.BytesPerSecond, tier.Rate.MegabitsPerSecond, tier.Streams))], null)))
            .WithSummary("The tiers with rate and downloads at a time");
        officers.MapGet("/accounts", AccountsAsync)
            .WithSummary("Accounts in the order of their names")
            .WithQuery("q", JsonSchemaType.String, "Part of the name, organization, contact or e-mail; or the whole id of an account or a key.")
            .WithQuery("state", JsonSchemaType.String, "active, suspended or pending.")
            .WithQuery("tier", JsonSchemaType.String, "Only of this tier.")
            .WithQuery("role", JsonSchemaType.String, "any: only accounts with a role.")
            .WithQuery("after", JsonSchemaType.String, "The name of the last account of the page before.")
            .WithLimit();
        officers.MapGet("/accounts/waiting", WaitingAsync).WithSummary("Who registered and waits for an answer, the longest first, with what they told").WithLimit();
        officers.MapGet("/accounts/{id}", AccountAsync).WithSummary("One account");
        officers.MapPost("/accounts", AddAccountAsync).WithSummary("Makes an active account without a role; its tier is 'registered' unless another is named");
        officers.MapPost("/accounts/{id}/approve", (string id, TierRequest body, HttpContext http, CancellationToken stop) =>
            AnswerAsync(http, id, "tier", (store, actor) => store.ApproveAsync(id, body.Tier ?? "", actor, stop), stop)).WithSummary("Lets in who waits, with a tier");
        officers.MapPost("/accounts/{id}/refuse", (string id, Decision body, HttpContext http, CancellationToken stop) =>
            AnswerAsync(http, id, "reason", (store, actor) => store.RefuseAsync(id, body.Reason ?? "", actor, stop), stop)).WithSummary("Does not let in who waits, and tells them why");
        officers.MapPost("/accounts/{id}/tier", (string id, TierRequest body, HttpContext http, CancellationToken stop) =>
            ChangeAsync(http, id, "tier", OfficerRights.MayManage, (store, actor) => store.SetTierAsync(id, body.Tier ?? "", actor, stop), stop)).WithSummary("Changes the tier; running downloads follow within a second");
        officers.MapPost("/accounts/{id}/suspend", (string id, Decision body, HttpContext http, CancellationToken stop) =>
            ChangeAsync(http, id, "reason", OfficerRights.MayManage, (store, actor) => store.SuspendAsync(id, body.Reason ?? "", actor, stop), stop)).WithSummary("Suspends an account; its downloads end within a second");
        officers.MapPost("/accounts/{id}/activate", (string id, HttpContext http, CancellationToken stop) =>
            ChangeAsync(http, id, "id", OfficerRights.MayManage, (store, actor) => store.SetStateAsync(id, AccountState.Active, actor, stop), stop)).WithSummary("Lets a suspended account go on");
        officers.MapPost("/accounts/{id}/grants", (string id, GrantRequest body, HttpContext http, CancellationToken stop) =>
            ChangeAsync(http, id, "dataset", OfficerRights.MayManage, (store, actor) => store.GrantAsync(id, body.Dataset ?? "", actor, stop), stop)).WithSummary("Grants a restricted dataset");
        officers.MapDelete("/accounts/{id}/grants/{dataset}", (string id, string dataset, HttpContext http, CancellationToken stop) =>
            ChangeAsync(http, id, "dataset", OfficerRights.MayManage, (store, actor) => store.UngrantAsync(id, dataset, actor, stop), stop)).WithSummary("Takes a granted dataset back");
        officers.MapPost("/accounts/{id}/sign-out", (string id, HttpContext http, CancellationToken stop) =>
            ChangeAsync(http, id, "id", OfficerRights.MayManage, (store, actor) => store.EndSessionsAsync(id, actor, stop), stop)).WithSummary("Ends the account's sessions on the site");
        admins.MapPost("/accounts/{id}/roles", (string id, RolesRequest body, HttpContext http, CancellationToken stop) =>
            ChangeAsync(http, id, "roles", OfficerRights.MayGiveRoles, (store, actor) => store.SetRolesAsync(id, [.. (body.Roles ?? []).Distinct(StringComparer.Ordinal)], actor, stop), stop))
            .WithSummary("Gives exactly these roles: admin, curator, account-officer, auditor, or none; never to oneself");
    }

    private static async Task<Results<Ok<Page<AccountSummary>>, Problems>> AccountsAsync(HttpRequest request, AccountStore store, CancellationToken stop)
    {
        QueryValues query = new(request);
        string? text = query.Text("q");
        string? state = query.Word("state", "active", "suspended", "pending");
        string? tier = query.Text("tier");
        string? role = query.Word("role", "any");
        string? after = query.Text("after");
        int limit = query.Limit();
        if (query.Problem is { } problem)
        {
            return problem;
        }
        AccountSearch search = new(text, state is null ? null : Enum.Parse<AccountState>(state, ignoreCase: true), tier, role is not null);
        IReadOnlyList<Account> found = await store.SearchAsync(search, after, limit + 1, stop);
        return TypedResults.Ok(query.Page<AccountSummary>([.. found.Select(AccountSummary.Of)], limit, account => account.Name));
    }

    private static async Task<Results<Ok<Page<ApplicantSummary>>, Problems>> WaitingAsync(HttpRequest request, AccountStore store, CancellationToken stop)
    {
        QueryValues query = new(request);
        int limit = query.Limit();
        return query.Problem is { } problem
            ? problem
            : TypedResults.Ok(new Page<ApplicantSummary>([.. (await store.WaitingAsync(limit, stop)).Select(ApplicantSummary.Of)], null));
    }

    private static async Task<Results<Ok<AccountSummary>, Problems>> AccountAsync(string id, AccountStore store, CancellationToken stop) =>
        await store.FindAsync(id, stop) is { Value: { } account } && account.Id == id ? TypedResults.Ok(AccountSummary.Of(account)) : UnknownAccount;

    private static async Task<Results<Created<AccountSummary>, Problems>> AddAccountAsync(NewAccount body, HttpContext http, AccountStore store, CurrentAccounts current, CancellationToken stop)
    {
        AccountResult<Account> result = await store.AddAsync(body.Name ?? "", body.Organization, body.Tier, AccountState.Active, [], $"account:{http.CallerOf().Account!.Id}", stop);
        if (!result.Done)
        {
            return ProblemOf(result.Fault, "name, organization or tier");
        }
        await current.RefreshAsync(stop);
        return TypedResults.Created($"/api/v1/admin/accounts/{result.Value.Id}", AccountSummary.Of(result.Value));
    }

    private static async Task<Results<Ok<AccountSummary>, Problems>> ChangeAsync(
        HttpContext http, string id, string value, Func<Account, Account, bool> may, Func<AccountStore, string, Task<AccountResult<Account>>> change, CancellationToken stop) =>
        Told(await http.RequestServices.GetRequiredService<OfficerActs>().DoAsync(http.CallerOf().Account!, id, may, change, stop), value);

    private static async Task<Results<Ok<AccountSummary>, Problems>> AnswerAsync(
        HttpContext http, string id, string value, Func<AccountStore, string, Task<AccountResult<Account>>> change, CancellationToken stop) =>
        Told(await http.RequestServices.GetRequiredService<OfficerActs>().AnswerAsync(http, http.CallerOf().Account!, id, change, stop), value);

    private static Results<Ok<AccountSummary>, Problems> Told(OfficerAct act, string value) => act.Outcome switch
    {
        OfficerOutcome.Unknown => UnknownAccount,
        OfficerOutcome.Forbidden => NotYours,
        OfficerOutcome.Refused => ProblemOf(act.Fault!, value),
        _ => TypedResults.Ok(AccountSummary.Of(act.Account!)),
    };

    private static Problems ProblemOf(AccountFault fault, string value) => fault.Kind switch
    {
        AccountFaultKind.NotFound => Problems.NotFound(fault.Text),
        AccountFaultKind.Taken => Problems.Conflict(fault.Text),
        _ => Problems.Invalid(value, fault.Text),
    };

    private static Problems UnknownAccount => Problems.NotFound("There is no account of this id. See /api/v1/admin/accounts.");

    private static Problems NotYours => Problems.Forbidden("Officers change accounts without a role; accounts with one are an admin's, and nobody's own is theirs.");
}

/// <param name="Id">Such as <c>registered</c>.</param>
/// <param name="BytesPerSecond">Of response bodies, over all connections together.</param>
/// <param name="MegabitsPerSecond">The same in millions of bits.</param>
/// <param name="Streams">Downloads at a time.</param>
public sealed record TierSummary(string Id, long BytesPerSecond, double MegabitsPerSecond, int Streams);

/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Organization">Whom it stands for.</param>
/// <param name="Tier">Its tier.</param>
/// <param name="State"><c>active</c>, <c>suspended</c> or <c>pending</c>.</param>
/// <param name="Roles">Its roles.</param>
/// <param name="Datasets">Restricted datasets that it was granted.</param>
/// <param name="CreatedAt">When it was made, in UTC.</param>
public sealed record AccountSummary(
    string Id, string Name, string? Organization, string Tier, string State, IReadOnlyList<string> Roles, IReadOnlyList<string> Datasets, DateTimeOffset CreatedAt)
{
    internal static AccountSummary Of(Account account) => new(
        account.Id,
        account.Name,
        account.Organization,
        account.Tier,
        account.State.ToString().ToLowerInvariant(),
        [.. account.Roles.Order(StringComparer.Ordinal)],
        [.. account.GrantedDatasets.Order(StringComparer.Ordinal)],
        account.CreatedAt);
}

/// <param name="Account">The account.</param>
/// <param name="Purpose">What they want the data for.</param>
/// <param name="Contact">Who is to be asked.</param>
/// <param name="Email">Their address, or absent.</param>
/// <param name="EmailConfirmed">True where that address was proven to be theirs.</param>
/// <param name="Country">Where they are, by ISO 3166.</param>
public sealed record ApplicantSummary(AccountSummary Account, string? Purpose, string? Contact, string? Email, bool EmailConfirmed, string? Country)
{
    internal static ApplicantSummary Of(Applicant applicant) => new(
        AccountSummary.Of(applicant.Account),
        applicant.Profile?.Purpose,
        applicant.Profile?.Contact,
        applicant.Profile?.Email,
        applicant.Profile?.EmailConfirmedAt is not null,
        applicant.Profile?.Country);
}

/// <param name="Name">Unique; 1 to 100 characters.</param>
/// <param name="Organization">Whom it stands for, up to 200 characters.</param>
/// <param name="Tier">A tier of the catalog; absent for <c>registered</c>.</param>
public sealed record NewAccount(string? Name, string? Organization, string? Tier);

/// <param name="Tier">A tier of the catalog.</param>
public sealed record TierRequest(string? Tier);

/// <param name="Dataset">The code of a restricted dataset.</param>
public sealed record GrantRequest(string? Dataset);

/// <param name="Roles">All roles that the account has then.</param>
public sealed record RolesRequest(IReadOnlyList<string>? Roles);

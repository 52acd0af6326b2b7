using Microsoft.AspNetCore.Http.HttpResults;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Gateway;
using OpenData.Server.Web.Desk.Accounts;

namespace OpenData.Server.Web.Admin;

/// <content>Keys of accounts.</content>
public static partial class AdminApi
{
    private static void MapKeys(RouteGroupBuilder officers)
    {
        officers.MapGet("/accounts/{id}/keys", KeysAsync).WithSummary("The keys of an account, the oldest first, revoked ones too; never their secrets");
        officers.MapPost("/accounts/{id}/keys", AddKeyAsync).WithSummary("Makes a key for an account without a role; this answer is the only place where it is ever shown");
        officers.MapPost("/keys/{id}/revoke", RevokeKeyAsync).WithSummary("Revokes a key: it, its links and their downloads end within a second");
    }

    private static async Task<Results<Ok<Page<KeySummary>>, Problems>> KeysAsync(string id, AccountStore store, CancellationToken stop) =>
        await store.FindAsync(id, stop) is { Value: { } account } && account.Id == id
            ? TypedResults.Ok(new Page<KeySummary>([.. (await store.ListKeysAsync(id, stop)).Select(KeySummary.Of)], null))
            : UnknownAccount;

    private static async Task<Results<Created<MadeKey>, Problems>> AddKeyAsync(string id, NewKey body, HttpContext http, AccountStore store, CancellationToken stop)
    {
        if (KeyScope.TryParse(body.Scope, out KeyScope scope) is { } wrong)
        {
            return Problems.Invalid("scope", wrong);
        }
        IssuedKey? made = null;
        OfficerAct act = await http.RequestServices.GetRequiredService<OfficerActs>().DoAsync(
            http.CallerOf().Account!,
            id,
            (officer, account) => officer.MayManage(account) && !account.HasDesk, // who has a role makes their own, with their password
            async (_, actor) =>
            {
                AccountResult<IssuedKey> key = await store.AddKeyAsync(id, body.Name ?? "", body.ExpiresAt, scope, actor, stop);
                made = key.Value;
                return key.Done ? await store.FindAsync(id, stop) : key.Fault;
            },
            stop);
        return act.Outcome switch
        {
            OfficerOutcome.Unknown => UnknownAccount,
            OfficerOutcome.Forbidden => Problems.Forbidden("Keys are made here for accounts without a role; who has one makes their own on their account's page, and nobody makes their own here."),
            OfficerOutcome.Refused => ProblemOf(act.Fault!, "name, expiresAt or scope"),
            _ => TypedResults.Created($"/api/v1/admin/accounts/{id}/keys", new MadeKey(made!.Id, made.Reveal())),
        };
    }

    private static async Task<Results<Ok<AccountSummary>, Problems>> RevokeKeyAsync(string id, HttpContext http, AccountStore store, CurrentAccounts current, CancellationToken stop)
    {
        string key = id.StartsWith(ApiKey.Prefix, StringComparison.Ordinal) ? id[ApiKey.Prefix.Length..] : id;
        return await store.SearchAsync(new AccountSearch(key), null, 2, stop) is not [{ } owner, ..] || !(await store.ListKeysAsync(owner.Id, stop)).Any(known => known.Id == key)
            ? Problems.NotFound("There is no key of this id. See /api/v1/admin/accounts/ID/keys.")
            : await ChangeAsync(http, owner.Id, "id", OfficerRights.MayManage, (accounts, actor) => accounts.RevokeKeyAsync(key, owner.Id, actor, stop), stop);
    }
}

/// <param name="Name">What its owner calls it; 1 to 100 characters.</param>
/// <param name="ExpiresAt">When it ends, or absent.</param>
/// <param name="Scope">What it is limited to: <c>all</c>, <c>downloads</c> or <c>desk</c>, and patterns of datasets such as <c>downloads CN-*</c>; absent for no limit.</param>
public sealed record NewKey(string? Name, DateTimeOffset? ExpiresAt, string? Scope);

/// <param name="Id">Finds the key; public.</param>
/// <param name="Key">The whole key. It is not kept here: only a hash of it is.</param>
public sealed record MadeKey(string Id, string Key);

/// <param name="Id">The 16 characters after <c>odk_</c>.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Scope">What it is limited to, such as <c>downloads CN-*</c>.</param>
/// <param name="CreatedAt">When it was made, in UTC.</param>
/// <param name="ExpiresAt">When it ends, or absent.</param>
/// <param name="RevokedAt">When it was revoked, or absent.</param>
/// <param name="LastUsedAt">When it was last used, to about a minute.</param>
public sealed record KeySummary(string Id, string Name, string Scope, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt)
{
    internal static KeySummary Of(StoredKey key) => new(key.Id, key.Name, key.Limits.ToString(), key.CreatedAt, key.ExpiresAt, key.RevokedAt, key.LastUsedAt);
}

using Microsoft.AspNetCore.Http.HttpResults;
using OpenData.Format;
using OpenData.Server.Catalog;

namespace OpenData.Server.Accounts;

/// <summary>What an account can ask and do about itself.</summary>
internal static class AccountEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder api = routes.MapGroup("/api/v1").RequireAccount().WithTags("Account");
        api.MapGet("/me", Me).WithSummary("Your account: its tier with rate and streams, the terms it accepted.");
        api.MapPost("/me/terms/{id}", AcceptTerms).WithSummary("Accepts terms in the version that is in force.");
    }

    private static MeResponse Me(HttpContext context, CurrentAccounts accounts, ICurrentCatalog catalog) => Describe(context.CallerOf(), accounts.Current, catalog.Current);

    private static async Task<Results<Ok<MeResponse>, EmptyHttpResult>> AcceptTerms(
        string id, HttpContext context, AccountStore store, CurrentAccounts accounts, CallerIdentity callers, ICurrentCatalog catalog, CancellationToken stop)
    {
        Caller caller = context.CallerOf();
        AccountResult<Account> result = await store.AcceptTermsAsync(caller.Account!.Id, id, $"account:{caller.Account.Id}", stop);
        if (!result.Done)
        {
            await AccountProblem.Make(ProblemType.UnknownTerms, result.Fault.Text).WriteAsync(context);
            return TypedResults.Empty;
        }
        await accounts.RefreshAsync(stop);
        Identification now = callers.Again(caller);
        if (now.Caller is { } self)
        {
            return TypedResults.Ok(Describe(self, accounts.Current, catalog.Current));
        }
        await AccountProblem.Of(now).WriteAsync(context);
        return TypedResults.Empty;
    }

    private static MeResponse Describe(Caller caller, AccountsSnapshot accounts, DatasetCatalog catalog)
    {
        Account account = caller.Account!;
        return new MeResponse(
            account.Id,
            account.Name,
            account.Organization,
            [.. account.Roles.Order(StringComparer.Ordinal)],
            account.CreatedAt,
            new TierResponse(caller.Tier.Id, caller.Tier.Rate.BytesPerSecond, caller.Tier.Rate.MegabitsPerSecond, caller.Tier.Streams),
            [.. catalog.Terms.Values.OrderBy(terms => terms.Id, StringComparer.Ordinal).Select(terms => new TermsResponse(
                terms.Id, terms.Version, account.AcceptedTerms.TryGetValue(terms.Id, out int accepted) ? accepted : null))],
            [.. account.GrantedDatasets.Order(StringComparer.Ordinal)],
            caller.KeyId is { } id && accounts.FindKey(id) is { Key: var key, Limits: var limits }
                ? new KeyResponse(key.Id, key.Name, key.ExpiresAt, limits.Purpose.ToString().ToLowerInvariant(), limits.Datasets)
                : null);
    }
}

/// <summary>An account as it sees itself.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Organization">Whom it stands for.</param>
/// <param name="Roles">Beyond downloading, such as <c>admin</c>.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Tier">What it may use.</param>
/// <param name="Terms">All terms, with the version it accepted of each.</param>
/// <param name="Datasets">Restricted datasets that it was granted.</param>
/// <param name="Key">The key that asks, and what it is for; absent where it asks without one.</param>
internal sealed record MeResponse(
    string Id,
    string Name,
    string? Organization,
    IReadOnlyList<string> Roles,
    DateTimeOffset CreatedAt,
    TierResponse Tier,
    IReadOnlyList<TermsResponse> Terms,
    IReadOnlyList<string> Datasets,
    KeyResponse? Key);

/// <param name="Id">The 16 characters after <c>odk_</c>.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="ExpiresAt">When it ends, or absent.</param>
/// <param name="Purpose"><c>all</c>, <c>downloads</c> or <c>desk</c>.</param>
/// <param name="Datasets">Codes and patterns of the datasets that it is limited to; empty for all.</param>
internal sealed record KeyResponse(string Id, string Name, DateTimeOffset? ExpiresAt, string Purpose, IReadOnlyList<string> Datasets);

/// <param name="Id">Such as <c>registered</c>.</param>
/// <param name="BytesPerSecond">Of response bodies, over all connections together.</param>
/// <param name="MegabitsPerSecond">The same in millions of bits.</param>
/// <param name="Streams">Downloads at a time.</param>
internal sealed record TierResponse(string Id, long BytesPerSecond, double MegabitsPerSecond, int Streams);

/// <param name="Id">Such as <c>basic-data</c>.</param>
/// <param name="Version">The version in force.</param>
/// <param name="Accepted">The newest version that was accepted, or absent.</param>
internal sealed record TermsResponse(string Id, int Version, int? Accepted);

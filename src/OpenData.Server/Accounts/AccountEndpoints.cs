using Microsoft.AspNetCore.Http.HttpResults;
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
        api.MapPost("/links", MakeLink).WithSummary("Makes a link that carries your permission for one file, for a browser or a download manager.");
    }

    private static MeResponse Me(HttpContext context, ICurrentCatalog catalog) => Describe(context.CallerOf(), catalog.Current);

    private static async Task<Results<Ok<MeResponse>, EmptyHttpResult>> AcceptTerms(
        string id, HttpContext context, AccountStore store, CurrentAccounts accounts, CallerIdentity callers, ICurrentCatalog catalog, CancellationToken stop)
    {
        Caller caller = context.CallerOf();
        AccountResult<Account> result = await store.AcceptTermsAsync(caller.Account!.Id, id, $"account:{caller.Account.Id}", stop);
        if (!result.Done)
        {
            await AccountProblem.Make(StatusCodes.Status404NotFound, "unknown-terms", "There are no such terms", result.Fault.Text).WriteAsync(context);
            return TypedResults.Empty;
        }
        await accounts.RefreshAsync(stop);
        Identification now = callers.Again(caller);
        if (now.Caller is { } self)
        {
            return TypedResults.Ok(Describe(self, catalog.Current));
        }
        await AccountProblem.Of(now).WriteAsync(context);
        return TypedResults.Empty;
    }

    private static async Task<Results<Ok<LinkResponse>, EmptyHttpResult>> MakeLink(
        LinkRequest request, HttpContext context, CurrentAccounts accounts, TimeProvider time, IConfiguration configuration)
    {
        Caller caller = context.CallerOf();
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset expires = DateTimeOffset.FromUnixTimeSeconds((request.Expires ?? now + SignedLink.MaxLife).ToUnixTimeSeconds());
        if ((PathFault(request.Path, out PathString path) ?? ExpiryFault(expires, now)) is { } fault)
        {
            await AccountProblem.Make(StatusCodes.Status400BadRequest, "invalid-link-request", "No such link can be made", fault).WriteAsync(context);
            return TypedResults.Empty;
        }
        AccountEntry owner = accounts.Current.FindAccount(caller.Account!.Id)!;
        string query = SignedLink.Sign(owner.LinkSecret, path.Value!, caller.KeyId!, expires);
        // The gateway's setting, by name: this room knows nothing of that one.
        string root = configuration["OpenData:Gateway:PublicUrl"]?.TrimEnd('/') is { Length: > 0 } given
            ? given
            : $"{context.Request.Scheme}://{context.Request.Host}{context.Request.PathBase}";
        return TypedResults.Ok(new LinkResponse($"{root}{path.ToUriComponent()}?{query}", expires));
    }

    /// <summary>What is wrong with a path as it stands in an address.</summary>
    private static string? PathFault(string? given, out PathString path)
    {
        path = default;
        if (given is null || !given.StartsWith(SignedLink.Root, StringComparison.Ordinal) || given.Length > 4096 || given.AsSpan().ContainsAny('?', '#', '\\'))
        {
            return $"'path' must be the path of a file as in its address, such as {SignedLink.Root}CN-PA-TXTS-10-A/2026-01-02/r1/CN-PA-TXTS-10-A_2026-01-02_r1_001.zip.";
        }
        path = PathString.FromUriComponent(given);
        string decoded = path.Value!;
        return decoded.Any(char.IsControl) || decoded.Split('/').Any(segment => segment is "." or "..") || decoded.Contains("//", StringComparison.Ordinal)
            ? "'path' holds a control character or an empty, '.' or '..' segment; use the path as lists of the API give it."
            : null;
    }

    private static string? ExpiryFault(DateTimeOffset expires, DateTimeOffset now) =>
        expires <= now || expires > now + SignedLink.MaxLife
            ? $"'expires' must be a time in the future, at most {SignedLink.MaxLife.Days} days from now; leave it out for the most."
            : null;

    private static MeResponse Describe(Caller caller, DatasetCatalog catalog)
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
            [.. account.GrantedDatasets.Order(StringComparer.Ordinal)]);
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
internal sealed record MeResponse(
    string Id,
    string Name,
    string? Organization,
    IReadOnlyList<string> Roles,
    DateTimeOffset CreatedAt,
    TierResponse Tier,
    IReadOnlyList<TermsResponse> Terms,
    IReadOnlyList<string> Datasets);

/// <param name="Id">Such as <c>registered</c>.</param>
/// <param name="BytesPerSecond">Of response bodies, over all connections together.</param>
/// <param name="MegabitsPerSecond">The same in millions of bits.</param>
/// <param name="Streams">Downloads at a time.</param>
internal sealed record TierResponse(string Id, long BytesPerSecond, double MegabitsPerSecond, int Streams);

/// <param name="Id">Such as <c>basic-data</c>.</param>
/// <param name="Version">The version in force.</param>
/// <param name="Accepted">The newest version that was accepted, or absent.</param>
internal sealed record TermsResponse(string Id, int Version, int? Accepted);

/// <param name="Path">The path of a file as in its address, below <c>/files/</c>.</param>
/// <param name="Expires">When the link ends, at most 7 days from now; that, if left out.</param>
internal sealed record LinkRequest(string? Path, DateTimeOffset? Expires);

/// <param name="Url">The link.</param>
/// <param name="Expires">When it ends.</param>
internal sealed record LinkResponse(string Url, DateTimeOffset Expires);

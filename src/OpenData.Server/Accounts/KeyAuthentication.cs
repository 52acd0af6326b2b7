using System.Globalization;
using System.Net;
using Microsoft.Net.Http.Headers;
using OpenData.Format;

namespace OpenData.Server.Accounts;

/// <summary>
/// <see cref="CallerIdentity"/> for ASP.NET Core. An endpoint either identifies for itself (<see cref="Identify"/>) or is marked with
/// <see cref="RequireAccount"/> or <see cref="RequireAdmin"/> and then asks for its <see cref="CallerOf"/>.
/// </summary>
public static class KeyAuthentication
{
    /// <summary>The claim in which a session of the site keeps the account's id.</summary>
    public const string AccountClaim = "opendata:account";

    /// <summary>
    /// Identifies the caller of a request: by header, by link, by a session of the site, or by address. A session counts for a request that
    /// changes something only if the browser says that the site's own page makes it (<c>Sec-Fetch-Site</c>, W3C Fetch Metadata), so that no
    /// other site can make it on somebody's behalf.
    /// </summary>
    public static Identification Identify(this CallerIdentity callers, HttpContext context)
    {
        HttpRequest request = context.Request;
        IPAddress address = context.Connection.RemoteIpAddress ?? IPAddress.Loopback;
        // Two headers become "a,b", which is no key.
        string? authorization = request.Headers.Authorization;
        string query = request.QueryString.Value ?? "";
        return string.IsNullOrWhiteSpace(authorization)
            && !SignedLink.IsAttempt(query)
            && context.User.FindFirst(AccountClaim)?.Value is { } accountId
            && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || request.Headers["Sec-Fetch-Site"] == "same-origin")
            ? callers.OfSession(accountId, address)
            : callers.Identify(authorization, request.Method, request.Path.Value, query, address);
    }

    /// <summary>Lets only accounts through; others are told what to do.</summary>
    public static TBuilder RequireAccount<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.Require((_, _) => null);

    /// <summary>Lets only curators through.</summary>
    public static TBuilder RequireAdmin<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.Require((account, _) => account.IsAdmin ? null : AccountProblem.AdminNeeded);

    /// <summary>Lets only those through who have one of the roles, and auditors where nothing is changed (<see cref="DeskRights.May"/>).</summary>
    public static TBuilder RequireApiRole<TBuilder>(this TBuilder builder, params string[] roles)
        where TBuilder : IEndpointConventionBuilder => builder.Require((account, method) => account.May(method, roles) ? null : AccountProblem.RoleNeeded(roles));

    /// <summary>The caller of an endpoint that is marked with <see cref="RequireAccount"/> or <see cref="RequireAdmin"/>; it has an account.</summary>
    public static Caller CallerOf(this HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new InvalidOperationException("This endpoint is not marked with RequireAccount or RequireAdmin.");

    /// <summary>Writes the answer of a refused request.</summary>
    public static async Task WriteAsync(this AccountProblem problem, HttpContext context)
    {
        HttpResponse response = context.Response;
        response.StatusCode = problem.Status;
        if (problem.Challenged)
        {
            response.Headers.WWWAuthenticate = new([.. AccountProblem.Challenges]);
        }
        if (problem.RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }
        response.Headers[HeaderNames.CacheControl] = "no-store";
        await response.WriteAsJsonAsync(problem.Problem, FormatJson.Default.Problem, "application/problem+json", context.RequestAborted);
    }

    private static TBuilder Require<TBuilder>(this TBuilder builder, Func<Account, string, AccountProblem?> judge)
        where TBuilder : IEndpointConventionBuilder
    {
        // Around the endpoint's own delegate, not as an endpoint filter: those run after the body was read and bound, which nobody unknown should get to.
        builder.Finally(endpoint =>
        {
            RequestDelegate inner = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = async context =>
            {
                Identification who = context.RequestServices.GetRequiredService<CallerIdentity>().Identify(context);
                AccountProblem? problem = who.Caller is not { } caller ? AccountProblem.Of(who)
                    : caller.Account is not { } account ? AccountProblem.AccountNeeded
                    : caller.Limits?.MayCall(context.Request.Method, context.Request.Path) is false ? AccountProblem.BeyondKey
                    : judge(account, context.Request.Method);
                if (problem is not null)
                {
                    await problem.WriteAsync(context);
                    return;
                }
                context.Features.Set(who.Caller);
                await inner(context);
            };
        });
        return builder;
    }
}

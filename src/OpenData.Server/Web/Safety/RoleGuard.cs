using OpenData.Server.Accounts;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Members;

namespace OpenData.Server.Web.Safety;

/// <summary>Keeps pages of the desk to those whose work they are.</summary>
public static class RoleGuard
{
    /// <summary>
    /// Lets through who is signed in and has one of the roles, or <see cref="Role.Admin"/>, who has them all. <see cref="Role.Auditor"/> sees every such
    /// page and changes nothing: only GET and HEAD. Others get the sign-in page (nobody is signed in) or 403, before a form is read.
    /// </summary>
    public static TBuilder RequireRole<TBuilder>(this TBuilder builder, params string[] roles)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Finally(endpoint =>
        {
            RequestDelegate inner = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = http => http.Member() switch
            {
                null => SeeOther.SignIn(http).ExecuteAsync(http),
                { Account: var account } when Allows(account, http.Request.Method, roles) => inner(http),
                _ => SitePage.Of<ErrorPage>(http, new ErrorModel(403), StatusCodes.Status403Forbidden).ExecuteAsync(http),
            };
        });
        return builder;
    }

    /// <summary>Whether an account may make a request of this method where one of the roles is asked for.</summary>
    internal static bool Allows(Account account, string method, params IEnumerable<string> roles) =>
        account.State is AccountState.Active
        && (roles.Any(account.Has) || (account.Has(Role.Auditor) && (HttpMethods.IsGet(method) || HttpMethods.IsHead(method))));
}

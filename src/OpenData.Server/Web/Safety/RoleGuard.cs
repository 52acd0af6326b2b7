using OpenData.Server.Accounts;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Members;
using OpenData.Server.Web.Reading;

namespace OpenData.Server.Web.Safety;

/// <summary>Keeps pages of the desk to those whose work they are.</summary>
public static class RoleGuard
{
    /// <summary>
    /// Lets through who is signed in and has one of the roles, or <see cref="Role.Admin"/>, who has them all. <see cref="Role.Auditor"/> sees every such
    /// page and changes nothing: only GET and HEAD (<see cref="DeskRights"/>). Others get the sign-in page (nobody is signed in) or 403 in kind words, before a form is read.
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
                { Account: var account } when account.May(http.Request.Method, roles) => inner(http),
                { Account: var account } => Forbidden(http, account).ExecuteAsync(http),
            };
        });
        return builder;
    }

    private static IResult Forbidden(HttpContext http, Account account)
    {
        Reader reader = http.Reader();
        ErrorModel told = account is { HasDesk: true, State: AccountState.Active }
            ? new ErrorModel(403, reader[HttpMethods.IsGet(http.Request.Method) ? "Desk.NotYours" : "Desk.LookOnly"], "/admin", reader["Desk.Title"])
            : new ErrorModel(403, reader["Desk.NoDesk"], "/account", reader["Member.Account"]);
        return SitePage.Of<ErrorPage>(http, told, StatusCodes.Status403Forbidden);
    }
}

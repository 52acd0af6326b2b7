namespace OpenData.Server.Web.Components;

/// <summary>After a form: the next page is asked for with GET (303, RFC 9110, 15.4.4), so that reloading it sends nothing again.</summary>
public sealed class SeeOther : IResult
{
    private const string Home = "/account";

    private readonly string _address;

    private SeeOther(string address) => _address = address;

    /// <summary>To an address of this site.</summary>
    public static IResult To(string address) => new SeeOther(address);

    /// <summary>To the page where one signs in, and from there back to what was asked for.</summary>
    public static IResult SignIn(HttpContext http) =>
        To("/account/sign-in?return=" + Uri.EscapeDataString(HttpMethods.IsGet(http.Request.Method) ? http.Request.Path.ToUriComponent() + http.Request.QueryString.Value : Home));

    /// <summary>A path of this site; anything else, such as <c>//elsewhere</c>, becomes the account's own page.</summary>
    public static string Local(string? path) =>
        path is { Length: > 0 and < 1000 } && path[0] == '/' && (path.Length == 1 || path[1] is not ('/' or '\\')) && !path.Any(char.IsControl) ? path : Home;

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
        httpContext.Response.Headers.Location = _address;
        httpContext.Response.ContentLength = 0;
        return Task.CompletedTask;
    }
}

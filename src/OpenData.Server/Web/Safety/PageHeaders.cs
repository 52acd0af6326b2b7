using Microsoft.Net.Http.Headers;

namespace OpenData.Server.Web.Safety;

/// <summary>What every answer to a reader says to the browser: only our own files, no scripts or styles inside a page, no frames around it, no guessing.</summary>
internal static class PageHeaders
{
    private const string Policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Sets them; what an endpoint sets itself stays.</summary>
    public static Task SetAsync(HttpContext http, RequestDelegate next)
    {
        http.Response.OnStarting(
            static state =>
            {
                IHeaderDictionary headers = (IHeaderDictionary)state;
                headers.Remove("blazor-enhanced-nav"); // speaks to a script that is not here
                headers.TryAdd(HeaderNames.ContentSecurityPolicy, Policy);
                headers.TryAdd(HeaderNames.XContentTypeOptions, "nosniff");
                headers.TryAdd("Referrer-Policy", "same-origin");
                headers.TryAdd("Cross-Origin-Opener-Policy", "same-origin");
                headers.TryAdd("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
                return Task.CompletedTask;
            },
            http.Response.Headers);
        return next(http);
    }
}

using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using OpenData.Server.Web.Members;
using OpenData.Server.Web.Reading;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Components;

/// <summary>A page as the answer to a request: a component rendered whole on the server.</summary>
public static class SitePage
{
    private static readonly TimeSpan s_choiceLasts = TimeSpan.FromDays(365);

    /// <summary>Renders a component.</summary>
    /// <param name="http">The request.</param>
    /// <param name="model">The component's parameter <c>Model</c>.</param>
    /// <param name="status">The HTTP status.</param>
    public static IResult Of<TPage>(HttpContext http, object? model = null, int status = StatusCodes.Status200OK)
        where TPage : IComponent
    {
        Reader reader = http.Reader();
        HttpResponse response = http.Response;
        response.Headers.ContentLanguage = reader.Language.Tag();
        response.Headers.Append(HeaderNames.Vary, "Accept-Language, Cookie");
        response.Headers.TryAdd(HeaderNames.CacheControl, "no-cache");
        Remember(http, reader.Language);
        if (http.Member() is not null)
        {
            response.Headers.CacheControl = "no-store"; // what one person sees is not for the next at the same machine
            http.FormToken(); // signing out is a form
        }
        Dictionary<string, object?> parameters = new(StringComparer.Ordinal);
        if (model is not null)
        {
            parameters["Model"] = model;
        }
        return new RazorComponentResult<TPage>(parameters) { StatusCode = status, PreventStreamingRendering = true };
    }

    /// <summary>The same for a page with a form for whoever is not signed in.</summary>
    public static IResult OfForm<TPage>(HttpContext http, object model, int status = StatusCodes.Status200OK)
        where TPage : IComponent
    {
        http.FormToken();
        http.Response.Headers.CacheControl = "no-store";
        return Of<TPage>(http, model, status);
    }

    /// <summary>A language that the address asks for is remembered for the addresses that do not.</summary>
    private static void Remember(HttpContext http, SiteLanguage language)
    {
        if (LanguageChoice.Parse(http.Request.Query[LanguageChoice.Parameter]) is { } chosen && chosen.Code() != http.Request.Cookies[LanguageChoice.Cookie])
        {
            http.Response.Cookies.Append(
                LanguageChoice.Cookie,
                language.Code(),
                new CookieOptions { MaxAge = s_choiceLasts, SameSite = Microsoft.AspNetCore.Http.SameSiteMode.Lax, HttpOnly = true, IsEssential = true, Secure = http.Request.IsHttps });
        }
    }
}

using System.Text.Encodings.Web;
using OpenData.Server.Web.Reading;

namespace OpenData.Server.Web.Members;

/// <summary>
/// A page of one link that goes on by itself. Not a redirect, for two reasons: after a form a browser lets redirects lead to this site only (<c>form-action</c>), and
/// on a redirect from elsewhere it keeps back the cookies of our own forms, so that another tab's form would not be known any more.
/// </summary>
internal sealed class OnwardPage(string address) : IResult
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        Reader reader = httpContext.Reader();
        HttpResponse response = httpContext.Response;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers["Refresh"] = "0;url=" + address;
        string title = HtmlEncoder.Default.Encode(reader["Members.Unified.Onward"]);
        return response.WriteAsync(
            $"""<!DOCTYPE html><html lang="{reader.Language.Tag()}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title></head><body><main><h1><a href="{HtmlEncoder.Default.Encode(address)}">{title}</a></h1></main></body></html>""",
            httpContext.RequestAborted);
    }
}

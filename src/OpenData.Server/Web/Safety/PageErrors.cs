using OpenData.Server.Gateway;
using OpenData.Server.Web.Components;

namespace OpenData.Server.Web.Safety;

/// <summary>Gives a reader a page in their language where an address leads nowhere or the server failed; programs that ask for no HTML get the bare status.</summary>
internal sealed partial class PageErrors(RequestDelegate next, ILogger<PageErrors> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        int status = 0;
        try
        {
            await next(http);
            HttpResponse response = http.Response;
            if (response is { StatusCode: >= 400, HasStarted: false, ContentLength: null, ContentType: null })
            {
                status = response.StatusCode;
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return; // nobody is there to be told
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            status = Problems.Of(e)?.Status ?? StatusCodes.Status500InternalServerError;
            if (status == StatusCodes.Status500InternalServerError)
            {
                LogFailed(e, http.Request.Method, http.Request.Path.Value ?? "");
            }
            http.Response.Clear();
            http.Response.StatusCode = status;
        }
        if (status != 0 && AsksForPage(http.Request))
        {
            http.Response.Headers.CacheControl = "no-store";
            await SitePage.Of<ErrorPage>(http, new ErrorModel(status), status).ExecuteAsync(http);
        }
    }

    private static bool AsksForPage(HttpRequest request) => request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogFailed(Exception e, string method, string path);
}

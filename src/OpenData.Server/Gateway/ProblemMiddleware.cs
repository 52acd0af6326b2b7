namespace OpenData.Server.Gateway;

/// <summary>
/// Gives every refusal below <c>/api</c> and <c>/files</c> a problem as its body (RFC 9457): what an endpoint threw, and what routing or the
/// framework answered with a bare status.
/// </summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        Problems? problem = null;
        try
        {
            await next(http);
            HttpResponse response = http.Response;
            if (response is { StatusCode: >= 400, HasStarted: false, ContentLength: null, ContentType: null })
            {
                problem = Problems.OfStatus(response.StatusCode);
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return; // nobody is there to be told
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            problem = Problems.Of(e);
            if (problem is null)
            {
                LogFailed(e, http.Request.Method, http.Request.Path.Value ?? "");
                problem = Problems.OfStatus(StatusCodes.Status500InternalServerError);
            }
            http.Response.Clear();
        }
        if (problem is not null)
        {
            await problem.ExecuteAsync(http);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogFailed(Exception e, string method, string path);
}

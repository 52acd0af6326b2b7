using OpenData.Server.Statistics;
using OpenData.Server.Web.Reading;

namespace OpenData.Server.Web.Statistics;

/// <summary>Counts pages that were shown to people: kind and language, no more.</summary>
internal static class Visits
{
    /// <summary>Words in the names of programs that are no readers. Who says nothing of itself is none either.</summary>
    private static readonly string[] s_robots =
    [
        "bot", "crawl", "spider", "slurp", "archiver", "preview", "monitor", "scan", "headless", "curl", "wget", "aria2", "rclone", "lftp", "python", "java/",
        "go-http", "okhttp", "httpclient", "libwww", "scrapy", "feed", "facebookexternalhit", "mediapartners",
    ];

    public static async Task CountAsync(HttpContext http, RequestDelegate next)
    {
        await next(http);
        if (HttpMethods.IsGet(http.Request.Method)
            && http.Response.StatusCode == StatusCodes.Status200OK
            && http.Response.ContentType?.StartsWith("text/html", StringComparison.Ordinal) is true
            && KindOf(http.Request.Path) is { } kind
            && !IsRobot(http.Request.Headers.UserAgent)
            && !http.Request.Headers["Sec-Purpose"].ToString().StartsWith("prefetch", StringComparison.Ordinal))
        {
            http.RequestServices.GetRequiredService<VisitCounter>().Count(kind, http.Reader().Language.Code());
        }
    }

    /// <summary>True for a program that is no reader's browser.</summary>
    internal static bool IsRobot(string? agent) => string.IsNullOrWhiteSpace(agent) || Array.Exists(s_robots, word => agent.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>The kind of page at an address; null where pages are not counted, such as the desk.</summary>
    internal static string? KindOf(PathString path)
    {
        string[] parts = path.Value?.Split('/', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return parts switch
        {
            [] => "catalog",
            ["datasets", _] => "dataset",
            ["datasets", _, _, ..] => "release",
            ["guide" or "terms" or "bandwidth" or "problems", ..] => "text",
            ["feedback", ..] => "feedback",
            ["statistics", ..] => "statistics",
            ["account", ..] => "account",
            _ => null,
        };
    }
}

using System.Globalization;
using System.Net;
using System.Text;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>
/// The folders below <c>/files/</c> as pages that <c>wget -r</c>, lftp and rclone walk and people read: a relative link, a time and a size a line, in
/// the form of nginx's autoindex, which they all know. What was withdrawn is not listed.
/// </summary>
internal static class DirectoryIndex
{
    private const int PageSize = 1000;

    public static void MapDirectoryIndex(this IEndpointRouteBuilder endpoints)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        endpoints.MapMethods("/files", methods, RootAsync).ExcludeFromDescription();
        endpoints.MapMethods("/files/{dataset}", methods, DatasetAsync).ExcludeFromDescription();
        endpoints.MapMethods("/files/{dataset}/latest/{**file}", methods, LatestAsync).ExcludeFromDescription();
        endpoints.MapMethods("/files/{dataset}/{edition}", methods, EditionAsync).ExcludeFromDescription();
        endpoints.MapMethods("/files/{dataset}/{edition}/{revision}", methods, ReleaseAsync).ExcludeFromDescription();
    }

    private static async Task<IResult> RootAsync(HttpRequest request, ICurrentCatalog catalog, ReleaseQueries releases, CancellationToken stop)
    {
        IReadOnlyDictionary<string, DatasetHead> heads = await releases.LatestOfAllAsync(stop);
        return Page(request, catalog.Current.Datasets.Keys.Where(heads.ContainsKey).Order(StringComparer.Ordinal)
            .Select(code => new Line(code + "/", heads[code].Latest.PublishedAt, null)));
    }

    private static async Task<IResult> DatasetAsync(string dataset, HttpRequest request, ICurrentCatalog catalog, ReleaseQueries releases, CancellationToken stop)
    {
        if (!catalog.Current.Datasets.ContainsKey(dataset))
        {
            return Problems.NotFound("There is no dataset of this code. All are listed at /files/.");
        }
        List<Line> lines = [];
        ReleaseCursor? after = null;
        IReadOnlyList<Release> page;
        do
        {
            page = await releases.PageAsync(dataset, from: null, to: null, after, PageSize, currentOnly: true, stop);
            lines.AddRange(page.Select(release => new Line(release.Edition + "/", release.PublishedAt, null)));
            after = page.Count > 0 ? ReleaseCursor.Of(page[^1]) : null;
        }
        while (page.Count == PageSize);
        return Page(request, lines);
    }

    /// <summary>Below <c>latest/</c> every address leads to the same one of the newest release: a file's name has its edition in it, <c>release.json</c> and <c>SHA256SUMS</c> do not.</summary>
    private static async Task<IResult> LatestAsync(string dataset, string? file, HttpResponse response, ReleaseQueries releases, CancellationToken stop)
    {
        if (await releases.LatestAsync(dataset, stop) is not { } latest)
        {
            return Problems.NotFound("The dataset has no release. All datasets are listed at /files/.");
        }
        response.Headers.CacheControl = "no-cache";
        return TypedResults.LocalRedirect(PublicAddress.Folder(latest.Id) + string.Join('/', (file ?? "").Split('/').Select(Uri.EscapeDataString)));
    }

    private static async Task<IResult> EditionAsync(string dataset, string edition, HttpRequest request, ReleaseQueries releases, CancellationToken stop)
    {
        IReadOnlyList<Release> revisions = await releases.RevisionsAsync(dataset, edition, stop);
        return revisions.Count == 0 ? Problems.NotFound("There is no such edition.")
            : revisions.All(release => release.State is ReleaseState.Withdrawn) ? Problems.Withdrawn(revisions[0].Id, revisions[0].WithdrawnAt, revisions[0].Reason)
            : revisions.All(release => release.State is ReleaseState.Withdrawn or ReleaseState.Archived) ? Problems.Archived(revisions[0].Id)
            : Page(request, revisions.Where(release => release.State is not (ReleaseState.Withdrawn or ReleaseState.Archived)).Select(release => new Line(release.Id.RevisionName + "/", release.PublishedAt, null)));
    }

    private static async Task<IResult> ReleaseAsync(HttpRequest request, ReleaseQueries releases, CancellationToken stop)
    {
        if (FileFinder.ReleaseOf(request) is not { } id || await releases.FindAsync(id, stop) is not { } release)
        {
            return Problems.NotFound("There is no such release.");
        }
        if (Problems.Of(id, release.State, release.WithdrawnAt, release.Reason) is { } gone)
        {
            return gone;
        }
        IReadOnlyList<ReleaseFile> files = await releases.FilesAsync(id, stop);
        return Page(request, files.Select(file => new Line(file.Name, file.PublishedAt, file.Bytes)));
    }

    /// <summary>A folder's page; without the slash at the end of its address relative links would lead elsewhere, so that is added first.</summary>
    private static IResult Page(HttpRequest request, IEnumerable<Line> lines)
    {
        if (!request.Path.Value!.EndsWith('/'))
        {
            return TypedResults.LocalRedirect(request.PathBase + new PathString(request.Path + "/").ToUriComponent() + request.QueryString, permanent: true, preserveMethod: true);
        }
        string title = WebUtility.HtmlEncode(request.Path.Value);
        StringBuilder html = new($"<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Index of {title}</title></head>\n<body>\n<h1>Index of {title}</h1><hr><pre>");
        if (request.Path != "/files/")
        {
            html.Append("<a href=\"../\">../</a>\n");
        }
        foreach (Line line in lines)
        {
            bool folder = line.Name.EndsWith('/');
            string name = folder ? line.Name[..^1] : line.Name;
            string size = line.Bytes?.ToString(CultureInfo.InvariantCulture) ?? "-";
            html.Append(
                CultureInfo.InvariantCulture,
                $"<a href=\"{Uri.EscapeDataString(name)}{(folder ? "/" : "")}\">{WebUtility.HtmlEncode(line.Name)}</a>{new string(' ', Math.Max(1, 70 - line.Name.Length))}{line.At.UtcDateTime:dd-MMM-yyyy HH:mm} {size,19}\n");
        }
        html.Append("</pre><hr></body></html>\n");
        request.HttpContext.Response.Headers.CacheControl = "no-cache";
        request.HttpContext.Response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        return TypedResults.Text(html.ToString(), "text/html", Encoding.UTF8);
    }

    /// <param name="Name">Ends in a slash for a folder.</param>
    /// <param name="At">Its time.</param>
    /// <param name="Bytes">Its size; null for a folder.</param>
    private sealed record Line(string Name, DateTimeOffset At, long? Bytes);
}

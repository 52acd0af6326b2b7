using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;

namespace OpenData.Server.Gateway.Api;

/// <summary>
/// <c>POST /api/v1/links</c>: addresses that carry the caller's permission, for browsers and download managers: of one file, of a list, or of all files of a
/// dataset between two days, as JSON, as a plain list or as a Metalink. Many are written as they are read, and bounded.
/// </summary>
internal static class LinksApi
{
    private const int MostPaths = 10_000;
    private const int MostReleases = 10_000;

    public static void MapLinks(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGroup("/api/v1").RequireAccount().WithTags("Account")
            .MapPost("/links", MakeAsync)
            .WithSummary("Makes links that carry your permission: for one file (path), many (paths), or all of a dataset between two days (dataset, from, to); as JSON, text or Metalink")
            .Produces<LinkResponse>();

    private static async Task<IResult> MakeAsync(LinkRequest request, HttpContext http, CurrentAccounts accounts, PublicAddress address, TimeProvider time, CancellationToken stop)
    {
        Caller caller = http.CallerOf();
        if (Fault(request) is { } fault || LinkSigner.TryExpiry(request.Expires, time.GetUtcNow(), out DateTimeOffset expires) is { } late && (fault = late) is not null)
        {
            return await RefuseAsync(http, fault);
        }
        LinkSigner signer = new(address.Root(http.Request), accounts.Current.FindAccount(caller.Account!.Id)!.LinkSecret, caller.KeyId!, expires);
        LinkFormat format = request.Format ?? Accepted(http.Request);
        IServiceProvider services = http.RequestServices;
        DatasetCatalog catalog = services.GetRequiredService<ICurrentCatalog>().Current;
        http.Response.Headers.CacheControl = "no-store";
        if (request.Path is not null)
        {
            if (LinkSigner.TryPath(request.Path, out PathString path) is { } wrong)
            {
                return await RefuseAsync(http, wrong);
            }
            if (format is LinkFormat.Json)
            {
                LinkTarget target = new(services.GetRequiredService<ReleaseQueries>(), catalog, caller, services.GetRequiredService<FileFinder>);
                return await target.ExistsAsync(path, stop) ? TypedResults.Ok(new LinkResponse(signer.Link(path), expires)) : await RefuseAsync(http, NoFile(request.Path));
            }
            request = request with { Paths = [request.Path] };
        }
        LinkedFiles linked = new(services.GetRequiredService<ReleaseQueries>(), services.GetRequiredService<ReleaseListings>());
        IAsyncEnumerable<LinkedFiles.Item> files;
        if (request.Paths is { } paths)
        {
            (IReadOnlyList<ReleaseFile> found, string? unknown) = await FindAsync(paths, services.GetRequiredService<ReleaseQueries>(), stop);
            if (unknown is not null)
            {
                return await RefuseAsync(http, unknown);
            }
            if (found.Select(file => file.Dataset).Distinct(StringComparer.Ordinal).Select(code => Missing(code, catalog, caller)).FirstOrDefault(missing => missing is not null) is { } problem)
            {
                await problem.WriteAsync(http);
                return TypedResults.Empty;
            }
            files = linked.OfAsync(found, format is LinkFormat.Metalink, stop);
        }
        else
        {
            if (!catalog.Datasets.ContainsKey(request.Dataset!))
            {
                return DatasetsApi.UnknownDataset;
            }
            if (Missing(request.Dataset!, catalog, caller) is { } problem)
            {
                await problem.WriteAsync(http);
                return TypedResults.Empty;
            }
            if (await services.GetRequiredService<ReleaseListings>().CountAsync(request.Dataset!, request.From, request.To, MostReleases + 1, stop) > MostReleases)
            {
                return await RefuseAsync(http, string.Create(CultureInfo.InvariantCulture, $"There are more than {MostReleases:N0} releases between these days. Ask for shorter times, one after another."));
            }
            files = linked.OfDatasetAsync(request.Dataset!, request.From, request.To, format is LinkFormat.Metalink, stop);
        }
        await WriteAsync(http.Response, format, signer, files, time.GetUtcNow(), stop);
        return TypedResults.Empty;
    }

    /// <summary>Exactly one of the three ways to ask.</summary>
    private static string? Fault(LinkRequest request)
    {
        int ways = (request.Path is null ? 0 : 1) + (request.Paths is null ? 0 : 1) + (request.Dataset is null ? 0 : 1);
        return ways switch
        {
            // As it was when there was but one way.
            0 => LinkSigner.TryPath(null, out _) + " Or ask with 'paths', or with 'dataset', 'from' and 'to'.",
            > 1 => "Ask with one of 'path', 'paths' and 'dataset'.",
            _ when request.Paths?.Count is 0 or > MostPaths => string.Create(CultureInfo.InvariantCulture, $"'paths' must have 1 to {MostPaths:N0} paths."),
            _ when request.From > request.To => $"'from' ({request.From:yyyy-MM-dd}) must not be after 'to' ({request.To:yyyy-MM-dd}).",
            _ when request.Dataset is null && (request.From ?? request.To) is not null => "'from' and 'to' go with 'dataset'.",
            _ => null,
        };
    }

    private static AccountProblem? Missing(string dataset, DatasetCatalog catalog, Caller caller) =>
        catalog.Datasets.TryGetValue(dataset, out Dataset? known) && AccessDecision.Decide(known, catalog, caller) is { IsAllowed: false } decision
            ? AccountProblem.Of(decision, dataset)
            : null;

    private static async Task<(IReadOnlyList<ReleaseFile> Found, string? Unknown)> FindAsync(IReadOnlyList<string> paths, ReleaseQueries releases, CancellationToken stop)
    {
        List<ReleaseFile> found = new(paths.Count);
        foreach (string given in paths)
        {
            if (LinkSigner.TryPath(given, out PathString path) is { } fault)
            {
                return (found, $"{fault} This is: '{given}'.");
            }
            ReleaseFile? file = path.Value!.Split('/') is [_, _, var dataset, var edition, var revision, var name] && FileFinder.ReleaseOf(dataset, edition, revision) is { } id
                ? await releases.FindFileAsync(id, name, stop)
                : null;
            if (file is null or { State: ReleaseState.Withdrawn or ReleaseState.Archived })
            {
                return (found, NoFile(given));
            }
            found.Add(file);
        }
        return (found, null);
    }

    private static string NoFile(string given) => $"'{given}' is no file of a release that can be had.";

    private static LinkFormat Accepted(HttpRequest request) => request.Headers.Accept.ToString() switch
    {
        var accept when accept.Contains(Metalink.MediaType, StringComparison.OrdinalIgnoreCase) => LinkFormat.Metalink,
        var accept when accept.Contains(MediaTypeNames.Text.Plain, StringComparison.OrdinalIgnoreCase) => LinkFormat.Text,
        _ => LinkFormat.Json,
    };

    private static async Task<IResult> RefuseAsync(HttpContext http, string fault)
    {
        await AccountProblem.Make(ProblemType.InvalidLinkRequest, fault).WriteAsync(http);
        return TypedResults.Empty;
    }

    private static async Task WriteAsync(HttpResponse response, LinkFormat format, LinkSigner signer, IAsyncEnumerable<LinkedFiles.Item> files, DateTimeOffset now, CancellationToken stop)
    {
        switch (format)
        {
            case LinkFormat.Metalink:
                response.ContentType = Metalink.MediaType;
                response.Headers.ContentDisposition = "attachment; filename=\"links.meta4\"";
                await Metalink.WriteAsync(response.Body, now, files.Select(item => new MetalinkFile(
                    $"{item.File.Release}/{item.File.Name}", item.File.Bytes, item.File.Sha256, item.Volume?.PieceLength ?? 0, item.Volume?.Pieces ?? [], Link(signer, item.File))));
                break;
            case LinkFormat.Text:
                response.ContentType = "text/plain; charset=utf-8";
                await foreach (LinkedFiles.Item item in files)
                {
                    Encoding.ASCII.GetBytes(Link(signer, item.File) + "\n", response.BodyWriter);
                    await FlushFullAsync(response.BodyWriter, stop);
                }
                break;
            default:
                await WriteJsonAsync(response, signer, files, stop);
                break;
        }
    }

    private static async Task WriteJsonAsync(HttpResponse response, LinkSigner signer, IAsyncEnumerable<LinkedFiles.Item> files, CancellationToken stop)
    {
        response.ContentType = "application/json; charset=utf-8";
        PipeWriter body = response.BodyWriter;
        body.Write(Encoding.ASCII.GetBytes($$"""{"expires":"{{UtcTime.Text(signer.Expires)}}","items":["""));
        bool first = true;
        await foreach (LinkedFiles.Item item in files)
        {
            if (!first)
            {
                body.Write(","u8);
            }
            first = false;
            body.Write(JsonSerializer.SerializeToUtf8Bytes(
                new LinkedFileSummary(PublicAddress.Of(item.File.Release, item.File.Name), item.File.Bytes, item.File.Sha256, Link(signer, item.File)), GatewayJson.Default.LinkedFileSummary));
            await FlushFullAsync(body, stop);
        }
        body.Write("]}"u8);
        await body.FlushAsync(stop);
    }

    private static string Link(LinkSigner signer, ReleaseFile file) => signer.Link(new PathString($"/files/{file.Release}/{file.Name}"));

    /// <summary>Sends what has come together once it is worth it, and waits for a reader that is slow.</summary>
    private static async ValueTask FlushFullAsync(PipeWriter body, CancellationToken stop)
    {
        if (body.UnflushedBytes >= 16 * 1024)
        {
            await body.FlushAsync(stop);
        }
    }
}

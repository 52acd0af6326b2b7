using System.Globalization;
using System.Text;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Feedback;
using OpenData.Server.Feeds;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Http;
using OpenData.Server.Releases;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Manuals;
using OpenData.Server.Web.Members;
using OpenData.Server.Web.Reading;

namespace OpenData.Server.Web.Datasets;

/// <summary><c>/datasets/CODE</c>: one dataset, and its sample.</summary>
internal static class DatasetPages
{
    private const int PageSize = 10_000;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/datasets", () => TypedResults.LocalRedirect("/"));
        pages.MapGet("/datasets/{code}", ShowAsync);
        pages.MapGet("/datasets/{code}/sample.zip", SampleAsync);
        pages.MapGet("/datasets/{code}/latest", LatestAsync);
    }

    private static async Task<IResult> ShowAsync(
        string code,
        HttpContext http,
        ICurrentCatalog catalog,
        ReleaseQueries releases,
        ReleaseMetadataReader metadata,
        AccountStore accounts,
        MarkdownPages markdown,
        Ratings ratings,
        PublicAddress address,
        TimeProvider time,
        CancellationToken stop)
    {
        DatasetCatalog current = catalog.Current;
        if (!current.Datasets.TryGetValue(code, out Dataset? dataset))
        {
            return Unknown(http, code);
        }
        Reader reader = http.Reader();
        IReadOnlyList<Release> all = await AllAsync(releases, code, stop);
        EditionCalendar calendar = EditionCalendar.Of(all, dataset.Schedule, time.GetUtcNow());
        Release[] published = [.. all.Where(release => release.State is ReleaseState.Published)];
        Release? latest = published.FirstOrDefault();
        int? year = YearOf(http.Request, calendar);
        string root = address.Root(http.Request);
        return SitePage.Of<DatasetPage>(http, new DatasetView
        {
            Dataset = dataset,
            Latest = latest,
            Editions = published.Length,
            Calendar = calendar,
            Year = year,
            OfYear = [.. all.Where(release => release.Date.Year == year)],
            Recent = [.. published.Take(DatasetView.MostBars).Reverse()],
            Fields = current.FieldsOf(dataset),
            Manual = current.ManualOf(dataset) is { } manual ? markdown.Render(reader.Of(manual.Markdown), lower: 1) : null,
            Terms = dataset.Terms is { } terms ? current.Terms.GetValueOrDefault(terms) : null,
            Commands = latest is null ? null : DownloadCommands.Of(dataset, latest.Id, root) with { KeyId = await OwnKeyAsync(http, accounts, time, stop) },
            Citation = latest is null ? null : Citation.Of(dataset, latest, root + Addresses.Of(latest.Id), reader),
            Ratings = await ratings.TotalsAsync(code, stop),
            JsonLd = Encoding.UTF8.GetString(SegmentedBuffer.Joined(SchemaOrg.Document(await metadata.NewestAsync(http.Request, dataset, stop)))),
        });
    }

    /// <summary>The newest key in force of whoever is signed in.</summary>
    private static async Task<string?> OwnKeyAsync(HttpContext http, AccountStore accounts, TimeProvider time, CancellationToken stop) => http.Member() is { } member
        ? (await accounts.ListKeysAsync(member.Account.Id, stop)).LastOrDefault(key => key.RevokedAt is null && (key.ExpiresAt is null || key.ExpiresAt > time.GetUtcNow()))?.Id
        : null;

    private static async Task<IResult> SampleAsync(string code, HttpContext http, ICurrentCatalog catalog, SampleArchives samples, CancellationToken stop)
    {
        if (!catalog.Current.Datasets.TryGetValue(code, out Dataset? dataset))
        {
            return Unknown(http, code);
        }
        string name = code + "_sample.zip";
        return samples.CuratedPath(dataset) is { } path
            ? TypedResults.PhysicalFile(path, "application/zip", name)
            : TypedResults.File(await samples.MakeAsync(dataset, stop), "application/zip", name);
    }

    private static async Task<IResult> LatestAsync(string code, HttpContext http, ReleaseQueries releases, CancellationToken stop) =>
        await releases.LatestAsync(code, stop) is { } latest ? TypedResults.LocalRedirect(Addresses.Of(latest.Id)) : Unknown(http, code);

    /// <summary>404 with the way back.</summary>
    public static IResult Unknown(HttpContext http, string code) =>
        SitePage.Of<ErrorPage>(http, new ErrorModel(404, http.Reader().Text("Dataset.Unknown", code.Length > 64 ? code[..64] + "…" : code)), StatusCodes.Status404NotFound);

    /// <summary>Every release of a dataset, the newest first.</summary>
    private static async Task<IReadOnlyList<Release>> AllAsync(ReleaseQueries releases, string code, CancellationToken stop)
    {
        List<Release> all = [];
        IReadOnlyList<Release> page;
        do
        {
            page = await releases.PageAsync(code, null, null, all.Count == 0 ? null : ReleaseCursor.Of(all[^1]), PageSize, currentOnly: false, stop);
            all.AddRange(page);
        }
        while (page.Count == PageSize);
        return all;
    }

    private static int? YearOf(HttpRequest request, EditionCalendar calendar)
    {
        int? asked = int.TryParse(request.Query["year"], NumberStyles.None, CultureInfo.InvariantCulture, out int year) ? year : null;
        return calendar.Years.Count == 0 ? null : calendar.Years.Any(known => known.Year == asked) ? asked : calendar.Years[0].Year;
    }
}

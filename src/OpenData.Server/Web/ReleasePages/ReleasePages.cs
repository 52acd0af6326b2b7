using System.Globalization;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Feedback;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Releases;
using OpenData.Server.Storage;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Datasets;
using OpenData.Server.Web.Members;
using OpenData.Server.Web.Reading;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.ReleasePages;

/// <summary><c>/datasets/CODE/EDITION/rN</c>: one release.</summary>
internal static class ReleasePages
{
    /// <summary>The longest text that is looked for in names.</summary>
    public const int LongestQuestion = 200;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/datasets/{code}/{edition}", EditionAsync);
        pages.MapGet("/datasets/{code}/{edition}/{revision}", ShowAsync);
        pages.MapPost("/datasets/{code}/{edition}/{revision}/rating", RateAsync).RequireOwnForm();
    }

    /// <summary>An edition's address leads to its current release, or to the newest where none is current.</summary>
    private static async Task<IResult> EditionAsync(string code, string edition, HttpContext http, ReleaseQueries releases, CancellationToken stop)
    {
        IReadOnlyList<Release> revisions = await releases.RevisionsAsync(code, edition, stop);
        Release? shown = revisions.FirstOrDefault(release => release.State is ReleaseState.Published) ?? (revisions.Count > 0 ? revisions[0] : null);
        return shown is null ? Unknown(http, code) : TypedResults.LocalRedirect(Addresses.Of(shown.Id));
    }

    private static async Task<IResult> ShowAsync(
        string code,
        string edition,
        string revision,
        HttpContext http,
        ICurrentCatalog catalog,
        ReleaseQueries releases,
        FindingLines findings,
        ChangeLines changes,
        Ratings ratings,
        EntryIndexes indexes,
        PublicAddress address,
        CancellationToken stop)
    {
        if (FileFinder.ReleaseOf(code, edition, revision) is not { } id
            || !catalog.Current.Datasets.TryGetValue(code, out Dataset? dataset)
            || await releases.FindAsync(id, stop) is not { } release
            || await releases.ManifestAsync(id, stop) is not { } manifest)
        {
            return Unknown(http, code);
        }
        Reader reader = http.Reader();
        if (release.State is ReleaseState.Withdrawn)
        {
            return SitePage.Of<ErrorPage>(
                http,
                new ErrorModel(410, reader.Text("Release.WithdrawnText", id.ToString(), release.Reason ?? "–"), Addresses.OfDataset(code), reader["Release.ToDataset"]),
                StatusCodes.Status410Gone);
        }
        IReadOnlyList<ReleaseFile> files = await releases.FilesAsync(id, stop);
        Release? before = (await releases.PageAsync(code, null, null, ReleaseCursor.Of(release), 2, currentOnly: true, stop)).FirstOrDefault(other => other.Edition != edition);
        string root = address.Root(http.Request);
        return SitePage.Of<ReleasePage>(http, new ReleaseView
        {
            Dataset = dataset,
            Release = release,
            Manifest = manifest,
            Files = [.. files.Where(file => !file.Archive)],
            Revisions = await releases.RevisionsAsync(code, edition, stop),
            Before = before is not null && await releases.ManifestAsync(before.Id, stop) is { } manifestBefore ? (before, manifestBefore) : null,
            After = await AfterAsync(releases, release, stop),
            Findings = manifest.Findings is { Errors: 0, Warnings: 0, Notes: 0 } ? [] : await FindingsAsync(findings, id, stop),
            Changes = manifest.Changes is { } counts ? await ChangesAsync(http.Request, changes, id, counts, stop) : null,
            Rating = await RatingAsync(http, ratings, id, stop),
            Entries = await EntriesAsync(http.Request, manifest, files, indexes, stop),
            Commands = DownloadCommands.Of(dataset, id, root),
            Citation = Citation.Of(dataset, release, root + Addresses.Of(id), reader),
        });
    }

    /// <summary>The oldest of the editions dated later, among the hundred newest of them.</summary>
    private static async Task<Release?> AfterAsync(ReleaseQueries releases, Release release, CancellationToken stop)
    {
        IReadOnlyList<Release> later = await releases.PageAsync(release.Dataset, release.Date.AddDays(1), release.Date.AddDays(400), null, 200, currentOnly: true, stop);
        return later.Count > 0 ? later[^1] : null;
    }

    /// <summary>What is shown of findings must not take the page down: without the store there are none to see.</summary>
    private static async Task<IReadOnlyList<FindingLine>> FindingsAsync(FindingLines findings, ReleaseId id, CancellationToken stop)
    {
        try
        {
            return await findings.ReadAsync(id, stop);
        }
        catch (Exception e) when (e is BlobStoreUnavailableException or CorruptContentException)
        {
            return [];
        }
    }

    private static async Task<ChangesView> ChangesAsync(HttpRequest request, ChangeLines changes, ReleaseId id, RevisionChanges counts, CancellationToken stop)
    {
        string? kind = request.Query["change"].FirstOrDefault() is { } word && ChangesView.Kinds.Contains(word) ? word : null;
        string? question = Question(request, "changed");
        int page = Math.Clamp(Number(request, "changes"), 1, ChangeLines.MostLines / ChangesView.PageSize);
        ChangesFound? found = null;
        try
        {
            found = await changes.ReadAsync(id, kind, question, (page - 1) * ChangesView.PageSize, ChangesView.PageSize, stop);
        }
        catch (Exception e) when (e is BlobStoreUnavailableException or CorruptContentException)
        {
            // The page says that the list cannot be read now.
        }
        return new ChangesView(counts, kind, question, page, found);
    }

    private static async Task<RatingView> RatingAsync(HttpContext http, Ratings ratings, ReleaseId id, CancellationToken stop)
    {
        Account? reader = http.Member()?.Account;
        string? notice = http.Request.Query["rated"].FirstOrDefault() switch { "1" => "Rating.Done", "0" => "Rating.Refused", _ => null };
        return new RatingView(
            await ratings.TotalsAsync(id, stop),
            reader is null ? null : await ratings.OfAsync(reader.Id, id, stop),
            reader is { State: AccountState.Active } && await ratings.MayRateAsync(reader.Id, id, stop),
            reader is not null,
            reader is null ? null : notice);
    }

    private static async Task<IResult> RateAsync(string code, string edition, string revision, HttpContext http, ReleaseQueries releases, Ratings ratings, CancellationToken stop)
    {
        if (FileFinder.ReleaseOf(code, edition, revision) is not { } id || await releases.FindAsync(id, stop) is not { State: not ReleaseState.Withdrawn })
        {
            return Unknown(http, code);
        }
        if (http.Member() is not { Account: { State: AccountState.Active } reader })
        {
            return SeeOther.SignIn(http);
        }
        bool? good = http.Request.FormText("rating") switch { "good" => true, "bad" => false, _ => null };
        bool done = good is { } voice && await ratings.RateAsync(reader.Id, id, voice, http.Request.FormText("line").Trim(), stop);
        return SeeOther.To($"{Addresses.Of(id)}?rated={(done ? "1" : "0")}#rating");
    }

    private static string? Question(HttpRequest request, string name) =>
        request.Query[name].FirstOrDefault()?.Trim() is { Length: > 0 } text ? text[..Math.Min(text.Length, LongestQuestion)] : null;

    private static async Task<EntriesView> EntriesAsync(HttpRequest request, Manifest manifest, IReadOnlyList<ReleaseFile> files, EntryIndexes indexes, CancellationToken stop)
    {
        int volume = Math.Clamp(Number(request, "archive"), 1, Math.Max(1, manifest.Archives.Count));
        string? question = Question(request, "entry");
        string archive = manifest.Archives.Count == 0 ? "" : manifest.Archives[volume - 1].Name;
        ReleaseFile? file = files.FirstOrDefault(file => file.Name == manifest.Id().EntriesName(volume));
        int page = Math.Max(1, Number(request, "page"));
        try
        {
            if (file is not null && await indexes.OfAsync(new StoredContent(file.Key, file.Bytes, file.Sha256, default), stop) is { } index)
            {
                (IReadOnlyList<EntryRecord> entries, int total) = index.Search(question, (page - 1) * EntriesView.PageSize, EntriesView.PageSize);
                return new EntriesView(archive, volume, question, page, total, entries);
            }
        }
        catch (Exception e) when (e is BlobStoreUnavailableException or CorruptContentException)
        {
            // The page says that the entries cannot be listed now; the gateway has told the operators.
        }
        return new EntriesView(archive, volume, question, page, 0, null);
    }

    private static int Number(HttpRequest request, string name) =>
        int.TryParse(request.Query[name], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < 1_000_000 ? number : 0;

    private static IResult Unknown(HttpContext http, string code) => SitePage.Of<ErrorPage>(
        http,
        new ErrorModel(404, http.Reader()["Release.Unknown"], ReleaseId.IsDataset(code) ? Addresses.OfDataset(code) : null, http.Reader()["Release.ToDataset"]),
        StatusCodes.Status404NotFound);
}

using System.Globalization;
using OpenData.Server.Catalog;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Members;
using OpenData.Server.Web.Reading;

namespace OpenData.Server.Web.Manuals;

/// <summary><c>/guide</c>, <c>/guide/NAME</c>, <c>/terms</c>, <c>/terms/ID</c>: what is to be read.</summary>
internal static class TextPages
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/guide", (HttpContext http, ICurrentCatalog catalog, MarkdownPages markdown) => Guide(http, catalog.Current, Manual.Guide, markdown));
        pages.MapGet("/guide/{name}", (string name, HttpContext http, ICurrentCatalog catalog, MarkdownPages markdown) => Guide(http, catalog.Current, name, markdown));
        pages.MapGet("/terms", ListTerms);
        pages.MapGet("/terms/{id}", ShowTerms);
    }

    private static IResult Guide(HttpContext http, DatasetCatalog catalog, string name, MarkdownPages markdown)
    {
        if (!catalog.Manuals.TryGetValue(name, out Manual? manual))
        {
            return TypedResults.NotFound();
        }
        Reader reader = http.Reader();
        string text = reader.Of(manual.Markdown);
        return SitePage.Of<TextPage>(http, new TextView(
            MarkdownPages.TitleOf(text),
            markdown.Render(text),
            null,
            name == Manual.Guide ? null : ("/guide", reader["Site.Guide"]),
            reader["Guide.Manuals"],
            [
                .. catalog.Manuals.Values.Where(other => other.Id != name).OrderBy(other => other.Id != Manual.Guide).ThenBy(other => other.Id, StringComparer.Ordinal)
                    .Select(other => (other.Id == Manual.Guide ? "/guide" : "/guide/" + other.Id, MarkdownPages.TitleOf(reader.Of(other.Markdown)))),
            ]));
    }

    private static IResult ListTerms(HttpContext http, ICurrentCatalog catalog)
    {
        Reader reader = http.Reader();
        return SitePage.Of<TextPage>(http, new TextView(
            reader["Site.Terms"],
            $"<h1>{reader["Site.Terms"]}</h1><p>{reader["Terms.Lead"]}</p>",
            null,
            null,
            reader["Site.Terms"],
            [.. catalog.Current.Terms.Values.OrderBy(terms => terms.Id, StringComparer.Ordinal).Select(terms => ("/terms/" + terms.Id, reader.Of(terms.Title)))]));
    }

    private static IResult ShowTerms(string id, HttpContext http, ICurrentCatalog catalog, MarkdownPages markdown)
    {
        DatasetCatalog current = catalog.Current;
        if (!current.Terms.TryGetValue(id, out Terms? terms))
        {
            return TypedResults.NotFound();
        }
        Reader reader = http.Reader();
        return SitePage.Of<TextPage>(http, new TextView(
            reader.Of(terms.Title),
            markdown.Render(reader.Of(terms.Markdown)),
            reader.Text("Terms.Version", terms.Version.ToString(CultureInfo.InvariantCulture), reader.Day(terms.Effective)),
            ("/terms", reader["Site.Terms"]),
            reader["Terms.Datasets"],
            [
                .. current.Datasets.Values.Where(dataset => dataset.Terms == id).OrderBy(dataset => dataset.Code, StringComparer.Ordinal)
                    .Select(dataset => (Addresses.OfDataset(dataset.Code), $"{dataset.Code} · {reader.Of(dataset.Name)}")),
            ],
            http.Member()?.Account is { } account && account.AcceptedTerms.GetValueOrDefault(id) < terms.Version ? "/account/terms/" + id : null));
    }
}

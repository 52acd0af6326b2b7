using System.Globalization;
using System.Xml;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Api;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>
/// The change feed for news readers: <c>/feeds/CODE.atom</c> and <c>/feeds/all.atom</c> (RFC 4287), the newest first, in pages (RFC 5005, 3). The id of
/// an entry is the address of the page of the API that has this one change for ever.
/// </summary>
internal static class Atom
{
    public const string MediaType = "application/atom+xml; charset=utf-8";

    private const string Namespace = "http://www.w3.org/2005/Atom";
    private const int PageSize = 100;
    private const string All = "all";

    public static void MapAtom(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapMethods("/feeds/{code}.atom", [HttpMethods.Get, HttpMethods.Head], FeedAsync).ExcludeFromDescription();

    private static async Task<IResult> FeedAsync(
        string code, HttpRequest request, ChangeFeed feed, ICurrentCatalog catalog, PublicAddress address, IOptions<FeedsOptions> options, CancellationToken stop)
    {
        QueryValues query = new(request);
        long before = query.Number("before", long.MaxValue, 1, long.MaxValue);
        if (query.Problem is { } problem)
        {
            return problem;
        }
        Dataset? dataset = catalog.Current.Datasets.GetValueOrDefault(code);
        if (dataset is null && code != All)
        {
            return Problems.NotFound("There is no such feed. /feeds/all.atom has everything; each dataset has /feeds/CODE.atom.");
        }
        IReadOnlyList<Change> changes = await feed.NewestAsync(dataset?.Code, before, PageSize, stop);
        string title = dataset is null ? $"{options.Value.Publisher}: all datasets" : $"{dataset.Name.En} ({code})";
        AtomPage page = new(address.Root(request), $"/feeds/{code}.atom", title, options.Value.Publisher, before, changes);
        // An older page that is full has no place left for anything new.
        return new TaggedDocument(Document(page), MediaType, before < long.MaxValue && changes.Count == PageSize ? TaggedDocument.ForEver : TaggedDocument.AskAgain);
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> Document(AtomPage page) => FeedXml.Write(xml =>
    {
        string self = page.Root + page.Path;
        xml.WriteStartElement("feed", Namespace);
        Element(xml, "id", self);
        Element(xml, "title", page.Title);
        Element(xml, "updated", FeedXml.Time(page.Changes.Count > 0 ? page.Changes[0].At : DateTimeOffset.UnixEpoch));
        xml.WriteStartElement("author", Namespace);
        Element(xml, "name", page.Publisher);
        xml.WriteEndElement();
        Element(xml, "generator", "OpenData");
        Link(xml, "self", page.Before == long.MaxValue ? self : string.Create(CultureInfo.InvariantCulture, $"{self}?before={page.Before}"), "application/atom+xml");
        Link(xml, "alternate", page.Root + "/", "text/html");
        Link(xml, "first", self, "application/atom+xml");
        if (page.Changes.Count == PageSize)
        {
            Link(xml, "next", string.Create(CultureInfo.InvariantCulture, $"{self}?before={page.Changes[^1].Serial}"), "application/atom+xml");
        }
        foreach (Change change in page.Changes)
        {
            Entry(xml, page.Root, change);
        }
        xml.WriteEndElement();
    });

    private static void Entry(XmlWriter xml, string root, Change change)
    {
        xml.WriteStartElement("entry", Namespace);
        Element(xml, "id", string.Create(CultureInfo.InvariantCulture, $"{root}/api/v1/changes?after={change.Serial - 1}&limit=1"));
        Element(xml, "title", Title(change));
        Element(xml, "updated", FeedXml.Time(change.At));
        xml.WriteStartElement("category", Namespace);
        xml.WriteAttributeString("term", System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(change.Type.ToString()));
        xml.WriteEndElement();
        if (change is { Edition: { } edition, Revision: { } revision })
        {
            ReleaseId release = new(change.Dataset, edition, revision);
            Link(xml, "alternate", root + PublicAddress.Folder(release), "text/html");
            if (change.Type is not ChangeType.Withdrawn)
            {
                Link(xml, "related", root + PublicAddress.Folder(release) + "release.meta4", Metalink.MediaType);
            }
        }
        else
        {
            Link(xml, "alternate", $"{root}/datasets/{change.Dataset}", "text/html");
        }
        Element(xml, "summary", FeedXml.Text(change.Reason ?? Title(change)));
        xml.WriteEndElement();
    }

    private static string Title(Change change)
    {
        string release = change is { Edition: { } edition, Revision: { } revision } ? new ReleaseId(change.Dataset, edition, revision).ToString() : change.Dataset;
        return change.Type switch
        {
            ChangeType.Published => $"{release} was published",
            ChangeType.Superseded => string.Create(CultureInfo.InvariantCulture, $"{release} was superseded by r{change.By}"),
            ChangeType.Withdrawn => $"{release} was withdrawn",
            _ => $"The description of {release} changed",
        };
    }

    private static void Element(XmlWriter xml, string name, string text) => xml.WriteElementString(name, Namespace, text);

    private static void Link(XmlWriter xml, string relation, string address, string type)
    {
        xml.WriteStartElement("link", Namespace);
        xml.WriteAttributeString("rel", relation);
        xml.WriteAttributeString("type", type);
        xml.WriteAttributeString("href", address);
        xml.WriteEndElement();
    }

    private sealed record AtomPage(string Root, string Path, string Title, string Publisher, long Before, IReadOnlyList<Change> Changes);
}

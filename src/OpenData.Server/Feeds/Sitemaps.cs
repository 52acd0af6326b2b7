using System.Globalization;
using System.Xml;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>What search engines find the site by (sitemaps.org, 0.9): an index at <c>/sitemap.xml</c> of the pages of datasets and the folders of current releases.</summary>
internal static class Sitemaps
{
    private const string Namespace = "http://www.sitemaps.org/schemas/sitemap/0.9";
    private const string MediaType = "application/xml; charset=utf-8";

    private static readonly SerialRanges s_ranges = new(500);

    public static void MapSitemaps(this IEndpointRouteBuilder endpoints)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        endpoints.MapMethods("/sitemap.xml", methods, Index).ExcludeFromDescription();
        endpoints.MapMethods("/sitemaps/pages.xml", methods, Pages).ExcludeFromDescription();
        endpoints.MapMethods("/sitemaps/releases-{number:long}.xml", methods, ReleasesAsync).ExcludeFromDescription();
    }

    private static TaggedDocument Index(HttpRequest request, ChangeWatch watch, PublicAddress address) => Document("sitemapindex", xml =>
    {
        string root = address.Root(request);
        Entry(xml, "sitemap", root + "/sitemaps/pages.xml", null);
        for (long number = 1; number <= s_ranges.Count(watch.Head); number++)
        {
            Entry(xml, "sitemap", string.Create(CultureInfo.InvariantCulture, $"{root}/sitemaps/releases-{number}.xml"), null);
        }
    });

    private static TaggedDocument Pages(HttpRequest request, ICurrentCatalog catalog, PublicAddress address) => Document("urlset", xml =>
    {
        string root = address.Root(request);
        Entry(xml, "url", root + "/", null);
        foreach (string code in catalog.Current.Datasets.Keys.Order(StringComparer.Ordinal))
        {
            Entry(xml, "url", $"{root}/datasets/{code}", null);
        }
    });

    private static async Task<IResult> ReleasesAsync(long number, HttpRequest request, ChangeWatch watch, ReleaseListings listings, PublicAddress address, CancellationToken stop)
    {
        if (!s_ranges.Has(number, watch.Head))
        {
            return Problems.NotFound("There is no such sitemap. All are listed in /sitemap.xml.");
        }
        IReadOnlyList<Release> releases = await listings.ReleasesPublishedAsync(s_ranges.After(number), s_ranges.UpTo(number), stop);
        string root = address.Root(request);
        return Document("urlset", xml =>
        {
            foreach (Release release in releases)
            {
                Entry(xml, "url", root + PublicAddress.Folder(release.Id), release.PublishedAt);
            }
            if (releases.Count == 0)
            {
                // All of the stretch were withdrawn or replaced; a sitemap without an address is none (sitemap.xsd).
                Entry(xml, "url", root + "/files/", null);
            }
        });
    }

    private static TaggedDocument Document(string element, Action<XmlWriter> write) => new(
        FeedXml.Write(xml =>
        {
            xml.WriteStartElement(null, element, Namespace);
            write(xml);
        }),
        MediaType,
        TaggedDocument.Minutes);

    private static void Entry(XmlWriter xml, string element, string address, DateTimeOffset? modified)
    {
        xml.WriteStartElement(element, Namespace);
        xml.WriteElementString("loc", Namespace, address);
        if (modified is { } at)
        {
            xml.WriteElementString("lastmod", Namespace, FeedXml.Time(at));
        }
        xml.WriteEndElement();
    }
}

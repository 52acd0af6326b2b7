using System.Globalization;
using System.Xml;
using OpenData.Format;
using OpenData.Server.Gateway;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>
/// ResourceSync 1.1 (ANSI/NISO Z39.99-2017): every file that can be had, with size and digest, and every file that came or went, as Sitemap documents. Lists
/// are indexes of documents of <see cref="s_ranges"/> changes each: a document holds at most 50,000 files (Sitemaps 0.9) and so does an index.
/// </summary>
internal static class ResourceSync
{
    private const string Sitemap = "http://www.sitemaps.org/schemas/sitemap/0.9";
    private const string Terms = "http://www.openarchives.org/rs/terms/";
    private const string MediaType = "application/xml; charset=utf-8";
    private const string Folder = "/resourcesync/";

    /// <summary>
    /// 40 changes are some 200 files as a rule, and 50,000 only for releases of a thousand volumes each; 50,000 lists are 2,000,000 changes. Releases of
    /// neighbouring changes are of many datasets, so a database reads a dozen pages of its own for each.
    /// </summary>
    private static readonly SerialRanges s_ranges = new(40);

    public static void MapResourceSync(this IEndpointRouteBuilder endpoints)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        endpoints.MapMethods("/.well-known/resourcesync", methods, SourceDescription).ExcludeFromDescription();
        endpoints.MapMethods(Folder + "capabilitylist.xml", methods, CapabilityList).ExcludeFromDescription();
        endpoints.MapMethods(Folder + "resourcelist.xml", methods, ResourceListIndex).ExcludeFromDescription();
        endpoints.MapMethods(Folder + "resourcelist-{number:long}.xml", methods, ResourceListAsync).ExcludeFromDescription();
        endpoints.MapMethods(Folder + "changelist.xml", methods, ChangeListIndexAsync).ExcludeFromDescription();
        endpoints.MapMethods(Folder + "changelist-{number:long}.xml", methods, ChangeListAsync).ExcludeFromDescription();
    }

    /// <summary>Where everything begins (section 8).</summary>
    private static TaggedDocument SourceDescription(HttpRequest request, PublicAddress address) => Document(TaggedDocument.Minutes, xml =>
    {
        string root = address.Root(request);
        Start(xml, "urlset", "description", null, null);
        Link(xml, "describedby", root + "/catalog.jsonld", Dcat.MediaType);
        Url(xml, root + Folder + "capabilitylist.xml", null, ("capability", "capabilitylist"));
    });

    /// <summary>What there is (section 9).</summary>
    private static TaggedDocument CapabilityList(HttpRequest request, PublicAddress address) => Document(TaggedDocument.Minutes, xml =>
    {
        string root = address.Root(request);
        Start(xml, "urlset", "capabilitylist", root + "/.well-known/resourcesync", null);
        Url(xml, root + Folder + "resourcelist.xml", null, ("capability", "resourcelist"));
        Url(xml, root + Folder + "changelist.xml", null, ("capability", "changelist"));
    });

    /// <summary>Section 10.2.</summary>
    private static TaggedDocument ResourceListIndex(HttpRequest request, ChangeWatch watch, PublicAddress address, FeedIndexes indexes)
    {
        ChangeTail tail = watch.Tail;
        return indexes.Of("resourcelist", address.Root(request), tail.Head, () => WriteResourceListIndex(request, tail, address));
    }

    private static TaggedDocument WriteResourceListIndex(HttpRequest request, ChangeTail tail, PublicAddress address)
    {
        string at = FeedXml.Time(tail.NewestAt);
        string lists = address.Root(request) + Folder + "resourcelist-";
        return Document(TaggedDocument.AskAgain, xml =>
        {
            Start(xml, "sitemapindex", "resourcelist", address.Root(request) + Folder + "capabilitylist.xml", null, ("at", at));
            for (long number = 1; number <= s_ranges.Count(tail.Head); number++)
            {
                IndexEntry(xml, string.Create(CultureInfo.InvariantCulture, $"{lists}{number}.xml"), ("at", at));
            }
        });
    }

    /// <summary>Section 10.1: the files that came with the changes of a stretch and can still be had.</summary>
    private static async Task<IResult> ResourceListAsync(long number, HttpRequest request, ChangeWatch watch, ReleaseListings listings, PublicAddress address, CancellationToken stop)
    {
        ChangeTail tail = watch.Tail;
        if (!s_ranges.Has(number, tail.Head))
        {
            return NoSuchList;
        }
        IReadOnlyList<ListedFile> files = await listings.FilesPublishedAsync(s_ranges.After(number), s_ranges.UpTo(number), stop);
        string root = address.Root(request);
        return Document(TaggedDocument.AskAgain, xml =>
        {
            Start(xml, "urlset", "resourcelist", root + Folder + "capabilitylist.xml", root + Folder + "resourcelist.xml", ("at", FeedXml.Time(tail.NewestAt)));
            foreach (ListedFile file in files)
            {
                Url(
                    xml,
                    root + PublicAddress.Of(file.Release, file.Name),
                    file.At,
                    [.. Facts(file)],
                    file.Archive ? root + PublicAddress.Of(file.Release, file.Name) + FoundFile.MetalinkSuffix : null);
            }
        });
    }

    /// <summary>Section 12.2, with the time that each list begins and ends.</summary>
    private static async Task<IResult> ChangeListIndexAsync(HttpRequest request, ChangeWatch watch, ChangeTimes times, PublicAddress address, FeedIndexes indexes, CancellationToken stop)
    {
        ChangeTail tail = watch.Tail;
        IReadOnlyList<DateTimeOffset> begins = await times.BeginningsAsync(s_ranges, tail.Head, stop);
        return indexes.Of("changelist", address.Root(request), tail.Head, () => WriteChangeListIndex(address.Root(request), tail, begins));
    }

    private static TaggedDocument WriteChangeListIndex(string root, ChangeTail tail, IReadOnlyList<DateTimeOffset> begins)
    {
        return Document(TaggedDocument.AskAgain, xml =>
        {
            Start(xml, "sitemapindex", "changelist", root + Folder + "capabilitylist.xml", null, ("from", From(begins, 1)));
            for (int number = 1; number <= s_ranges.Count(tail.Head); number++)
            {
                string list = string.Create(CultureInfo.InvariantCulture, $"{root}{Folder}changelist-{number}.xml");
                if (number < begins.Count)
                {
                    IndexEntry(xml, list, ("from", From(begins, number)), ("until", From(begins, number + 1)));
                }
                else
                {
                    IndexEntry(xml, list, ("from", From(begins, number)));
                }
            }
        });
    }

    /// <summary>Section 12.1: what came and what went, in order. A full list never changes.</summary>
    private static async Task<IResult> ChangeListAsync(long number, HttpRequest request, ChangeWatch watch, ChangeTimes times, ReleaseListings listings, PublicAddress address, CancellationToken stop)
    {
        ChangeTail tail = watch.Tail;
        if (!s_ranges.Has(number, tail.Head))
        {
            return NoSuchList;
        }
        IReadOnlyList<ListedFile> files = await listings.FilesChangedAsync(s_ranges.After(number), s_ranges.UpTo(number), stop);
        IReadOnlyList<DateTimeOffset> begins = await times.BeginningsAsync(s_ranges, tail.Head, stop);
        string root = address.Root(request);
        // Closed only once the next one has begun: its beginning is this one's end.
        bool closed = number < begins.Count;
        return Document(closed ? TaggedDocument.ForEver : TaggedDocument.AskAgain, xml =>
        {
            (string, string) from = ("from", From(begins, (int)number));
            (string, string)[] period = closed ? [from, ("until", From(begins, (int)number + 1))] : [from];
            Start(xml, "urlset", "changelist", root + Folder + "capabilitylist.xml", root + Folder + "changelist.xml", period);
            foreach (ListedFile file in files)
            {
                bool came = file.Type == "published";
                Url(
                    xml,
                    root + PublicAddress.Of(file.Release, file.Name),
                    file.At,
                    came ? [("change", "created"), ("datetime", FeedXml.Time(file.At)), .. Facts(file)] : [("change", "deleted"), ("datetime", FeedXml.Time(file.At))]);
            }
        });
    }

    private static Problems NoSuchList => Problems.NotFound("There is no such list. /.well-known/resourcesync leads to all of them.");

    private static string From(IReadOnlyList<DateTimeOffset> begins, int number) => FeedXml.Time(number <= begins.Count ? begins[number - 1] : DateTimeOffset.UnixEpoch);

    private static IEnumerable<(string, string)> Facts(ListedFile file)
    {
        yield return ("hash", "sha-256:" + file.Sha256);
        yield return ("length", file.Bytes.ToString(CultureInfo.InvariantCulture));
        yield return ("type", file.MediaType.Split(';')[0]);
    }

    private static TaggedDocument Document(string cacheControl, Action<XmlWriter> write) => new(FeedXml.Write(write), MediaType, cacheControl);

    private static void Start(XmlWriter xml, string element, string capability, string? up, string? index, params (string Name, string Value)[] more)
    {
        xml.WriteStartElement(null, element, Sitemap);
        xml.WriteAttributeString("xmlns", "rs", null, Terms);
        if (up is not null)
        {
            Link(xml, "up", up, null);
        }
        if (index is not null)
        {
            Link(xml, "index", index, null);
        }
        Metadata(xml, [("capability", capability), .. more]);
    }

    private static void Url(XmlWriter xml, string address, DateTimeOffset? modified, params (string Name, string Value)[] metadata) => Url(xml, address, modified, metadata, null);

    private static void Url(XmlWriter xml, string address, DateTimeOffset? modified, (string Name, string Value)[] metadata, string? metalink)
    {
        xml.WriteStartElement("url", Sitemap);
        xml.WriteElementString("loc", Sitemap, address);
        if (modified is { } at)
        {
            xml.WriteElementString("lastmod", Sitemap, FeedXml.Time(at));
        }
        Metadata(xml, metadata);
        if (metalink is not null)
        {
            Link(xml, "describedby", metalink, Metalink.MediaType);
        }
        xml.WriteEndElement();
    }

    private static void IndexEntry(XmlWriter xml, string address, params (string Name, string Value)[] metadata)
    {
        xml.WriteStartElement("sitemap", Sitemap);
        xml.WriteElementString("loc", Sitemap, address);
        Metadata(xml, metadata);
        xml.WriteEndElement();
    }

    private static void Metadata(XmlWriter xml, (string Name, string Value)[] attributes)
    {
        xml.WriteStartElement("rs", "md", Terms);
        foreach ((string name, string value) in attributes)
        {
            xml.WriteAttributeString(name, value);
        }
        xml.WriteEndElement();
    }

    private static void Link(XmlWriter xml, string relation, string address, string? type)
    {
        xml.WriteStartElement("rs", "ln", Terms);
        xml.WriteAttributeString("rel", relation);
        xml.WriteAttributeString("href", address);
        if (type is not null)
        {
            xml.WriteAttributeString("type", type);
        }
        xml.WriteEndElement();
    }
}

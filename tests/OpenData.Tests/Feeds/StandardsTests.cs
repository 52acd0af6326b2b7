using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Xml.Linq;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Releases;
using OpenData.Tests.Gateway;
using OpenData.Tests.Packaging;
using OpenData.Tests.Releases;

namespace OpenData.Tests.Feeds;

/// <summary>Each format as its specification describes it (the section is named), read as a client would that knows nothing else of this server.</summary>
public sealed class StandardsTests : IAsyncLifetime
{
    private static readonly XNamespace s_atom = "http://www.w3.org/2005/Atom";
    private static readonly XNamespace s_sitemap = "http://www.sitemaps.org/schemas/sitemap/0.9";
    private static readonly XNamespace s_rs = "http://www.openarchives.org/rs/terms/";

    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync(("OpenData:Feeds:Publisher", "知识产权局"));

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Atom_has_every_change_once_over_its_pages()
    {
        await PublishAllAsync();
        await ChangeAsync(230);
        long head = await _host.Of<ChangeFeed>().HeadAsync(CancellationToken.None);
        List<string> ids = [];
        int pages = 0;
        for (string? next = "/feeds/all.atom"; next is not null; pages++)
        {
            XElement feed = await XmlAsync(next, "application/atom+xml");
            feed.Name.ShouldBe(s_atom + "feed");
            // RFC 4287, 4.1.1: exactly one id, title and updated; an author for the entries, which have none of their own; a link to itself.
            foreach (string required in new[] { "id", "title", "updated", "author" })
            {
                feed.Elements(s_atom + required).ShouldHaveSingleItem(required);
            }
            Links(feed, "self").ShouldHaveSingleItem().ShouldEndWith(next.Replace(_host.Url.AbsoluteUri, "/", StringComparison.Ordinal));
            foreach (XElement entry in feed.Elements(s_atom + "entry"))
            {
                // 4.1.2: id, title, updated, and where there is no content a link "alternate"; 4.2.6: ids are IRIs.
                ids.Add(entry.Element(s_atom + "id")!.Value);
                Uri.IsWellFormedUriString(ids[^1], UriKind.Absolute).ShouldBeTrue();
                entry.Element(s_atom + "title")!.Value.ShouldNotBeEmpty();
                DateTimeOffset.Parse(entry.Element(s_atom + "updated")!.Value, CultureInfo.InvariantCulture).Offset.ShouldBe(TimeSpan.Zero);
                Links(entry, "alternate").ShouldHaveSingleItem();
            }
            // RFC 5005, 3.
            Links(feed, "first").ShouldHaveSingleItem().ShouldEndWith("/feeds/all.atom");
            next = Links(feed, "next").SingleOrDefault();
        }
        pages.ShouldBe(3);
        ids.Distinct().Count().ShouldBe((int)head);
        // An id is the address of the page that has this change for ever.
        FeedPage first = JsonSerializer.Deserialize(await _host.Client.GetStringAsync(ids[^1]), FormatJson.Default.FeedPage)!;
        first.Items.ShouldHaveSingleItem().Serial.ShouldBe(1);

        XElement one = await XmlAsync($"/feeds/{GatewayHost.Registered}.atom", "application/atom+xml");
        one.Elements(s_atom + "entry").ShouldHaveSingleItem().Element(s_atom + "title")!.Value.ShouldContain("was published");
        (await _host.ProblemAsync("/feeds/none.atom")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task ResourceSync_leads_to_every_file_and_tells_what_went()
    {
        await PublishAllAsync();
        await _host.Of<Withdrawals>().WithdrawAsync(GatewayHost.Release(edition: "20240109"), "wrong", CancellationToken.None);
        await ChangeAsync(100);
        await _host.Of<ChangeWatch>().RefreshAsync(CancellationToken.None);

        // Section 8: the source description leads to the capability list (9), and that to the lists.
        XElement description = await XmlAsync("/.well-known/resourcesync");
        Capability(description).ShouldBe("description");
        XElement capabilities = await XmlAsync(description.Element(s_sitemap + "url")!.Element(s_sitemap + "loc")!.Value);
        Capability(capabilities).ShouldBe("capabilitylist");
        Relation(capabilities, "up").ShouldEndWith("/.well-known/resourcesync");
        Dictionary<string, string> lists = capabilities.Elements(s_sitemap + "url").ToDictionary(url => Capability(url)!, url => url.Element(s_sitemap + "loc")!.Value);

        // 10.1, 10.2: an index of lists; each resource with hash, length, type.
        List<XElement> resources = await ListAsync(lists["resourcelist"], "resourcelist", "at");
        foreach (XElement resource in resources.Where(resource => !Loc(resource).Contains(GatewayHost.Registered, StringComparison.Ordinal)))
        {
            byte[] content = await _host.Client.GetByteArrayAsync(Loc(resource));
            XElement md = resource.Element(s_rs + "md")!;
            md.Attribute("hash")!.Value.ShouldBe("sha-256:" + Sha256Digest.Of(content));
            md.Attribute("length")!.Value.ShouldBe(content.Length.ToString(CultureInfo.InvariantCulture));
            md.Attribute("type")!.Value.ShouldMatch("^[a-z]+/[a-z-]+$");
        }
        string[] known = [.. resources.Select(Loc)];
        known.ShouldBe(known.Distinct());
        known.Count(address => address.EndsWith(".zip", StringComparison.Ordinal)).ShouldBe(3, "two revisions and one of another dataset; the withdrawn one is not to be had");
        known.ShouldNotContain(address => address.Contains("20240109", StringComparison.Ordinal));

        // 12.1: changes in order, with the time of each; who applies them all has what the resource list says.
        List<XElement> changes = await ListAsync(lists["changelist"], "changelist", "from");
        HashSet<string> applied = [];
        DateTimeOffset last = DateTimeOffset.MinValue;
        foreach (XElement change in changes)
        {
            XElement md = change.Element(s_rs + "md")!;
            DateTimeOffset at = DateTimeOffset.Parse(md.Attribute("datetime")!.Value, CultureInfo.InvariantCulture);
            at.ShouldBeGreaterThanOrEqualTo(last);
            last = at;
            (md.Attribute("change")!.Value switch { "created" => applied.Add(Loc(change)), "deleted" => applied.Remove(Loc(change)), _ => false }).ShouldBeTrue();
        }
        applied.ShouldBe(known, ignoreOrder: true);

        // A change list that is closed says until when, and never changes.
        XElement index = await XmlAsync(lists["changelist"]);
        index.Elements(s_sitemap + "sitemap").Count().ShouldBe(3);
        string closed = Loc(index.Elements(s_sitemap + "sitemap").First());
        (await XmlAsync(closed)).Element(s_rs + "md")!.Attribute("until").ShouldNotBeNull();
        using HttpResponseMessage kept = await _host.SendAsync(new Uri(closed).PathAndQuery);
        kept.Headers.CacheControl!.ToString().ShouldContain("immutable");
        (await _host.SendAsync("/resourcesync/changelist-4.xml")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_data_package_names_every_file_by_a_path_beside_it()
    {
        ReleaseId release = GatewayHost.Release(edition: "生物序列2023年");
        await _host.PublishRandomAsync(100_000, release);
        JsonElement package = await JsonAsync(GatewayHost.PathOf(release, "datapackage.json"));
        // Data Package 2, "Package": $schema, resources; "name" is lower-case.
        package.GetProperty("$schema").GetString().ShouldBe("https://datapackage.org/profiles/2.0/datapackage.json");
        package.GetProperty("name").GetString()!.ShouldMatch("^[a-z0-9._-]+$");
        DateTimeOffset.TryParse(package.GetProperty("created").GetString(), CultureInfo.InvariantCulture, out _).ShouldBeTrue();
        JsonElement[] resources = [.. package.GetProperty("resources").EnumerateArray()];
        resources.Select(resource => resource.GetProperty("name").GetString()).Distinct().Count().ShouldBe(resources.Length);
        resources.Select(resource => resource.GetProperty("path").GetString()).ShouldContain("SHA256SUMS");
        foreach (JsonElement resource in resources)
        {
            // "Resource": a path without "..", hash with its algorithm before it, bytes an integer.
            string path = resource.GetProperty("path").GetString()!;
            path.ShouldNotContain("/");
            byte[] content = await _host.Client.GetByteArrayAsync(GatewayHost.PathOf(release, path));
            resource.GetProperty("hash").GetString().ShouldBe("sha256:" + Sha256Digest.Of(content));
            resource.GetProperty("bytes").GetRawText().ShouldBe(content.Length.ToString(CultureInfo.InvariantCulture));
            resource.GetProperty("mediatype").GetString()!.ShouldMatch("^[a-z]+/[a-z-]+$");
        }
        (await _host.SendAsync($"/files/{GatewayHost.Open}/latest/datapackage.json")).Headers.Location!.OriginalString.ShouldEndWith("/r1/datapackage.json");
        await _host.Of<Withdrawals>().WithdrawAsync(release, "wrong", CancellationToken.None);
        (await _host.ProblemAsync(GatewayHost.PathOf(release, "datapackage.json"))).Status.ShouldBe(HttpStatusCode.Gone);
    }

    [Fact]
    public async Task Croissant_says_what_loaders_need()
    {
        await _host.PublishRandomAsync(100_000);
        JsonElement document = await JsonAsync(GatewayHost.PathOf(GatewayHost.Release(), "croissant.json"));
        // Croissant 1.0, "Dataset-level information": these are required.
        document.GetProperty("@context").GetProperty("@vocab").GetString().ShouldBe("https://schema.org/");
        document.GetProperty("@type").GetString().ShouldBe("sc:Dataset");
        document.GetProperty("conformsTo").GetString().ShouldBe("http://mlcommons.org/croissant/1.0");
        foreach (string required in new[] { "name", "description", "license", "url", "datePublished", "version", "creator" })
        {
            document.TryGetProperty(required, out JsonElement value).ShouldBeTrue(required);
            value.ToString().ShouldNotBeEmpty();
        }
        // "FileObject": contentUrl, encodingFormat, and a checksum; "FileSet": containedIn and includes.
        ILookup<string, JsonElement> distribution = document.GetProperty("distribution").EnumerateArray().ToLookup(item => item.GetProperty("@type").GetString()!);
        foreach (JsonElement file in distribution["cr:FileObject"])
        {
            byte[] content = await _host.Client.GetByteArrayAsync(file.GetProperty("contentUrl").GetString());
            file.GetProperty("sha256").GetString().ShouldBe(Sha256Digest.Of(content).ToString());
            file.GetProperty("contentSize").GetString().ShouldBe($"{content.Length} B");
            file.GetProperty("encodingFormat").GetString().ShouldNotBeNullOrEmpty();
        }
        distribution["cr:FileObject"].Count().ShouldBeGreaterThan(3);
        document.GetRawText().ShouldContain("知识产权局");
    }

    [Fact]
    public async Task Schema_org_tells_search_engines_of_the_newest_release()
    {
        await _host.PublishRandomAsync(100_000);
        await _host.PublishRandomAsync(100_000, GatewayHost.Release(edition: "20240109"), seed: 2);
        JsonElement document = await JsonAsync($"/catalog/{GatewayHost.Open}/dataset.jsonld");
        document.GetProperty("@context").GetString().ShouldBe("https://schema.org/");
        document.GetProperty("@type").GetString().ShouldBe("Dataset");
        document.GetProperty("name").GetString().ShouldBe("Full text CN-PA-OPEN");
        JsonElement download = document.GetProperty("distribution").EnumerateArray().ShouldHaveSingleItem();
        download.GetProperty("contentUrl").GetString()!.ShouldContain("20240109");
        byte[] content = await _host.Client.GetByteArrayAsync(download.GetProperty("contentUrl").GetString());
        download.GetProperty("sha256").GetString().ShouldBe(Sha256Digest.Of(content).ToString());
        (await JsonAsync($"/catalog/{GatewayHost.Restricted}/dataset.jsonld")).GetProperty("distribution").GetArrayLength().ShouldBe(0);
        (await _host.SendAsync("/catalog/NONE/dataset.jsonld")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task DCAT_lists_all_series_and_pages_their_members()
    {
        for (int day = 0; day < 63; day++)
        {
            string edition = new DateOnly(2024, 1, 1).AddDays(day).ToString("yyyyMMdd", CultureInfo.InvariantCulture);
            await _host.PublishAsync(new SampleDelivery().With("CN1/CN1A.bin", edition), GatewayHost.Release(edition: edition));
        }
        JsonElement catalog = await JsonAsync("/catalog.jsonld");
        // DCAT 3, 6.3: a catalog with title, description, publisher, and what it lists.
        catalog.GetProperty("@type").GetString().ShouldBe("dcat:Catalog");
        catalog.GetProperty("@context").GetProperty("dcat").GetString().ShouldBe("http://www.w3.org/ns/dcat#");
        JsonElement[] listed = [.. catalog.GetProperty("dcat:dataset").EnumerateArray()];
        listed.Count(item => item.GetProperty("@type").GetString() == "dcat:DatasetSeries").ShouldBe(4);
        JsonElement newest = listed.Single(item => item.GetProperty("@type").GetString() == "dcat:Dataset");
        // 6.7, 12: a member is in its series; the series knows its last.
        string series = newest.GetProperty("dcat:inSeries").GetProperty("@id").GetString()!;
        JsonElement itsSeries = listed.Single(item => item.GetProperty("@id").GetString() == series);
        itsSeries.GetProperty("rdfs:seeAlso").GetProperty("@id").GetString().ShouldBe(new Uri(_host.Url, $"/catalog/{GatewayHost.Open}.jsonld").AbsoluteUri);
        itsSeries.GetProperty("dcat:last").GetProperty("@id").GetString().ShouldBe(newest.GetProperty("@id").GetString());
        // 6.8, 6.17: a distribution with checksum and size.
        JsonElement distribution = newest.GetProperty("dcat:distribution").EnumerateArray().ShouldHaveSingleItem();
        byte[] content = await _host.Client.GetByteArrayAsync(distribution.GetProperty("dcat:downloadURL").GetProperty("@id").GetString());
        JsonElement checksum = distribution.GetProperty("spdx:checksum");
        checksum.GetProperty("spdx:algorithm").GetProperty("@id").GetString().ShouldBe("spdx:checksumAlgorithm_sha256");
        checksum.GetProperty("spdx:checksumValue").GetProperty("@value").GetString().ShouldBe(Sha256Digest.Of(content).ToString());
        distribution.GetProperty("dcat:byteSize").GetProperty("@value").GetString().ShouldBe(content.Length.ToString(CultureInfo.InvariantCulture));

        List<string> members = [];
        for (string? next = $"/catalog/{GatewayHost.Open}.jsonld"; next is not null;)
        {
            JsonElement page = await JsonAsync(next);
            JsonElement[] datasets = [.. page.GetProperty("@graph").EnumerateArray().Where(item => item.GetProperty("@type").GetString() == "dcat:Dataset")];
            // JSON-LD 1.1, 4.9: an id or a type beside @graph would name the graph, and who loads the default graph would find nothing.
            page.EnumerateObject().Select(property => property.Name).ShouldBe(["@context", "@graph"]);
            JsonElement view = page.GetProperty("@graph").EnumerateArray().Single(item => item.GetProperty("@type").GetString() == "hydra:PartialCollectionView");
            view.GetProperty("@id").GetString().ShouldBe(new Uri(_host.Url, next).AbsoluteUri);
            members.AddRange(datasets.Select(item => item.GetProperty("@id").GetString()!));
            datasets.ShouldAllBe(item => item.GetProperty("dcat:distribution").GetArrayLength() == 1);
            next = view.TryGetProperty("hydra:next", out JsonElement link) ? link.GetProperty("@id").GetString() : null;
        }
        members.Count.ShouldBe(63);
        members.Distinct().Count().ShouldBe(63);
        members[0].ShouldBe(newest.GetProperty("@id").GetString());
    }

    [Fact]
    public async Task The_sitemap_leads_to_datasets_and_current_releases()
    {
        await PublishAllAsync();
        await _host.Of<ChangeWatch>().RefreshAsync(CancellationToken.None);
        XElement index = await XmlAsync("/sitemap.xml");
        index.Name.ShouldBe(s_sitemap + "sitemapindex");
        List<string> pages = [];
        foreach (XElement sitemap in index.Elements(s_sitemap + "sitemap"))
        {
            XElement list = await XmlAsync(Loc(sitemap));
            list.Name.ShouldBe(s_sitemap + "urlset");
            pages.AddRange(list.Elements(s_sitemap + "url").Select(Loc));
        }
        pages.ShouldContain($"{_host.Url}datasets/{GatewayHost.Open}");
        pages.ShouldContain($"{_host.Url}files/{GatewayHost.Open}/20240102/r2/");
        pages.ShouldNotContain($"{_host.Url}files/{GatewayHost.Open}/20240102/r1/", "it was superseded");
        pages.ShouldContain($"{_host.Url}files/{GatewayHost.Registered}/20240102/r1/");
        pages.ShouldAllBe(page => Uri.IsWellFormedUriString(page, UriKind.Absolute));
    }

    /// <summary>An edition and its correction, one that is to be withdrawn, and one for which an account is needed.</summary>
    private async Task PublishAllAsync()
    {
        await _host.PublishRandomAsync(100_000);
        await _host.PublishRandomAsync(100_000, GatewayHost.Release(revision: 2), seed: 2);
        await _host.PublishRandomAsync(100_000, GatewayHost.Release(edition: "20240109"), seed: 3);
        await _host.PublishRandomAsync(100_000, GatewayHost.Release(GatewayHost.Registered), seed: 4);
    }

    private async Task ChangeAsync(int times)
    {
        for (int i = 0; i < times; i++)
        {
            await _host.Of<SqlDatabase>().TellChangedAsync(GatewayHost.Open);
        }
    }

    private async Task<List<XElement>> ListAsync(string address, string capability, string time)
    {
        XElement index = await XmlAsync(address);
        index.Name.ShouldBe(s_sitemap + "sitemapindex");
        Capability(index).ShouldBe(capability);
        index.Element(s_rs + "md")!.Attribute(time).ShouldNotBeNull();
        List<XElement> all = [];
        foreach (XElement list in index.Elements(s_sitemap + "sitemap"))
        {
            XElement document = await XmlAsync(Loc(list));
            document.Name.ShouldBe(s_sitemap + "urlset");
            Capability(document).ShouldBe(capability);
            document.Element(s_rs + "md")!.Attribute(time).ShouldNotBeNull();
            Relation(document, "index").ShouldBe(address);
            Relation(document, "up").ShouldEndWith("/resourcesync/capabilitylist.xml");
            all.AddRange(document.Elements(s_sitemap + "url"));
        }
        return all;
    }

    private async Task<XElement> XmlAsync(string address, string mediaType = "application/xml")
    {
        using HttpResponseMessage response = await _host.SendAsync(address);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, address);
        response.Content.Headers.ContentType!.MediaType.ShouldBe(mediaType);
        return XDocument.Parse(await response.Content.ReadAsStringAsync()).Root!;
    }

    private async Task<JsonElement> JsonAsync(string address)
    {
        using HttpResponseMessage response = await _host.SendAsync(address);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, address);
        response.Content.Headers.ContentType!.MediaType!.ShouldEndWith("json");
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }

    private static string Loc(XElement element) => element.Element(s_sitemap + "loc")!.Value;

    private static string? Capability(XElement element) => element.Element(s_rs + "md")?.Attribute("capability")?.Value;

    private static string Relation(XElement element, string relation) => element.Elements(s_rs + "ln").Single(link => link.Attribute("rel")!.Value == relation).Attribute("href")!.Value;

    private static IEnumerable<string> Links(XElement element, string relation) =>
        element.Elements(s_atom + "link").Where(link => link.Attribute("rel")!.Value == relation).Select(link => link.Attribute("href")!.Value);
}

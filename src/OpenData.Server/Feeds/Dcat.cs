using System.Globalization;
using System.Text.Json;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>
/// The catalog as DCAT 3 in JSON-LD (W3C Recommendation of 22 August 2024): a dataset is a <c>dcat:DatasetSeries</c>, its releases are its members
/// (<c>dcat:inSeries</c>), their archives distributions with <c>spdx:checksum</c>.
/// </summary>
internal static class Dcat
{
    public const string MediaType = "application/ld+json";

    private static readonly (string Prefix, string Iri)[] s_prefixes =
    [
        ("dcat", "http://www.w3.org/ns/dcat#"),
        ("dct", "http://purl.org/dc/terms/"),
        ("foaf", "http://xmlns.com/foaf/0.1/"),
        ("spdx", "http://spdx.org/rdf/terms#"),
        ("hydra", "http://www.w3.org/ns/hydra/core#"),
        ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
        ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ];

    /// <summary>All datasets, each with its newest release.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Catalog(string publisher, string root, IReadOnlyList<ReleaseMetadata> datasets) => FeedJson.Write(json =>
    {
        WriteContext(json);
        json.WriteString("@id", root + "/catalog.jsonld");
        json.WriteString("@type", "dcat:Catalog");
        WriteText(json, "dct:title", "知识产权基础数据", "Intellectual-property basic data");
        WriteText(json, "dct:description", "以批量下载方式开放的专利和集成电路布图设计基础数据", "Patent and integrated-circuit layout-design data, open for bulk download");
        WritePublisher(json, publisher, root);
        WriteLink(json, "foaf:homepage", root + "/");
        json.WriteStartArray("dcat:dataset");
        foreach (ReleaseMetadata dataset in datasets)
        {
            WriteSeries(json, dataset);
            if (dataset.Release is not null)
            {
                WriteMember(json, dataset, null);
            }
        }
        json.WriteEndArray();
    });

    /// <summary>A page of the members of a series, the newest first.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Series(string address, ReleaseMetadata series, IReadOnlyList<ReleaseMetadata> members, string? next) => FeedJson.Write(json =>
    {
        WriteContext(json);
        // The page is a node of the graph and not its name: what lies in a named graph, harvesters that load the default graph do not see.
        json.WriteStartArray("@graph");
        json.WriteStartObject();
        json.WriteString("@id", address);
        json.WriteString("@type", "hydra:PartialCollectionView");
        if (next is not null)
        {
            WriteLink(json, "hydra:next", next);
        }
        json.WriteEndObject();
        WriteSeries(json, series);
        for (int i = 0; i < members.Count; i++)
        {
            WriteMember(json, members[i], i + 1 < members.Count ? members[i + 1].Folder : null);
        }
        json.WriteEndArray();
    });

    private static void WriteSeries(Utf8JsonWriter json, ReleaseMetadata of)
    {
        Dataset dataset = of.Dataset;
        json.WriteStartObject();
        json.WriteString("@id", of.DatasetPage);
        json.WriteString("@type", "dcat:DatasetSeries");
        json.WriteString("dct:identifier", dataset.Code);
        WriteText(json, "dct:title", dataset.Name.Zh, dataset.Name.En);
        WriteText(json, "dct:description", dataset.Description.Zh, dataset.Description.En);
        WriteCommon(json, of);
        WriteLink(json, "dcat:landingPage", of.DatasetPage);
        WriteLink(json, "rdfs:seeAlso", $"{of.Root}/catalog/{dataset.Code}.jsonld"); // all its members
        if (dataset.CoverageFrom is { } from)
        {
            json.WriteStartObject("dct:temporal");
            json.WriteString("@type", "dct:PeriodOfTime");
            WriteTyped(json, "dcat:startDate", ReleaseMetadata.Day(from), "xsd:date");
            json.WriteEndObject();
        }
        if (of.Release is { } newest)
        {
            WriteTyped(json, "dct:modified", UtcTime.Text(newest.PublishedAt), "xsd:dateTime");
            WriteLink(json, "dcat:last", of.Folder);
        }
        json.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter json, ReleaseMetadata of, string? previous)
    {
        Release release = of.Release!;
        json.WriteStartObject();
        json.WriteString("@id", of.Folder);
        json.WriteString("@type", "dcat:Dataset");
        json.WriteString("dct:identifier", release.Id.ToString());
        WriteText(json, "dct:title", $"{of.Dataset.Name.Zh}，{release.Edition}", of.Title);
        json.WriteString("dcat:version", release.Id.RevisionName);
        WriteTyped(json, "dct:issued", ReleaseMetadata.Day(release.Date), "xsd:date");
        WriteTyped(json, "dct:modified", UtcTime.Text(release.PublishedAt), "xsd:dateTime");
        WriteCommon(json, of);
        WriteLink(json, "dcat:inSeries", of.DatasetPage);
        if (previous is not null)
        {
            WriteLink(json, "dcat:prev", previous);
        }
        json.WriteStartArray("dcat:distribution");
        foreach (ReleaseFile file in of.Files.Where(file => file.Archive))
        {
            json.WriteStartObject();
            json.WriteString("@id", of.AddressOf(file));
            json.WriteString("@type", "dcat:Distribution");
            json.WriteString("dct:title", file.Name);
            WriteLink(json, "dcat:accessURL", of.Folder);
            WriteLink(json, "dcat:downloadURL", of.AddressOf(file));
            WriteLink(json, "dcat:packageFormat", "https://www.iana.org/assignments/media-types/" + file.MediaType);
            WriteTyped(json, "dcat:byteSize", file.Bytes.ToString(CultureInfo.InvariantCulture), "xsd:nonNegativeInteger");
            json.WriteStartObject("spdx:checksum");
            json.WriteString("@type", "spdx:Checksum");
            WriteLink(json, "spdx:algorithm", "spdx:checksumAlgorithm_sha256");
            WriteTyped(json, "spdx:checksumValue", file.Sha256.ToString(), "xsd:hexBinary");
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCommon(Utf8JsonWriter json, ReleaseMetadata of)
    {
        json.WriteStartArray("dcat:keyword");
        foreach (string word in of.Keywords)
        {
            json.WriteStringValue(word);
        }
        json.WriteEndArray();
        WritePublisher(json, of.Publisher, of.Root);
        if (of.TermsPage is { } terms)
        {
            WriteLink(json, "dct:license", terms);
        }
        WriteLink(
            json,
            "dct:accessRights",
            "http://publications.europa.eu/resource/authority/access-right/" + (of.Dataset.Access is AccessLevel.Open ? "PUBLIC" : of.Dataset.Access is AccessLevel.Restricted ? "NON_PUBLIC" : "RESTRICTED"));
    }

    private static void WriteContext(Utf8JsonWriter json)
    {
        json.WriteStartObject("@context");
        foreach ((string prefix, string iri) in s_prefixes)
        {
            json.WriteString(prefix, iri);
        }
        json.WriteEndObject();
    }

    private static void WritePublisher(Utf8JsonWriter json, string publisher, string root)
    {
        json.WriteStartObject("dct:publisher");
        json.WriteString("@id", root + "/#publisher");
        json.WriteString("@type", "foaf:Organization");
        json.WriteString("foaf:name", publisher);
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string property, string zh, string en)
    {
        json.WriteStartArray(property);
        foreach ((string language, string text) in new[] { ("zh", zh), ("en", en) })
        {
            json.WriteStartObject();
            json.WriteString("@language", language);
            json.WriteString("@value", text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteLink(Utf8JsonWriter json, string property, string iri)
    {
        json.WriteStartObject(property);
        json.WriteString("@id", iri);
        json.WriteEndObject();
    }

    private static void WriteTyped(Utf8JsonWriter json, string property, string value, string type)
    {
        json.WriteStartObject(property);
        json.WriteString("@type", type);
        json.WriteString("@value", value);
        json.WriteEndObject();
    }
}

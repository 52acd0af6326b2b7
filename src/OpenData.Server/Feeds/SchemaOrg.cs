using System.Globalization;
using System.Text.Json;
using OpenData.Format;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>
/// A dataset as schema.org's <c>Dataset</c> in JSON-LD, with its newest release as distribution: what search engines for data read out of a
/// page. Safe within a <c>script</c> element: <c>&lt;</c> is escaped.
/// </summary>
public static class SchemaOrg
{
    /// <summary>The media type.</summary>
    public const string MediaType = "application/ld+json";

    /// <summary>The document, in UTF-8.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Document(ReleaseMetadata of) => FeedJson.Write(json =>
    {
        json.WriteString("@context", "https://schema.org/");
        json.WriteString("@type", "Dataset");
        json.WriteString("@id", of.DatasetPage);
        WriteCommon(json, of);
        json.WriteString("alternateName", of.Dataset.Name.Zh);
        json.WriteBoolean("isAccessibleForFree", true);
        json.WriteString("conditionsOfAccess", of.Dataset.Access.ToString().ToLowerInvariant());
        if (of.Dataset.CoverageFrom is { } from)
        {
            json.WriteString("temporalCoverage", ReleaseMetadata.Day(from) + "/..");
        }
        json.WriteStartObject("includedInDataCatalog");
        json.WriteString("@type", "DataCatalog");
        json.WriteString("url", of.Root + "/catalog.jsonld");
        json.WriteEndObject();
        json.WriteStartArray("distribution");
        foreach (ReleaseFile file in of.Files.Where(file => file.Archive))
        {
            json.WriteStartObject();
            json.WriteString("@type", "DataDownload");
            json.WriteString("name", file.Name);
            json.WriteString("contentUrl", of.AddressOf(file));
            json.WriteString("encodingFormat", file.MediaType);
            json.WriteString("contentSize", string.Create(CultureInfo.InvariantCulture, $"{file.Bytes} B"));
            json.WriteString("sha256", file.Sha256.ToString());
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    /// <summary>What Croissant, which is schema.org with more, says in the same words.</summary>
    internal static void WriteCommon(Utf8JsonWriter json, ReleaseMetadata of)
    {
        json.WriteString("name", of.Dataset.Name.En);
        json.WriteString("description", of.Dataset.Description.En);
        json.WriteString("url", of.DatasetPage);
        json.WriteString("identifier", of.Dataset.Code);
        json.WriteStartArray("keywords");
        foreach (string word in of.Keywords)
        {
            json.WriteStringValue(word);
        }
        json.WriteEndArray();
        if (of.TermsPage is { } terms)
        {
            json.WriteString("license", terms);
        }
        else
        {
            // Where nothing is to be agreed to, the page says what holds.
            json.WriteString("license", of.DatasetPage);
        }
        json.WriteStartObject("creator");
        json.WriteString("@type", "Organization");
        json.WriteString("name", of.Publisher);
        json.WriteString("url", of.Root + "/");
        json.WriteEndObject();
        if (of.Release is { } release)
        {
            json.WriteString("version", release.Id.ToString());
            json.WriteString("datePublished", ReleaseMetadata.Day(release.Date));
            json.WriteString("dateModified", UtcTime.Text(release.PublishedAt));
        }
    }
}

using System.Globalization;
using System.Text.Json;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>
/// A release as machine-learning tools load it: Croissant 1.0 (MLCommons). The archives are <c>FileObject</c>s with size and SHA-256; what is in them
/// are <c>FileSet</c>s by media type.
/// </summary>
internal static class Croissant
{
    private const string Version = "http://mlcommons.org/croissant/1.0";

    // Croissant 1.0, "Dataset-level information": the context that tools expect, word for word.
    private static readonly string[] s_terms =
    [
        "citeAs", "column", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField",
        "path", "recordSet", "references", "regex", "repeated", "replace", "separator", "source", "subField", "transform",
    ];

    public static IReadOnlyList<ReadOnlyMemory<byte>> Document(ReleaseMetadata of) => FeedJson.Write(json =>
    {
        WriteContext(json);
        json.WriteString("@type", "sc:Dataset");
        json.WriteString("conformsTo", Version);
        SchemaOrg.WriteCommon(json, of);
        json.WriteString("citeAs", of.Citation);
        json.WriteBoolean("isLiveDataset", false);
        json.WriteStartArray("distribution");
        foreach (ReleaseFile file in of.Files)
        {
            json.WriteStartObject();
            json.WriteString("@type", "cr:FileObject");
            json.WriteString("@id", file.Name);
            json.WriteString("name", file.Name);
            json.WriteString("contentUrl", of.AddressOf(file));
            json.WriteString("encodingFormat", file.MediaType);
            json.WriteString("contentSize", string.Create(CultureInfo.InvariantCulture, $"{file.Bytes} B"));
            json.WriteString("sha256", file.Sha256.ToString());
            json.WriteEndObject();
        }
        foreach (string media in of.Dataset.Media)
        {
            json.WriteStartObject();
            json.WriteString("@type", "cr:FileSet");
            json.WriteString("@id", media + "-files");
            json.WriteString("name", media + "-files");
            json.WriteStartArray("containedIn");
            foreach (ReleaseFile file in of.Files.Where(file => file.Archive))
            {
                json.WriteStartObject();
                json.WriteString("@id", file.Name);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("encodingFormat", Gateway.Http.MediaTypes.Of("x." + media));
            json.WriteString("includes", "**/*." + media);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static void WriteContext(Utf8JsonWriter json)
    {
        json.WriteStartObject("@context");
        json.WriteString("@language", "en");
        json.WriteString("@vocab", "https://schema.org/");
        json.WriteString("sc", "https://schema.org/");
        json.WriteString("cr", "http://mlcommons.org/croissant/");
        json.WriteString("rai", "http://mlcommons.org/croissant/RAI/");
        json.WriteString("dct", "http://purl.org/dc/terms/");
        json.WriteString("conformsTo", "dct:conformsTo");
        foreach (string term in s_terms)
        {
            json.WriteString(term, "cr:" + term);
        }
        WriteTyped(json, "data", "@json");
        WriteTyped(json, "examples", "@json");
        WriteTyped(json, "dataType", "@vocab");
        json.WriteEndObject();
    }

    private static void WriteTyped(Utf8JsonWriter json, string term, string type)
    {
        json.WriteStartObject(term);
        json.WriteString("@id", "cr:" + term);
        json.WriteString("@type", type);
        json.WriteEndObject();
    }
}

using OpenData.Format;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>A release as a Data Package, version 2 (datapackage.org/standard/data-package): every file with its size and digest, by a path beside the descriptor.</summary>
internal static class DataPackage
{
    public const string FileName = "datapackage.json";

    private const string Profile = "https://datapackage.org/profiles/2.0/datapackage.json";

    public static IReadOnlyList<ReadOnlyMemory<byte>> Document(ReleaseMetadata of) => FeedJson.Write(json =>
    {
        Release release = of.Release!;
        json.WriteString("$schema", Profile);
        // "name" is lower-case, with '.', '_' and '-' and nothing else that a path could trip over; editions may be of any script.
        json.WriteString("name", $"{release.Dataset.ToLowerInvariant()}_{Slug(release.Edition)}_{release.Id.RevisionName}");
        json.WriteString("id", of.Folder);
        json.WriteString("title", of.Title);
        json.WriteString("description", of.Dataset.Description.En);
        json.WriteString("homepage", of.DatasetPage);
        json.WriteString("version", release.Id.RevisionName);
        json.WriteString("created", UtcTime.Text(release.PublishedAt));
        json.WriteStartArray("keywords");
        foreach (string word in of.Keywords)
        {
            json.WriteStringValue(word);
        }
        json.WriteEndArray();
        if (of.TermsPage is { } terms)
        {
            json.WriteStartArray("licenses");
            json.WriteStartObject();
            json.WriteString("path", terms);
            json.WriteString("title", of.Dataset.Terms);
            json.WriteEndObject();
            json.WriteEndArray();
        }
        json.WriteStartArray("contributors");
        json.WriteStartObject();
        json.WriteString("title", of.Publisher);
        json.WriteStartArray("roles");
        json.WriteStringValue("publisher");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartArray("resources");
        foreach (ReleaseFile file in of.Files)
        {
            json.WriteStartObject();
            json.WriteString("name", Slug(file.Name));
            json.WriteString("path", file.Name);
            json.WriteString("title", file.Name);
            json.WriteString("format", Path.GetExtension(file.Name) is { Length: > 1 } extension ? extension[1..] : "txt");
            json.WriteString("mediatype", file.MediaType.Split(';')[0]);
            json.WriteNumber("bytes", file.Bytes);
            json.WriteString("hash", "sha256:" + file.Sha256);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static string Slug(string text) => string.Concat(text.ToLowerInvariant().Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-'
        ? c.ToString()
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"-{(int)c:x}")));
}

using System.Globalization;
using System.Xml;

namespace OpenData.Format;

/// <summary>One file of a Metalink document.</summary>
/// <param name="Name">The path that the file gets on the reader's disk, relative, forward slashes.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its digest.</param>
/// <param name="PieceLength">Bytes in a piece, 0 where there are no pieces.</param>
/// <param name="Pieces">Digest of each piece.</param>
/// <param name="Url">Where to get it.</param>
public sealed record MetalinkFile(string Name, long Bytes, Sha256Digest Sha256, int PieceLength, IReadOnlyList<Sha256Digest> Pieces, string Url);

/// <summary>Metalink 4 documents (RFC 5854): sizes, digests of whole files and of pieces, addresses.</summary>
public static class Metalink
{
    /// <summary>The media type (RFC 5854, 7.2).</summary>
    public const string MediaType = "application/metalink4+xml";

    private const string Namespace = "urn:ietf:params:xml:ns:metalink";

    /// <summary>Writes a document of one or more files.</summary>
    public static Task WriteAsync(Stream output, DateTimeOffset published, IEnumerable<MetalinkFile> files) => WriteAsync(output, published, files.ToAsyncEnumerable());

    /// <summary>Writes a document of one or more files as they come.</summary>
    public static async Task WriteAsync(Stream output, DateTimeOffset published, IAsyncEnumerable<MetalinkFile> files)
    {
        XmlWriterSettings settings = new() { Async = true, Indent = true, Encoding = new System.Text.UTF8Encoding(false) };
        await using XmlWriter xml = XmlWriter.Create(output, settings);
        await xml.WriteStartDocumentAsync();
        await xml.WriteStartElementAsync(null, "metalink", Namespace);
        await Element(xml, "generator", "OpenData");
        await Element(xml, "published", UtcTime.Text(published));
        await foreach (MetalinkFile file in files)
        {
            await xml.WriteStartElementAsync(null, "file", Namespace);
            await xml.WriteAttributeStringAsync(null, "name", null, file.Name);
            await Element(xml, "size", file.Bytes.ToString(CultureInfo.InvariantCulture));
            await Element(xml, "hash", file.Sha256.ToString(), ("type", "sha-256"));
            if (file.Pieces.Count > 0)
            {
                await xml.WriteStartElementAsync(null, "pieces", Namespace);
                await xml.WriteAttributeStringAsync(null, "length", null, file.PieceLength.ToString(CultureInfo.InvariantCulture));
                await xml.WriteAttributeStringAsync(null, "type", null, "sha-256");
                foreach (Sha256Digest piece in file.Pieces)
                {
                    await Element(xml, "hash", piece.ToString());
                }
                await xml.WriteEndElementAsync();
            }
            await Element(xml, "url", file.Url, ("priority", "1"));
            await xml.WriteEndElementAsync();
        }
        await xml.WriteEndElementAsync();
        await xml.WriteEndDocumentAsync();
    }

    private static async Task Element(XmlWriter xml, string name, string text, (string Name, string Value)? attribute = null)
    {
        await xml.WriteStartElementAsync(null, name, Namespace);
        if (attribute is { } pair)
        {
            await xml.WriteAttributeStringAsync(null, pair.Name, null, pair.Value);
        }
        await xml.WriteStringAsync(text);
        await xml.WriteEndElementAsync();
    }
}

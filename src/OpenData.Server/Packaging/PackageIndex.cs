using System.Globalization;
using System.Xml;

namespace OpenData.Server.Packaging;

/// <summary>
/// The index of a package as the EPO exchanges them (<c>index.xml</c> at its root: <c>ftm-package-index</c>, <c>docdb-package-index</c> and their
/// like): each part of the delivery with its size, and the first and last document in it. Read as a stream; its DTD is not opened.
/// </summary>
internal static class PackageIndex
{
    private const long MaxCharacters = 256_000_000;

    /// <summary>True for the name of an entry that is an index: at the root of the delivery, or one folder below.</summary>
    public static bool IsIndex(ReadOnlySpan<char> name) =>
        (name.Equals("index.xml", StringComparison.OrdinalIgnoreCase) || name.EndsWith("/index.xml", StringComparison.OrdinalIgnoreCase)) && name.Count('/') <= 1;

    /// <summary>Reads the parts in order; nothing where the file is XML of another kind.</summary>
    /// <exception cref="XmlException">It is an index that is not well formed, or far too long.</exception>
    public static IEnumerable<IndexedPart> Read(Stream file)
    {
        XmlReaderSettings settings = new() { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null, IgnoreComments = true, IgnoreProcessingInstructions = true, MaxCharactersInDocument = MaxCharacters };
        using XmlReader xml = XmlReader.Create(file, settings);
        if (!IsIndex(xml))
        {
            yield break;
        }
        while (xml.Read())
        {
            if (xml.NodeType == XmlNodeType.Element && xml.LocalName.EndsWith("package-file", StringComparison.Ordinal))
            {
                using XmlReader part = xml.ReadSubtree();
                if (ReadPart(part) is { } read)
                {
                    yield return read;
                }
            }
        }
    }

    // What is broken before its first element shows no index, and is a finding like any other XML.
    private static bool IsIndex(XmlReader xml)
    {
        try
        {
            return xml.MoveToContent() == XmlNodeType.Element && xml.LocalName.EndsWith("package-index", StringComparison.Ordinal);
        }
        catch (XmlException)
        {
            return false;
        }
    }

    private static IndexedPart? ReadPart(XmlReader xml)
    {
        xml.Read();
        long? bytes = long.TryParse(xml.GetAttribute("size"), NumberStyles.None, CultureInfo.InvariantCulture, out long size) ? size : null;
        (string file, string location, string? first, string? last) = ("", "", null, null);
        bool isRead = xml.Read();
        while (isRead)
        {
            // Taking an element's text moves on to the next node.
            bool isTaken = false;
            if (xml.NodeType == XmlNodeType.Element)
            {
                isTaken = true;
                switch (xml.LocalName)
                {
                    case "filename":
                        file = xml.ReadElementContentAsString().Trim();
                        break;
                    case "file-location":
                        location = xml.ReadElementContentAsString().Trim();
                        break;
                    case var name when name.EndsWith("first-doc-in-range", StringComparison.Ordinal):
                        first ??= ReadNumber(xml.ReadSubtree());
                        isTaken = false;
                        break;
                    case var name when name.EndsWith("last-doc-in-range", StringComparison.Ordinal):
                        last = ReadNumber(xml.ReadSubtree());
                        isTaken = false;
                        break;
                    default:
                        isTaken = false;
                        break;
                }
            }
            isRead = isTaken ? !xml.EOF : xml.Read();
        }
        return file.Length == 0 ? null : new IndexedPart(file, location.Replace('\\', '/').Trim('/'), bytes, first, last);
    }

    private static string? ReadNumber(XmlReader xml)
    {
        using (xml)
        {
            Dictionary<string, string> parts = new(StringComparer.Ordinal);
            bool isRead = xml.Read();
            while (isRead)
            {
                if (xml.NodeType == XmlNodeType.Element && xml.LocalName is "country" or "doc-number" or "kind")
                {
                    parts[xml.LocalName] = xml.ReadElementContentAsString().Trim();
                    isRead = !xml.EOF;
                }
                else
                {
                    isRead = xml.Read();
                }
            }
            return parts.GetValueOrDefault("doc-number") is { Length: > 0 } number
                ? parts.GetValueOrDefault("country", "") + number + parts.GetValueOrDefault("kind", "")
                : null;
        }
    }
}

/// <summary>A part of a delivery as its index lists it.</summary>
/// <param name="File">File name.</param>
/// <param name="Location">Folder below the index's own, forward slashes, none at its ends.</param>
/// <param name="Bytes">Size, where it is given.</param>
/// <param name="First">Publication number of the first document in it, where it is given: office, number, kind.</param>
/// <param name="Last">The last one.</param>
internal sealed record IndexedPart(string File, string Location, long? Bytes, string? First, string? Last);

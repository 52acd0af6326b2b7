using System.Text;
using System.Xml;
using OpenData.Server.Gateway.Http;

namespace OpenData.Server.Feeds;

/// <summary>How this room writes XML: UTF-8 without a mark, indented, times in UTC.</summary>
internal static class FeedXml
{
    public static IReadOnlyList<ReadOnlyMemory<byte>> Write(Action<XmlWriter> write)
    {
        SegmentedBuffer document = new();
        using (XmlWriter xml = XmlWriter.Create(document, new XmlWriterSettings { Encoding = new UTF8Encoding(false), Indent = true, IndentChars = " ", NewLineChars = "\n", CheckCharacters = true }))
        {
            xml.WriteStartDocument();
            write(xml);
            xml.WriteEndDocument();
        }
        return document.Finish();
    }

    /// <summary>A time of RFC 3339 to the microsecond: what the database knows.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Characters that XML 1.0 cannot hold become U+FFFD: a reason that somebody pasted must not break the feed.</summary>
    public static string Text(string text) => text.All(XmlConvert.IsXmlChar) ? text : string.Concat(text.EnumerateRunes().Select(rune => rune.Value is 0x9 or 0xA or 0xD or >= 0x20 and not 0xFFFE and not 0xFFFF ? rune.ToString() : "\uFFFD"));
}

using System.Collections.Concurrent;
using System.Text;

namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>The encoding of an XML file, by its byte order mark or its declaration (XML 1.0, appendix F).</summary>
/// <param name="Name">Its name as declared, fit for messages; <c>utf-8</c> where nothing is.</param>
/// <param name="IsDeclared">True where the file says so.</param>
/// <param name="Characters">What decodes it; null for UTF-8 and for an encoding that nobody knows.</param>
/// <param name="IsUtf8">True where every byte is to be proved to be UTF-8.</param>
/// <param name="MarkLength">Bytes of the byte order mark.</param>
/// <param name="IsImpossible">True where the declaration can be read byte by byte and names an encoding of wider units.</param>
internal sealed record XmlEncoding(string Name, bool IsDeclared, Encoding? Characters, bool IsUtf8, int MarkLength = 0, bool IsImpossible = false)
{
    /// <summary>A declaration is looked for in so many first bytes.</summary>
    private const int HeadLength = 256;

    private static readonly XmlEncoding Undeclared = new("utf-8", IsDeclared: false, null, IsUtf8: true);
    private static readonly XmlEncoding DeclaredUtf8 = new("utf-8", IsDeclared: true, null, IsUtf8: true);

    // What was found once is found at once; only names that the framework knows are kept, and those are finite.
    private static readonly ConcurrentDictionary<string, XmlEncoding> Known = new(StringComparer.OrdinalIgnoreCase);

    static XmlEncoding() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>True where the declaration names an encoding that nobody knows: its bytes cannot be proved.</summary>
    public bool IsUnknown => Characters is null && !IsUtf8;

    /// <summary>The encoding of a file that begins with these bytes.</summary>
    public static XmlEncoding Of(ReadOnlySpan<byte> head) => head switch
    {
        [0xEF, 0xBB, 0xBF, ..] => Undeclared with { MarkLength = 3 },
        [0xFF, 0xFE, 0, 0, ..] => Wide(new UTF32Encoding(bigEndian: false, byteOrderMark: false, throwOnInvalidCharacters: true), 4),
        [0, 0, 0xFE, 0xFF, ..] => Wide(new UTF32Encoding(bigEndian: true, byteOrderMark: false, throwOnInvalidCharacters: true), 4),
        [0xFF, 0xFE, ..] => Wide(new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true), 2),
        [0xFE, 0xFF, ..] => Wide(new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true), 2),
        [(byte)'<', 0, not 0, 0, ..] => Wide(new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true), 0),
        [0, (byte)'<', 0, not 0, ..] => Wide(new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true), 0),
        _ => Declared(XmlDeclaration.Encoding(head[..Math.Min(head.Length, HeadLength)])),
    };

    private static XmlEncoding Wide(Encoding encoding, int mark) => new(encoding.WebName, IsDeclared: false, encoding, IsUtf8: false, mark);

    private static XmlEncoding Declared(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || Ascii.EqualsIgnoreCase(name, "utf-8"u8))
        {
            return name.IsEmpty ? Undeclared : DeclaredUtf8;
        }
        string text = Encoding.Latin1.GetString(name);
        if (Known.TryGetValue(text, out XmlEncoding? known))
        {
            return known with { Name = text };
        }
        try
        {
            Encoding encoding = Encoding.GetEncoding(text, EncoderFallback.ReplacementFallback, DecoderFallback.ExceptionFallback);
            bool isUtf8 = encoding is UTF8Encoding or ASCIIEncoding;
            bool isImpossible = encoding is UnicodeEncoding or UTF32Encoding;
            return Known[text] = new XmlEncoding(text, IsDeclared: true, isUtf8 || isImpossible ? null : encoding, isUtf8 || isImpossible, IsImpossible: isImpossible);
        }
        catch (Exception unknown) when (unknown is ArgumentException or NotSupportedException)
        {
            return new XmlEncoding(Printable.Of(text), IsDeclared: true, null, IsUtf8: false); // nobody knows it, or nobody should (UTF-7)
        }
    }
}

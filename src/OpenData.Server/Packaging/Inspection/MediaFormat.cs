namespace OpenData.Server.Packaging.Inspection;

/// <summary>Formats that a file's first bytes tell.</summary>
internal enum MediaFormat
{
    /// <summary>None of these.</summary>
    Unknown,

    /// <summary>Text without markup in front.</summary>
    Text,

    /// <summary>Text that begins with <c>&lt;</c>: XML, SGML or HTML.</summary>
    Markup,

    /// <summary>JPEG.</summary>
    Jpeg,

    /// <summary>TIFF, also BigTIFF.</summary>
    Tiff,

    /// <summary>PDF.</summary>
    Pdf,

    /// <summary>PNG.</summary>
    Png,

    /// <summary>GIF.</summary>
    Gif,

    /// <summary>Windows bitmap.</summary>
    Bmp,

    /// <summary>JPEG 2000.</summary>
    Jpeg2000,

    /// <summary>Zip, and what is built on it: Office documents, EPUB, JAR.</summary>
    Zip,

    /// <summary>gzip.</summary>
    Gzip,

    /// <summary>An OLE compound file: old Office documents, thumbnail caches.</summary>
    Ole,
}

/// <summary>Tells formats by content, and what a file's name promises.</summary>
internal static class MediaFormats
{
    /// <summary>So many first bytes are looked at.</summary>
    public const int HeadLength = 1024;

    /// <summary>The format that the first bytes show.</summary>
    public static MediaFormat Of(ReadOnlySpan<byte> head) => head switch
    {
        [0xFF, 0xD8, 0xFF, ..] => MediaFormat.Jpeg,
        [(byte)'I', (byte)'I', 42 or 43, 0, ..] or [(byte)'M', (byte)'M', 0, 42 or 43, ..] => MediaFormat.Tiff,
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => MediaFormat.Png,
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => MediaFormat.Gif,
        [(byte)'B', (byte)'M', _, _, _, _, 0, 0, 0, 0, ..] => MediaFormat.Bmp,
        [0, 0, 0, 12, (byte)'j', (byte)'P', (byte)' ', (byte)' ', ..] => MediaFormat.Jpeg2000,
        [(byte)'P', (byte)'K', 3, 4, ..] or [(byte)'P', (byte)'K', 5, 6, ..] or [(byte)'P', (byte)'K', 7, 8, ..] => MediaFormat.Zip,
        [0x1F, 0x8B, ..] => MediaFormat.Gzip,
        [0xD0, 0xCF, 0x11, 0xE0, ..] => MediaFormat.Ole,
        _ => OfText(head),
    };

    /// <summary>What a file of this name must begin as; null where the name promises nothing that is known here.</summary>
    public static MediaFormat[]? Promised(string name)
    {
        string segment = name[(name.LastIndexOf('/') + 1)..];
        string extension = segment[(segment.LastIndexOf('.') + 1)..].ToUpperInvariant();
        return extension.Length == segment.Length ? null : extension switch
        {
            "JPG" or "JPEG" => [MediaFormat.Jpeg],
            "TIF" or "TIFF" => [MediaFormat.Tiff],
            "PDF" => [MediaFormat.Pdf],
            "PNG" => [MediaFormat.Png],
            "GIF" => [MediaFormat.Gif],
            "BMP" => [MediaFormat.Bmp],
            "JP2" => [MediaFormat.Jpeg2000],
            "ZIP" or "DOCX" or "XLSX" or "PPTX" or "EPUB" or "JAR" => [MediaFormat.Zip],
            "GZ" or "TGZ" => [MediaFormat.Gzip],
            "DOC" or "XLS" or "PPT" => [MediaFormat.Ole],
            "XML" or "XSD" or "XSL" or "XSLT" or "SVG" or "SGM" or "SGML" or "HTM" or "HTML" or "XHTML" => [MediaFormat.Markup],
            "TXT" or "CSV" or "TSV" or "JSON" or "JSONL" or "DTD" or "ENT" or "MD" => [MediaFormat.Text, MediaFormat.Markup],
            _ => null,
        };
    }

    /// <summary>True for names of files that are parsed as XML.</summary>
    public static bool IsXml(string name) => Path.GetExtension(name).ToUpperInvariant() is ".XML" or ".XSD" or ".XSL" or ".XSLT" or ".SVG" or ".XHTML";

    /// <summary>Names of files that systems and programs leave in folders, which nobody means to publish.</summary>
    public static bool IsLeftBehind(string name)
    {
        string segment = name[(name.LastIndexOf('/') + 1)..];
        return segment is ".DS_Store" || segment.StartsWith("._", StringComparison.Ordinal) || segment.StartsWith("~$", StringComparison.Ordinal)
            || segment.Equals("Thumbs.db", StringComparison.OrdinalIgnoreCase) || segment.Equals("desktop.ini", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The format in words.</summary>
    public static string Describe(this MediaFormat format) => format switch
    {
        MediaFormat.Jpeg => "JPEG (FF D8 FF)",
        MediaFormat.Tiff => "TIFF (II*\\0 or MM\\0*)",
        MediaFormat.Pdf => "PDF (%PDF-)",
        MediaFormat.Png => "PNG (89 PNG)",
        MediaFormat.Gif => "GIF (GIF8)",
        MediaFormat.Bmp => "BMP (BM)",
        MediaFormat.Jpeg2000 => "JPEG 2000 (jP)",
        MediaFormat.Zip => "zip (PK)",
        MediaFormat.Gzip => "gzip (1F 8B)",
        MediaFormat.Ole => "an OLE compound file (D0 CF 11 E0)",
        MediaFormat.Markup => "markup (<)",
        MediaFormat.Text => "text",
        _ => "nothing known",
    };

    private static MediaFormat OfText(ReadOnlySpan<byte> head)
    {
        if (head[..Math.Min(head.Length, HeadLength)].IndexOf("%PDF-"u8) >= 0)
        {
            return MediaFormat.Pdf; // its first kilobyte may hold something else before that (ISO 32000, annex H)
        }
        bool wide = head is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] or [(byte)'<', 0, ..] or [0, (byte)'<', ..];
        head = head is [0xEF, 0xBB, 0xBF, ..] ? head[3..] : head;
        if (wide)
        {
            int mark = head[0] is 0xFF or 0xFE ? 2 : 0;
            return head[mark..] is [(byte)'<', 0, ..] or [0, (byte)'<', ..] ? MediaFormat.Markup : MediaFormat.Text;
        }
        if (head.IndexOf((byte)0) >= 0)
        {
            return MediaFormat.Unknown;
        }
        int first = head.IndexOfAnyExcept(" \t\r\n"u8);
        return first >= 0 && head[first] == '<' ? MediaFormat.Markup : MediaFormat.Text;
    }
}

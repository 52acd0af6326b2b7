using System.Globalization;
using System.Text;
using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Drawings;

/// <summary>
/// A PDF 1.4 file (ISO 32000-1): pages of text and lines, and scanned pages that hold a JPEG as it is. Chinese is set in STSong-Light,
/// which every reader replaces by a font of its own; nothing is embedded.
/// </summary>
internal sealed class PdfFile
{
    private const int PageWidth = 595;
    private const int PageHeight = 842;
    private const int PageTree = 6;

    private readonly Utf8Text _to;
    private readonly int _start;
    private readonly List<int> _offsets = [];
    private readonly List<int> _pages = [];

    public PdfFile(Utf8Text to, string title)
    {
        _to = to;
        _start = _to.Length;
        _to.Raw("%PDF-1.4\n%\u00E2\u00E3\u00CF\u00D3\n");
        Object($"<< /Title {Hex("\uFEFF" + title)} /Producer (OpenData samples) >>");
        Object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>");
        Object("<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>");
        Object("<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor 5 0 R >>");
        Object("<< /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>");
        Next(); // the page tree, written last
    }

    /// <summary>A page of lines of text, with a drawing of boxes and curves below.</summary>
    public void TextPage(IReadOnlyList<string> lines, SampleRandom random)
    {
        StringBuilder content = new("0.8 w\n50 795 m 545 795 l S\n");
        int y = 770;
        foreach (string line in lines)
        {
            bool latin = line.All(char.IsAscii);
            content.Append(CultureInfo.InvariantCulture, $"BT /{(latin ? "F1" : "F2")} 10 Tf 55 {y} Td {Hex(line, latin)} Tj ET\n");
            y -= 15;
        }
        for (int curve = 0; curve < 8 && y > 200; curve++)
        {
            content.Append(CultureInfo.InvariantCulture, $"{X()} {Y()} m {X()} {Y()} {X()} {Y()} {X()} {Y()} c S\n");
            content.Append(CultureInfo.InvariantCulture, $"{X() - 50} {Y()} {random.Between(8, 60)} {random.Between(8, 40)} re S\n");
        }
        int stream = Stream("<< ", Encoding.ASCII.GetBytes(content.ToString()));
        Page(stream, "");

        int X() => random.Between(60, 530);

        int Y() => random.Between(60, y);
    }

    /// <summary>A scanned page.</summary>
    public void ScanPage(IReadOnlyList<byte[]> strips)
    {
        Utf8Text jpeg = new();
        JpegImage.Write(jpeg, Scans.Width, strips);
        int image = Stream(string.Create(CultureInfo.InvariantCulture,
            $"<< /Type /XObject /Subtype /Image /Width {Scans.Width} /Height {strips.Count * 8} /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode "), jpeg.Written);
        int stream = Stream("<< ", "q 495 0 0 742 50 50 cm /Im0 Do Q\n"u8);
        Page(stream, string.Create(CultureInfo.InvariantCulture, $" /XObject << /Im0 {image} 0 R >>"));
    }

    /// <summary>Writes the page tree, the cross-reference table and the trailer.</summary>
    public void Finish()
    {
        Begin(PageTree);
        _to.Raw($"<< /Type /Pages /Count {_pages.Count} /Kids [{string.Join(' ', _pages.Select(page => $"{page} 0 R"))}] /MediaBox [0 0 {PageWidth} {PageHeight}] >>");
        _to.Raw("\nendobj\n");
        int catalog = Object($"<< /Type /Catalog /Pages {PageTree} 0 R >>");
        int table = _to.Length - _start;
        _to.Add($"xref\n0 {_offsets.Count + 1}\n0000000000 65535 f \n");
        foreach (int offset in _offsets)
        {
            _to.Add($"{offset:D10} 00000 n \n");
        }
        _to.Add($"trailer\n<< /Size {_offsets.Count + 1} /Root {catalog} 0 R /Info 1 0 R >>\nstartxref\n{table}\n%%EOF\n");
    }

    private void Page(int content, string resources) => _pages.Add(Object(
        $"<< /Type /Page /Parent {PageTree} 0 R /Resources << /Font << /F1 2 0 R /F2 3 0 R >>{resources} >> /Contents {content} 0 R >>"));

    private int Stream(string dictionary, ReadOnlySpan<byte> content)
    {
        int number = Next();
        Begin(number);
        _to.Raw(string.Create(CultureInfo.InvariantCulture, $"{dictionary}/Length {content.Length} >>\nstream\n"));
        _to.Raw(content);
        _to.Raw("\nendstream\nendobj\n");
        return number;
    }

    private int Object(string dictionary)
    {
        int number = Next();
        Begin(number);
        _to.Raw(dictionary);
        _to.Raw("\nendobj\n");
        return number;
    }

    private int Next()
    {
        _offsets.Add(0);
        return _offsets.Count;
    }

    private void Begin(int number)
    {
        _offsets[number - 1] = _to.Length - _start;
        _to.Add($"{number} 0 obj\n");
    }

    private static string Hex(string text, bool latin = false) =>
        "<" + Convert.ToHexString(latin ? Encoding.Latin1.GetBytes(text) : Encoding.BigEndianUnicode.GetBytes(text)) + ">";
}

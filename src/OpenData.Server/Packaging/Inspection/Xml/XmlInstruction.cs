using System.Text;

namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>Processing instructions: <c>&lt;?name …?&gt;</c> (XML 1.0, 2.6).</summary>
internal static class XmlInstruction
{
    /// <summary>Looks at the beginning of one, up to the end of its name.</summary>
    /// <param name="s">Where it stands.</param>
    /// <param name="at">Its <c>&lt;</c>.</param>
    public static Scanned Begin(ReadOnlySpan<byte> s, int at)
    {
        int nameEnd = XmlBytes.NameEnd(s, at + 2);
        return nameEnd + 1 >= s.Length ? Scanned.CutOff
            : IsTarget(s[(at + 2)..]) ? new Scanned(nameEnd)
            : new Scanned(at, Phrases.InstructionNoName);
    }

    /// <summary>True where a name that is not reserved begins what stands behind <c>&lt;?</c>, followed by white space or the end.</summary>
    public static bool IsTarget(ReadOnlySpan<byte> s)
    {
        int nameEnd = XmlBytes.NameEnd(s, 0);
        ReadOnlySpan<byte> name = s[..nameEnd];
        return XmlBytes.IsName(name) && !Ascii.EqualsIgnoreCase(name, "xml"u8)
            && nameEnd < s.Length && (XmlBytes.IsSpace(s[nameEnd]) || s[nameEnd..].StartsWith("?>"u8));
    }
}

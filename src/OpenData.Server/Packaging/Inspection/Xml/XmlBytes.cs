using System.Buffers;
using System.Text;

namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>
/// The classes of bytes that XML 1.0 in UTF-8 is made of. Every byte beyond ASCII counts as one of a name: which letters may stand in names
/// (2.3) fills tables and says little about whether a file arrived whole.
/// </summary>
internal static class XmlBytes
{
    /// <summary>The control characters that XML does not allow (2.2).</summary>
    public static readonly SearchValues<byte> Controls = SearchValues.Create(ControlBytes());

    /// <summary>What text stops at: markup, references, the end of a CDATA section, controls.</summary>
    public static readonly SearchValues<byte> SpecialInText = SearchValues.Create([.. ControlBytes(), (byte)'<', (byte)'&', (byte)']']);

    private static readonly SearchValues<byte> SpecialInDoubleQuotes = SearchValues.Create([.. ControlBytes(), (byte)'<', (byte)'&', (byte)'"']);
    private static readonly SearchValues<byte> SpecialInSingleQuotes = SearchValues.Create([.. ControlBytes(), (byte)'<', (byte)'&', (byte)'\'']);
    private static readonly SearchValues<byte> NotOfName = SearchValues.Create([.. Enumerable.Range(0, 128).Select(i => (byte)i).Where(b => !IsOfName(b))]);
    private static readonly SearchValues<byte> NotSpace = SearchValues.Create([.. Enumerable.Range(0, 256).Select(i => (byte)i).Where(b => !IsSpace(b))]);

    /// <summary>What the value of an attribute stops at.</summary>
    public static SearchValues<byte> SpecialInValue(byte quote) => quote == '"' ? SpecialInDoubleQuotes : SpecialInSingleQuotes;

    /// <summary>White space (2.3).</summary>
    public static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\n' or (byte)'\t' or (byte)'\r';

    /// <summary>What a name may begin with.</summary>
    public static bool IsNameStart(byte b) => b >= 0x80 || char.IsAsciiLetter((char)b) || b is (byte)'_' or (byte)':';

    /// <summary>Where the name ends that begins here.</summary>
    public static int NameEnd(ReadOnlySpan<byte> s, int at) => s[at..].IndexOfAny(NotOfName) is >= 0 and int found ? at + found : s.Length;

    /// <summary>True for a whole name.</summary>
    public static bool IsName(ReadOnlySpan<byte> s) => s.Length > 0 && IsNameStart(s[0]) && s.IndexOfAny(NotOfName) < 0;

    /// <summary>The first byte from here that is no white space, or the end.</summary>
    public static int SkipSpace(ReadOnlySpan<byte> s, int at)
    {
        // Mostly there is one or none.
        for (int stop = Math.Min(s.Length, at + 4); at < stop; at++)
        {
            if (!IsSpace(s[at]))
            {
                return at;
            }
        }
        return s[at..].IndexOfAny(NotSpace) is >= 0 and int found ? at + found : s.Length;
    }

    /// <summary>The bytes as text for a message, not too long.</summary>
    public static string Text(ReadOnlySpan<byte> bytes) => Printable.Of(Encoding.UTF8.GetString(bytes.Length > 80 ? bytes[..80] : bytes));

    /// <summary>What is to be said of a control character.</summary>
    public static Sentence ControlMessage(byte b) => Phrases.ControlCharacter.With(Phrases.CodePoint(b));

    private static bool IsOfName(byte b) => IsNameStart(b) || char.IsAsciiDigit((char)b) || b is (byte)'-' or (byte)'.';

    private static byte[] ControlBytes() => [.. Enumerable.Range(0, 32).Where(b => b is not (9 or 10 or 13)).Select(b => (byte)b)];
}

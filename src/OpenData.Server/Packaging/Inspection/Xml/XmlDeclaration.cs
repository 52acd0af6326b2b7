namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>The declaration at the beginning of a document: <c>&lt;?xml version="1.0" encoding="…" standalone="…"?&gt;</c> (XML 1.0, 2.8).</summary>
internal static class XmlDeclaration
{
    /// <summary>What every declaration begins with.</summary>
    public static ReadOnlySpan<byte> Mark => "<?xml"u8;

    /// <summary>True where a declaration begins; <c>&lt;?xml-stylesheet</c> is none.</summary>
    public static bool IsAt(ReadOnlySpan<byte> s) => s.StartsWith(Mark) && s.Length > Mark.Length && XmlBytes.IsSpace(s[Mark.Length]);

    /// <summary>Where a declaration begins behind this place, or -1.</summary>
    public static int IndexOf(ReadOnlySpan<byte> s, int at)
    {
        while (s[at..].IndexOf(Mark) is >= 0 and int found)
        {
            if (IsAt(s[(at + found)..]))
            {
                return at + found;
            }
            at += found + Mark.Length;
        }
        return -1;
    }

    /// <summary>Looks at a declaration.</summary>
    /// <param name="s">Where it stands.</param>
    /// <param name="at">Its <c>&lt;</c>.</param>
    public static Scanned Check(ReadOnlySpan<byte> s, int at)
    {
        ReadOnlySpan<byte> rest = s[(at + Mark.Length)..];
        int end = rest.IndexOf("?>"u8);
        if (end < 0)
        {
            return Scanned.CutOff;
        }
        ReadOnlySpan<byte> text = rest[..end];
        bool isGood = Take(ref text, "version"u8, out ReadOnlySpan<byte> version)
            && version.StartsWith("1."u8) && version.Length > 2 && version[2..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
            && (!Take(ref text, "encoding"u8, out ReadOnlySpan<byte> encoding) || IsEncodingName(encoding))
            && (!Take(ref text, "standalone"u8, out ReadOnlySpan<byte> standalone) || standalone.SequenceEqual("yes"u8) || standalone.SequenceEqual("no"u8))
            && XmlBytes.SkipSpace(text, 0) == text.Length;
        return isGood
            ? new Scanned(at + Mark.Length + end + 2)
            : new Scanned(at, Phrases.DeclarationDisordered);
    }

    /// <summary>The encoding that the declaration at the very beginning of a file names, or nothing.</summary>
    public static ReadOnlySpan<byte> Encoding(ReadOnlySpan<byte> head)
    {
        int end = IsAt(head) ? head.IndexOf("?>"u8) : -1;
        int name = end < 0 ? -1 : head[..end].IndexOf("encoding"u8);
        if (name < 0)
        {
            return [];
        }
        ReadOnlySpan<byte> rest = head[name..end];
        int open = rest.IndexOfAny((byte)'"', (byte)'\'');
        int close = open < 0 ? -1 : rest[(open + 1)..].IndexOf(rest[open]);
        return close < 0 ? [] : rest.Slice(open + 1, close);
    }

    // White space, name, '=', a quoted value.
    private static bool Take(ref ReadOnlySpan<byte> text, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = [];
        int at = XmlBytes.SkipSpace(text, 0);
        if (at == 0 || !text[at..].StartsWith(name))
        {
            return false;
        }
        at = XmlBytes.SkipSpace(text, at + name.Length);
        if (at >= text.Length || text[at] != '=')
        {
            return false;
        }
        at = XmlBytes.SkipSpace(text, at + 1);
        if (at >= text.Length || text[at] is not ((byte)'"' or (byte)'\''))
        {
            return false;
        }
        int close = text[(at + 1)..].IndexOf(text[at]);
        if (close < 0)
        {
            return false;
        }
        value = text.Slice(at + 1, close);
        text = text[(at + close + 2)..];
        return true;
    }

    // 4.3.3: a Latin letter, then letters, digits, '.', '_', '-'.
    private static bool IsEncodingName(ReadOnlySpan<byte> name) =>
        name.Length > 0 && char.IsAsciiLetter((char)name[0]) && !name.ContainsAnyExcept(EncodingNameBytes);

    private static readonly System.Buffers.SearchValues<byte> EncodingNameBytes =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"u8);
}

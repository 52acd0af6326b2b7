namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>Start tags, end tags and empty-element tags (XML 1.0, 3.1), each looked at whole.</summary>
internal sealed class XmlTags(XmlReferences references)
{
    private readonly AttributeNames _attributes = new();

    /// <summary>Looks at a start tag or an empty-element tag.</summary>
    /// <param name="s">Where it stands.</param>
    /// <param name="at">Its <c>&lt;</c>, with the first byte of a name behind it.</param>
    /// <param name="nameEnd">Where its name ends.</param>
    /// <param name="isEmpty">True where no end tag follows.</param>
    public Scanned Start(ReadOnlySpan<byte> s, int at, out int nameEnd, out bool isEmpty)
    {
        isEmpty = false;
        nameEnd = XmlBytes.NameEnd(s, at + 1);
        int i = nameEnd;
        if (i < s.Length && s[i] == '>')
        {
            return new Scanned(i + 1);
        }
        _attributes.Clear();
        while (true)
        {
            int behindSpace = XmlBytes.SkipSpace(s, i);
            if (behindSpace >= s.Length)
            {
                return Scanned.CutOff;
            }
            bool isSpaced = behindSpace > i;
            i = behindSpace;
            if (s[i] == '>')
            {
                return new Scanned(i + 1);
            }
            if (s[i] == '/')
            {
                isEmpty = true;
                return i + 1 >= s.Length ? Scanned.CutOff : s[i + 1] == '>' ? new Scanned(i + 2) : new Scanned(i, Phrases.SlashInTag);
            }
            if (!isSpaced || !XmlBytes.IsNameStart(s[i]))
            {
                return new Scanned(i, Phrases.TagUnclear.With(XmlBytes.Text(s[(at + 1)..nameEnd])));
            }
            Scanned attribute = Attribute(s, i);
            if (attribute.Next < 0 || attribute.Fault is not null)
            {
                return attribute;
            }
            i = attribute.Next;
        }
    }

    /// <summary>Looks at an end tag.</summary>
    /// <param name="s">Where it stands.</param>
    /// <param name="at">Its <c>&lt;</c>, with a <c>/</c> behind it.</param>
    /// <param name="expected">The name that it must have.</param>
    public static Scanned End(ReadOnlySpan<byte> s, int at, ReadOnlySpan<byte> expected)
    {
        int nameEnd = XmlBytes.NameEnd(s, at + 2);
        int close = XmlBytes.SkipSpace(s, nameEnd);
        if (close >= s.Length)
        {
            return Scanned.CutOff;
        }
        ReadOnlySpan<byte> name = s[(at + 2)..nameEnd];
        return s[close] != '>' ? new Scanned(close, Phrases.EndTagRest)
            : name.SequenceEqual(expected) ? new Scanned(close + 1)
            : new Scanned(at, Phrases.EndTagOther.With(XmlBytes.Text(name), XmlBytes.Text(expected)));
    }

    private Scanned Attribute(ReadOnlySpan<byte> s, int at)
    {
        int nameEnd = XmlBytes.NameEnd(s, at);
        int i = XmlBytes.SkipSpace(s, nameEnd);
        if (i < s.Length && s[i] != '=')
        {
            return new Scanned(i, Phrases.AttributeNoValue.With(XmlBytes.Text(s[at..nameEnd])));
        }
        i = XmlBytes.SkipSpace(s, Math.Min(i + 1, s.Length));
        if (i >= s.Length)
        {
            return Scanned.CutOff;
        }
        byte quote = s[i];
        if (quote is not ((byte)'"' or (byte)'\''))
        {
            return new Scanned(i, Phrases.AttributeNotQuoted.With(XmlBytes.Text(s[at..nameEnd])));
        }
        i++;
        while (true)
        {
            int found = s[i..].IndexOfAny(XmlBytes.SpecialInValue(quote));
            if (found < 0)
            {
                return Scanned.CutOff;
            }
            i += found;
            if (s[i] == quote)
            {
                break;
            }
            if (s[i] != '&')
            {
                return new Scanned(i, s[i] == '<' ? Phrases.AttributeMarkup.With(XmlBytes.Text(s[at..nameEnd])) : XmlBytes.ControlMessage(s[i]));
            }
            Scanned reference = references.Check(s, i);
            if (reference.Next < 0 || reference.Fault is not null)
            {
                return reference;
            }
            i = reference.Next;
        }
        return _attributes.TryAdd(s, at, nameEnd) ? new Scanned(i + 1) : new Scanned(at, Phrases.AttributeTwice.With(XmlBytes.Text(s[at..nameEnd])));
    }
}

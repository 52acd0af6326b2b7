namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>How far the inside of a comment, a CDATA section or a processing instruction goes (XML 1.0, 2.5 to 2.7): markup that may be longer than a block.</summary>
/// <param name="Next">Where to go on; -1 where more bytes are needed.</param>
/// <param name="IsClosed">True where it ends there.</param>
/// <param name="Fault">What is wrong in it, or null.</param>
/// <param name="FaultAt">Where that is.</param>
internal readonly record struct XmlSection(int Next, bool IsClosed = false, Sentence? Fault = null, int FaultAt = 0)
{
    /// <summary>Looks at the inside of a comment.</summary>
    /// <param name="s">Where it stands.</param>
    /// <param name="at">Behind its beginning, or where the last look ended.</param>
    /// <param name="last">True where nothing follows.</param>
    public static XmlSection Comment(ReadOnlySpan<byte> s, int at, bool last)
    {
        int dashes = s[at..].IndexOf("--"u8);
        int control = s.Slice(at, dashes < 0 ? s.Length - at : dashes).IndexOfAny(XmlBytes.Controls);
        if (control >= 0)
        {
            return Broken(s, at, at + control);
        }
        if (dashes < 0)
        {
            return CutOff(s, at, last, 1);
        }
        int end = at + dashes + 2;
        if (end >= s.Length)
        {
            return new XmlSection(last ? s.Length : dashes > 0 ? at + dashes : -1);
        }
        return s[end] == '>' ? new XmlSection(end + 1, IsClosed: true) : new XmlSection(end - 1, Fault: Phrases.DashesInComment, FaultAt: end - 2);
    }

    /// <summary>Looks at the inside of what ends with a mark.</summary>
    /// <param name="mark">What it ends with.</param>
    /// <param name="s">Where it stands.</param>
    /// <param name="at">Behind its beginning, or where the last look ended.</param>
    /// <param name="last">True where nothing follows.</param>
    public static XmlSection Until(ReadOnlySpan<byte> mark, ReadOnlySpan<byte> s, int at, bool last)
    {
        int found = s[at..].IndexOf(mark);
        int control = s.Slice(at, found < 0 ? s.Length - at : found).IndexOfAny(XmlBytes.Controls);
        return control >= 0 ? Broken(s, at, at + control)
            : found >= 0 ? new XmlSection(at + found + mark.Length, IsClosed: true)
            : CutOff(s, at, last, mark.Length - 1);
    }

    /// <param name="s">Where it stands.</param>
    /// <param name="at">Where the look began.</param>
    /// <param name="last">True where nothing follows.</param>
    /// <param name="kept">So many bytes at the end may begin the mark.</param>
    private static XmlSection CutOff(ReadOnlySpan<byte> s, int at, bool last, int kept) =>
        new(last ? s.Length : s.Length - kept > at ? s.Length - kept : -1);

    // All of it is looked through for the next document.
    private static XmlSection Broken(ReadOnlySpan<byte> s, int at, int control) => new(at, Fault: XmlBytes.ControlMessage(s[control]), FaultAt: control);
}

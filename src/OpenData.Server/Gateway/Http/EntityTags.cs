namespace OpenData.Server.Gateway.Http;

/// <summary>Entity tags (RFC 9110, 8.8.3). The tags of this server are strong: they are digests of the bytes.</summary>
public static class EntityTags
{
    /// <summary>
    /// True where a list of tags (If-Match, If-None-Match) has this strong tag, or is <c>*</c>. A malformed list names nothing.
    /// </summary>
    /// <param name="list">The field's value.</param>
    /// <param name="current">The strong tag of the file, with quotes.</param>
    /// <param name="weak">True for weak comparison, in which <c>W/"x"</c> matches <c>"x"</c> (8.8.3.2).</param>
    public static bool Contains(string list, string current, bool weak)
    {
        ReadOnlySpan<char> rest = list.AsSpan().Trim(" \t");
        if (rest is "*")
        {
            return true;
        }
        bool found = false;
        while (!rest.IsEmpty)
        {
            if (rest[0] == ',')
            {
                rest = rest[1..].TrimStart(" \t");
                continue;
            }
            if (!TryTake(ref rest, out ReadOnlySpan<char> tag, out bool isWeak))
            {
                return false;
            }
            found |= (weak || !isWeak) && tag.SequenceEqual(current);
            rest = rest.TrimStart(" \t");
            if (!rest.IsEmpty && rest[0] != ',')
            {
                return false;
            }
        }
        return found;
    }

    /// <summary>True where a value is exactly this strong tag (If-Range).</summary>
    public static bool IsExactly(string value, string current) => value.AsSpan().Trim(" \t").SequenceEqual(current);

    /// <summary>True where a value is a tag and not a date (RFC 9110, 13.1.5 tells them apart so).</summary>
    public static bool LooksLikeTag(string value) => value.AsSpan(0, Math.Min(3, value.Length)).Contains('"');

    private static bool TryTake(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> tag, out bool isWeak)
    {
        tag = default;
        isWeak = rest.StartsWith("W/", StringComparison.Ordinal);
        ReadOnlySpan<char> opaque = isWeak ? rest[2..] : rest;
        if (opaque.IsEmpty || opaque[0] != '"')
        {
            return false;
        }
        int close = opaque[1..].IndexOf('"');
        if (close < 0 || opaque.Slice(1, close).ContainsAnyInRange('\0', ' '))
        {
            return false;
        }
        tag = opaque[..(close + 2)];
        rest = opaque[(close + 2)..];
        return true;
    }
}

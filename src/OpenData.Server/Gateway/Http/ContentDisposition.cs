using System.Text;

namespace OpenData.Server.Gateway.Http;

/// <summary>The field Content-Disposition (RFC 6266).</summary>
public static class ContentDisposition
{
    private static readonly System.Buffers.SearchValues<char> s_plain =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`|~");

    /// <summary>
    /// Saves under the name instead of showing the content: data of strangers are never rendered on this site. Names beyond plain ASCII are sent
    /// encoded as well (RFC 8187), and reduced to ASCII for old clients.
    /// </summary>
    public static string Attachment(string name)
    {
        if (!name.AsSpan().ContainsAnyExcept(s_plain))
        {
            return $"attachment; filename=\"{name}\"";
        }
        StringBuilder ascii = new(name.Length);
        StringBuilder encoded = new(name.Length * 3);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Rune rune in name.EnumerateRunes())
        {
            bool isPlain = rune.IsAscii && s_plain.Contains((char)rune.Value);
            ascii.Append(isPlain || rune.Value == ' ' ? (char)rune.Value : '_');
            int count = rune.EncodeToUtf8(utf8);
            for (int i = 0; i < count; i++)
            {
                _ = isPlain ? encoded.Append((char)utf8[i]) : encoded.Append('%').Append(Convert.ToHexString(utf8.Slice(i, 1)));
            }
        }
        return $"attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}";
    }
}

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Gateway.Http;

namespace OpenData.Server.Gateway.FastLane;

/// <summary>
/// Reads the plain case of a request head (RFC 9112) and nothing else: GET or HEAD of <c>/files/CODE/EDITION/rN/NAME</c>, with no query but
/// that of a signed link, or GET of another address, which is judged by the room that knows it; HTTP/1.1, lines that end in CRLF, fields that are known and each at most once where it
/// matters, no body. It never repairs: what is not exactly so is not a plain request, and Kestrel says what is wrong with it. So the two cannot be made to see different requests in the
/// same bytes.
/// </summary>
internal static class PlainRequestParser
{
    /// <summary>A longer head is not plain, in bytes.</summary>
    public const int LongestHead = 8192;

    private const int MostFields = 64;
    private const int LongestName = 32;

    private static readonly SearchValues<byte> s_pathBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%"u8);

    private static readonly SearchValues<byte> s_queryBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=&"u8);

    // A registered name or an IPv4 address with a port; rarer forms of a host are Kestrel's to judge.
    private static readonly SearchValues<byte> s_hostBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-."u8);

    private static ReadOnlySpan<byte> s_files => "/files/"u8;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the request that these bytes begin with; false where it is not plain, or not all here.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out PlainRequest? request)
    {
        request = null;
        ReadOnlySpan<byte> within = bytes[..Math.Min(bytes.Length, LongestHead)];
        int end = within.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return false;
        }
        ReadOnlySpan<byte> lines = within[..(end + 2)];
        if (!TryTakeLine(ref lines, out ReadOnlySpan<byte> first)
            || !TryParseRequestLine(first, out bool isHead, out ReadOnlySpan<byte> path, out ReadOnlySpan<byte> query)
            || !TryParseFields(lines, out Fields fields))
        {
            return false;
        }
        request = path.StartsWith(s_files) ? FileRequestOf(path, query, isHead, fields, end + 4) : GetRequestOf(path, query, isHead, fields, end + 4);
        return request is not null;
    }

    private static PlainFileRequest? FileRequestOf(ReadOnlySpan<byte> target, ReadOnlySpan<byte> queryText, bool isHead, in Fields fields, int length)
    {
        // A digest of the content is Kestrel's to make: it may have to be read for it.
        if (fields.WantContentDigest is not null || !TryParsePath(target, out ReleaseId release, out string? name) || !TryParseQuery(queryText, out string? query))
        {
            return null;
        }
        FileRequest file = new(isHead, fields.Range, fields.IfRange, fields.IfMatch, fields.IfNoneMatch, fields.IfModifiedSince, fields.IfUnmodifiedSince);
        string path = $"/files/{release.Dataset}/{release.Edition}/{release.RevisionName}/{name}";
        return new PlainFileRequest(release, name, path, query, fields.Host!, fields.Authorization, file, fields.KeepAlive, length);
    }

    private static PlainGetRequest? GetRequestOf(ReadOnlySpan<byte> path, ReadOnlySpan<byte> query, bool isHead, in Fields fields, int length) =>
        isHead || query.Length == 1 || (!query.IsEmpty && query[1..].ContainsAnyExcept(s_queryBytes))
            ? null
            : new PlainGetRequest(
                Encoding.ASCII.GetString(path), Encoding.ASCII.GetString(query.IsEmpty ? query : query[1..]), fields.Host!, fields.IfNoneMatch, fields.WantContentDigest, fields.KeepAlive, length);

    private static bool IsKeepAlive(string connection) => connection.Equals("keep-alive", StringComparison.OrdinalIgnoreCase);

    /// <summary>Takes a line off; false where its CRLF is missing or another control character is in it.</summary>
    private static bool TryTakeLine(ref ReadOnlySpan<byte> lines, out ReadOnlySpan<byte> line)
    {
        int end = lines.IndexOf("\r\n"u8);
        line = end < 0 ? default : lines[..end];
        lines = end < 0 ? default : lines[(end + 2)..];
        foreach (byte each in line)
        {
            if (each is (< 0x20 and not (byte)'\t') or > 0x7e)
            {
                return false;
            }
        }
        return end >= 0;
    }

    /// <summary>RFC 9112, 3: method, target in origin form, version, with one space between them.</summary>
    /// <param name="line">The line.</param>
    /// <param name="isHead">HEAD, and not GET.</param>
    /// <param name="path">As it stands there.</param>
    /// <param name="query">With its question mark; empty where there is none.</param>
    private static bool TryParseRequestLine(ReadOnlySpan<byte> line, out bool isHead, out ReadOnlySpan<byte> path, out ReadOnlySpan<byte> query)
    {
        path = query = default;
        isHead = line.StartsWith("HEAD "u8);
        if (!isHead && !line.StartsWith("GET "u8))
        {
            return false;
        }
        ReadOnlySpan<byte> rest = line[(isHead ? 5 : 4)..];
        if (!rest.EndsWith(" HTTP/1.1"u8))
        {
            return false;
        }
        ReadOnlySpan<byte> target = rest[..^" HTTP/1.1"u8.Length];
        int mark = target.IndexOf((byte)'?');
        path = mark < 0 ? target : target[..mark];
        query = mark < 0 ? default : target[mark..];
        return !path.ContainsAnyExcept(s_pathBytes);
    }

    private static bool TryParsePath(ReadOnlySpan<byte> path, out ReleaseId release, [NotNullWhen(true)] out string? name)
    {
        release = default;
        name = null;
        string[] parts = Encoding.ASCII.GetString(path[s_files.Length..]).Split('/');
        if (parts.Length != 4 || FileFinder.ReleaseOf(parts[0], parts[1], parts[2]) is not { } id
            || !string.Equals(parts[2], id.RevisionName, StringComparison.Ordinal) || !TryDecode(parts[3], out name))
        {
            return false;
        }
        release = id;
        return true;
    }

    /// <summary>Nothing, or exactly what a signed link has; whether it was signed by us is judged later, as Kestrel's requests are.</summary>
    private static bool TryParseQuery(ReadOnlySpan<byte> text, [NotNullWhen(true)] out string? query)
    {
        query = text.IsEmpty ? "" : null;
        if (text.Length > 1 && !text[1..].ContainsAnyExcept(s_queryBytes))
        {
            string candidate = Encoding.ASCII.GetString(text[1..]);
            query = SignedLink.TryParse(candidate, out _) ? candidate : null;
        }
        return query is not null;
    }

    /// <summary>Percent-decodes a file's name (RFC 3986, 2.1): UTF-8 only, and nothing that means something in a path.</summary>
    private static bool TryDecode(string text, [NotNullWhen(true)] out string? name)
    {
        name = text;
        if (text.Contains('%', StringComparison.Ordinal))
        {
            byte[] decoded = new byte[text.Length];
            int length = 0;
            for (int i = 0; i < text.Length; i++)
            {
                if (text[i] != '%')
                {
                    decoded[length++] = (byte)text[i];
                    continue;
                }
                if (i + 2 >= text.Length || !byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out decoded[length++]))
                {
                    return false;
                }
                i += 2;
            }
            try
            {
                name = s_utf8.GetString(decoded, 0, length);
            }
            catch (DecoderFallbackException)
            {
                return false;
            }
        }
        return name.Length > 0 && name is not ("." or "..") && !name.AsSpan().ContainsAny("/\\%") && !name.Any(char.IsControl);
    }

    /// <summary>RFC 9112, 5: name, colon at once, value. Fields that are not listed here may mean anything, so they are not plain.</summary>
    private static bool TryParseFields(ReadOnlySpan<byte> lines, out Fields fields)
    {
        fields = default;
        Span<char> lower = stackalloc char[LongestName];
        for (int count = 0; !lines.IsEmpty; count++)
        {
            if (count == MostFields || !TryTakeLine(ref lines, out ReadOnlySpan<byte> line))
            {
                return false;
            }
            int colon = line.IndexOf((byte)':');
            if (colon is < 1 or > LongestName)
            {
                return false;
            }
            Ascii.ToLower(line[..colon], lower, out int length);
            ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t"u8);
            bool plain = lower[..length] switch
            {
                "host" => IsHost(value) && Once(ref fields.Host, value),
                "authorization" => Once(ref fields.Authorization, value),
                "range" => Once(ref fields.Range, value),
                "if-range" => Once(ref fields.IfRange, value),
                "if-match" => Once(ref fields.IfMatch, value),
                "if-none-match" => Once(ref fields.IfNoneMatch, value),
                "if-modified-since" => Once(ref fields.IfModifiedSince, value),
                "if-unmodified-since" => Once(ref fields.IfUnmodifiedSince, value),
                "want-content-digest" => Once(ref fields.WantContentDigest, value),
                "connection" => (Ascii.EqualsIgnoreCase(value, "keep-alive"u8) || Ascii.EqualsIgnoreCase(value, "close"u8)) && Once(ref fields.Connection, value),
                // Nothing that this server answers depends on these.
                "user-agent" or "accept" or "accept-encoding" or "accept-language" or "accept-charset" or "cache-control" or "pragma" or "referer"
                    or "want-digest" or "want-repr-digest" or "dnt" or "priority" or "from" => true,
                _ => false,
            };
            if (!plain)
            {
                return false;
            }
        }
        return fields.Host is not null;
    }

    private static bool Once(ref string? field, ReadOnlySpan<byte> value)
    {
        if (field is not null || value.IsEmpty)
        {
            return false;
        }
        field = Encoding.ASCII.GetString(value);
        return true;
    }

    private static bool IsHost(ReadOnlySpan<byte> value)
    {
        int colon = value.IndexOf((byte)':');
        ReadOnlySpan<byte> host = colon < 0 ? value : value[..colon];
        ReadOnlySpan<byte> port = colon < 0 ? "80"u8 : value[(colon + 1)..];
        return !host.IsEmpty && !host.ContainsAnyExcept(s_hostBytes) && port.Length is > 0 and <= 5 && !port.ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    private ref struct Fields
    {
        public string? Host;
        public string? Authorization;
        public string? Range;
        public string? IfRange;
        public string? IfMatch;
        public string? IfNoneMatch;
        public string? IfModifiedSince;
        public string? IfUnmodifiedSince;
        public string? WantContentDigest;
        public string? Connection;

        public readonly bool KeepAlive => Connection is null || IsKeepAlive(Connection);
    }
}

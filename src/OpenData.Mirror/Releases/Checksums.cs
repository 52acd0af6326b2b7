using System.Text;
using OpenData.Format;

namespace OpenData.Mirror.Releases;

/// <summary>A list of digests in the form that <c>sha256sum -c</c> reads: <c>64 hexadecimal digits, space, space or asterisk, name</c>.</summary>
internal static class Checksums
{
    /// <summary>The digest of each name.</summary>
    /// <exception cref="FormatException">A line is something else, or names what could leave its folder, or a name twice.</exception>
    public static IReadOnlyDictionary<string, Sha256Digest> Parse(ReadOnlySpan<byte> text)
    {
        Dictionary<string, Sha256Digest> digests = new(StringComparer.Ordinal);
        foreach (string line in Encoding.UTF8.GetString(text).Split('\n'))
        {
            if (line.Length == 0)
            {
                continue;
            }
            if (line.Length < 67 || line[64] != ' ' || line[65] is not (' ' or '*') || !Sha256Digest.TryParse(line[..64], out Sha256Digest digest))
            {
                throw new FormatException("a line is not a digest and a name");
            }
            string name = line[66..];
            if (EntryName.Fault(name) is { } fault)
            {
                throw new FormatException($"a file is named '{name}': {fault}");
            }
            if (!digests.TryAdd(name, digest))
            {
                throw new FormatException($"'{name}' is listed twice");
            }
        }
        return digests;
    }
}

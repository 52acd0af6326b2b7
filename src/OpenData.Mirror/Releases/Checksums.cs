using System.Text;
using OpenData.Format;

namespace OpenData.Mirror.Releases;

/// <summary>A list of digests in the form that <c>sha256sum -c</c> reads: <c>64 hexadecimal digits, space, space or asterisk, name</c>.</summary>
internal static class Checksums
{
    /// <summary>The digest of each name; null, and why, where a line is something else, or names what could leave its folder, or a name twice.</summary>
    public static IReadOnlyDictionary<string, Sha256Digest>? Parse(ReadOnlySpan<byte> text, out Words? fault)
    {
        fault = null;
        Dictionary<string, Sha256Digest> digests = new(StringComparer.Ordinal);
        foreach (string line in Encoding.UTF8.GetString(text).Split('\n'))
        {
            if (line.Length == 0)
            {
                continue;
            }
            if (line.Length < 67 || line[64] != ' ' || line[65] is not (' ' or '*') || !Sha256Digest.TryParse(line[..64], out Sha256Digest digest))
            {
                fault = new("a line is not a digest and a name", "有一行不是校验值加文件名");
                return null;
            }
            string name = line[66..];
            if (FileNameFault.Of(name) is { } unfit)
            {
                fault = new($"a file is named '{name}': {unfit}", $"有文件名为“{name}”：{unfit}");
                return null;
            }
            if (!digests.TryAdd(name, digest))
            {
                fault = new($"'{name}' is listed twice", $"“{name}”列出了两次");
                return null;
            }
        }
        return digests;
    }
}

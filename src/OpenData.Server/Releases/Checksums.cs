using System.Text;
using OpenData.Server.Packaging;

namespace OpenData.Server.Releases;

/// <summary>The file <c>SHA256SUMS</c>, as coreutils' <c>sha256sum -c</c> reads it: a line for each file, digest, two spaces, name.</summary>
public static class Checksums
{
    /// <summary>Writes the lines in ordinal order of names.</summary>
    public static byte[] Write(IEnumerable<StoredFile> files)
    {
        StringBuilder text = new();
        foreach (StoredFile file in files.OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            text.Append(file.Sha256).Append("  ").Append(file.Name).Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}

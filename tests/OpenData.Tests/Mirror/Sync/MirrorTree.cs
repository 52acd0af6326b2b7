using System.Security.Cryptography;

namespace OpenData.Tests.Mirror.Sync;

/// <summary>What a web server would show of a mirror.</summary>
internal static class MirrorTree
{
    /// <summary>Every file but those of the mirror's own state: path → time and digest.</summary>
    public static SortedDictionary<string, string> Of(string folder)
    {
        SortedDictionary<string, string> tree = new(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(folder, path);
            if (name != ".opendata" && !name.StartsWith(".opendata/", StringComparison.Ordinal))
            {
                tree[name] = Directory.Exists(path) ? "folder" : $"{File.GetLastWriteTimeUtc(path):O} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}";
            }
        }
        return tree;
    }
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using OpenData.Format;

namespace OpenData.Tests.EndToEnd;

/// <summary>Whatever has its final name in a mirror has the bytes that were published under it.</summary>
/// <param name="mirror">Its folder.</param>
/// <param name="digests">Of every file that was ever published.</param>
internal sealed class NamedFiles(string mirror, ConcurrentDictionary<string, Sha256Digest> digests)
{
    private readonly HashSet<string> _compared = new(StringComparer.Ordinal);

    /// <summary>Names that were compared at least once.</summary>
    public int Compared => _compared.Count;

    /// <summary>Compares what got its name since the last time. A name is compared once: files are never changed under their names. What was published this very moment is compared the next time.</summary>
    public void Check() => Check(all: false);

    /// <summary>Compares everything.</summary>
    public void CheckAll() => Check(all: true);

    private void Check(bool all)
    {
        foreach (string path in Directory.EnumerateDirectories(mirror).Where(d => Path.GetFileName(d)[0] != '.').SelectMany(d => Directory.EnumerateFiles(d, "*", SearchOption.AllDirectories)))
        {
            string name = Path.GetRelativePath(mirror, path);
            if (!name.EndsWith(".part", StringComparison.Ordinal) && !name.EndsWith(".part.state", StringComparison.Ordinal) && (all || (!_compared.Contains(name) && digests.ContainsKey(name))))
            {
                digests.ShouldContainKey(name);
                new Sha256Digest(SHA256.HashData(File.ReadAllBytes(path))).ShouldBe(digests[name], name);
                _compared.Add(name);
            }
        }
    }
}

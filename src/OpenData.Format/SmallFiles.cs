namespace OpenData.Format;

/// <summary>
/// The small files of a release in one answer, <c>/files/CODE/EDITION/rN/small-files.tar</c>: the three that are signed first, then the others by name, for as long
/// as they fit. For mirrors, whom a request for each costs more than their bytes. Whatever is not in it is had by its own address.
/// </summary>
public static class SmallFiles
{
    /// <summary>Its name beside the files of a release.</summary>
    public const string Name = "small-files.tar";

    /// <summary>Bytes of the largest file that counts as small.</summary>
    public const int MostOfOne = 16 * 1024;

    /// <summary>Bytes of the archive at most.</summary>
    public const int MostOfAll = 32 * 1024;

    /// <summary>Which of a release's files are in it, in order. Pure.</summary>
    public static IReadOnlyList<T> Choose<T>(IEnumerable<T> files, Func<T, string> name, Func<T, long> bytes)
    {
        List<T> chosen = [];
        long all = 2 * TarHeader.Block;
        foreach (T file in files.Where(f => bytes(f) <= MostOfOne && TarHeader.Fits(name(f))).OrderBy(f => Rank(name(f))).ThenBy(name, StringComparer.Ordinal))
        {
            long more = TarHeader.Block + bytes(file) + TarHeader.PaddingOf(bytes(file));
            if (all + more <= MostOfAll)
            {
                chosen.Add(file);
                all += more;
            }
        }
        return chosen;
    }

    private static int Rank(string name) => name switch { Manifest.ChecksumsName => 0, Manifest.SignatureName => 1, Manifest.FileName => 2, _ => 3 };
}

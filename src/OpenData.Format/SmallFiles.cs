namespace OpenData.Format;

/// <summary>
/// The small files of a release in one answer, <c>/files/CODE/EDITION/rN/small-files.cpio</c>: the three that are signed first, then the others by name, for as long
/// as they fit. <c>small-release.cpio</c> is the same and, where all of the release is small, all of it. For mirrors, whom a request for each costs more than their
/// bytes. Whatever is not in it is had by its own address.
/// </summary>
public static class SmallFiles
{
    /// <summary>Its name beside the files of a release.</summary>
    public const string Name = "small-files.cpio";

    /// <summary>The name under which a small release comes whole.</summary>
    public const string WholeName = "small-release.cpio";

    /// <summary>Bytes of the largest file that counts as small.</summary>
    public const int MostOfOne = 16 * 1024;

    /// <summary>Bytes of the archive at most.</summary>
    public const int MostOfAll = 32 * 1024;

    /// <summary>Bytes of the archive at most where it is a whole release.</summary>
    public const int MostOfWhole = 256 * 1024;

    /// <summary>Which of a release's files are in it, in order. Pure.</summary>
    public static IReadOnlyList<T> Choose<T>(IEnumerable<T> files, Func<T, string> name, Func<T, long> bytes)
    {
        List<T> chosen = [];
        long all = CpioEntry.Trailer.Length;
        foreach (T file in InOrder(files.Where(f => bytes(f) <= MostOfOne && CpioEntry.Fits(name(f))), name))
        {
            long more = CpioEntry.LengthOf(name(file), bytes(file));
            if (all + more <= MostOfAll)
            {
                chosen.Add(file);
                all += more;
            }
        }
        return chosen;
    }

    /// <summary>All of a release's files, in order, if they are few enough bytes to come whole. Pure.</summary>
    public static bool TryChooseWhole<T>(IReadOnlyCollection<T> files, Func<T, string> name, Func<T, long> bytes, out IReadOnlyList<T> all)
    {
        bool fits = files.All(f => bytes(f) <= MostOfWhole && CpioEntry.Fits(name(f))) && CpioEntry.Trailer.Length + files.Sum(f => CpioEntry.LengthOf(name(f), bytes(f))) <= MostOfWhole;
        all = fits ? [.. InOrder(files, name)] : [];
        return fits;
    }

    private static IEnumerable<T> InOrder<T>(IEnumerable<T> files, Func<T, string> name) => files.OrderBy(f => Rank(name(f))).ThenBy(name, StringComparer.Ordinal);

    private static int Rank(string name) => name switch { Manifest.ChecksumsName => 0, Manifest.SignatureName => 1, Manifest.FileName => 2, _ => 3 };
}

using System.Runtime.CompilerServices;
using OpenData.Format;

namespace OpenData.Server.Releases;

/// <summary>Compares two lists of entries that are in order of their names in UTF-8, as the indexes of a release are: one pass, one entry of each in memory.</summary>
internal static class EntryMerge
{
    public const string Added = "added";
    public const string Changed = "changed";
    public const string Removed = "removed";

    /// <summary>What was added, changed or removed, in order of names.</summary>
    public static async IAsyncEnumerable<EntryChange> CompareAsync(
        IAsyncEnumerable<EntryRecord> before, IAsyncEnumerable<EntryRecord> after, [EnumeratorCancellation] CancellationToken stop)
    {
        await using IAsyncEnumerator<EntryRecord> old = before.GetAsyncEnumerator(stop);
        await using IAsyncEnumerator<EntryRecord> now = after.GetAsyncEnumerator(stop);
        bool hasOld = await old.MoveNextAsync();
        bool hasNow = await now.MoveNextAsync();
        while (hasOld || hasNow)
        {
            int order = !hasOld ? 1 : !hasNow ? -1 : CompareNames(old.Current.Name, now.Current.Name);
            if (order < 0)
            {
                yield return new EntryChange(Removed, old.Current.Name, old.Current.Size, old.Current.Sha256);
            }
            else if (order > 0)
            {
                yield return new EntryChange(Added, now.Current.Name, now.Current.Size, now.Current.Sha256);
            }
            else if (old.Current.Sha256 != now.Current.Sha256)
            {
                yield return new EntryChange(Changed, now.Current.Name, now.Current.Size, now.Current.Sha256, old.Current.Sha256);
            }
            hasOld = order > 0 ? hasOld : await old.MoveNextAsync();
            hasNow = order < 0 ? hasNow : await now.MoveNextAsync();
        }
    }

    /// <summary>The order of two names in UTF-8: that of UTF-16, but for characters beyond the basic plane, which come last.</summary>
    internal static int CompareNames(string a, string b)
    {
        int same = a.AsSpan().CommonPrefixLength(b);
        if (same == a.Length || same == b.Length)
        {
            return a.Length.CompareTo(b.Length);
        }
        (char x, char y) = (a[same], b[same]);
        return char.IsSurrogate(x) == char.IsSurrogate(y) ? x.CompareTo(y) : char.IsSurrogate(x) ? 1 : -1;
    }
}

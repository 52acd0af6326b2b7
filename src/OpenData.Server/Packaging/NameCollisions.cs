using System.IO.Hashing;
using System.Runtime.InteropServices;
using OpenData.Format;

namespace OpenData.Server.Packaging;

/// <summary>
/// Finds entries that would fall on each other on a reader's disk: equal after folding of case and Unicode normalization, or one being a
/// folder of another. Keys are compared by hash first, so that a million names need 16 MB.
/// </summary>
internal static class NameCollisions
{
    /// <summary>Pairs of a name and an earlier one that it falls on.</summary>
    public static IEnumerable<(string Name, string Other)> Find(EntryTable entries)
    {
        ulong[] hashes = new ulong[entries.Count];
        int[] order = new int[entries.Count];
        HashSet<ulong> folders = [];
        string folder = "";
        for (int i = 0; i < entries.Count; i++)
        {
            string name = entries.Name(i);
            hashes[i] = Hash(EntryName.CollisionKey(name));
            order[i] = i;
            string itsFolder = name[..Math.Max(0, name.LastIndexOf('/'))];
            if (itsFolder != folder)
            {
                folder = itsFolder;
                AddWithParents(folders, EntryName.CollisionKey(folder));
            }
        }
        Array.Sort(hashes, order);
        for (int i = 0; i < order.Length; i++)
        {
            if (i > 0 && hashes[i] == hashes[i - 1])
            {
                (string name, string other) = (entries.Name(Math.Max(order[i], order[i - 1])), entries.Name(Math.Min(order[i], order[i - 1])));
                if (EntryName.CollisionKey(name) == EntryName.CollisionKey(other))
                {
                    yield return (name, other);
                }
            }
            if (folders.Contains(hashes[i]))
            {
                string name = entries.Name(order[i]);
                yield return (name, name + "/");
            }
        }
    }

    private static void AddWithParents(HashSet<ulong> folders, string key)
    {
        while (key.Length > 0 && folders.Add(Hash(key)))
        {
            key = key[..Math.Max(0, key.LastIndexOf('/'))];
        }
    }

    private static ulong Hash(string key) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(key.AsSpan()));
}

using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
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
        byte[] folder = [];
        for (int i = 0; i < entries.Count; i++)
        {
            ReadOnlySpan<byte> name = entries.NameUtf8(i);
            hashes[i] = KeyHash(name);
            order[i] = i;
            ReadOnlySpan<byte> itsFolder = name[..Math.Max(0, name.LastIndexOf((byte)'/'))];
            if (!itsFolder.SequenceEqual(folder))
            {
                folder = itsFolder.ToArray();
                AddWithParents(folders, EntryName.CollisionKey(Encoding.UTF8.GetString(folder)));
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

    // Most names are ASCII: their keys need no string.
    private static ulong KeyHash(ReadOnlySpan<byte> name)
    {
        if (!Ascii.IsValid(name))
        {
            return Hash(EntryName.CollisionKey(Encoding.UTF8.GetString(name)));
        }
        Span<char> key = name.Length <= 512 ? stackalloc char[512] : new char[name.Length];
        Ascii.ToUpper(name, key, out int length);
        return Hash(key[..length]);
    }

    private static ulong Hash(ReadOnlySpan<char> key) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(key));
}

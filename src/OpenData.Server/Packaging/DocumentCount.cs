using System.Text.RegularExpressions;

namespace OpenData.Server.Packaging;

/// <summary>The distinct publication numbers in the names of entries.</summary>
/// <param name="Numbers">Their keys, sorted.</param>
/// <param name="Entries">For each number an entry that has it.</param>
/// <param name="InVolumes">Distinct numbers in each volume.</param>
internal sealed record DocumentCount(UInt128[] Numbers, int[] Entries, long[] InVolumes)
{
    /// <summary>Counts them.</summary>
    public static DocumentCount Of(EntryTable entries, Regex pattern, IReadOnlyList<(int First, int Count)> volumes)
    {
        UInt128[] numbers = new UInt128[entries.Count];
        int[] owners = new int[entries.Count];
        long[] inVolumes = new long[volumes.Count];
        int found = 0;
        YoungGarbage garbage = default;
        for (int v = 0; v < volumes.Count; v++)
        {
            int firstOfVolume = found;
            for (int i = volumes[v].First; i < volumes[v].First + volumes[v].Count; i++)
            {
                if (i % 1024 == 0)
                {
                    garbage.Limit();
                }
                // Neighbours are mostly of one document: take each number once right here.
                if (PublicationNumbers.Find(pattern, entries.Name(i)) is { } number
                    && PublicationNumbers.Key(number) is UInt128 key && (found == firstOfVolume || numbers[found - 1] != key))
                {
                    (numbers[found], owners[found]) = (key, i);
                    found++;
                }
            }
            found = firstOfVolume + Distinct(numbers.AsSpan(firstOfVolume..found), owners.AsSpan(firstOfVolume..found));
            inVolumes[v] = found - firstOfVolume;
        }
        if (volumes.Count > 1)
        {
            found = Distinct(numbers.AsSpan(..found), owners.AsSpan(..found));
        }
        Array.Resize(ref numbers, found);
        Array.Resize(ref owners, found);
        return new DocumentCount(numbers, owners, inVolumes);
    }

    private static int Distinct(Span<UInt128> keys, Span<int> owners)
    {
        keys.Sort(owners);
        int kept = 0;
        for (int i = 0; i < keys.Length; i++)
        {
            if (i == 0 || keys[i] != keys[i - 1])
            {
                (keys[kept], owners[kept]) = (keys[i], owners[i]);
                kept++;
            }
        }
        return kept;
    }
}

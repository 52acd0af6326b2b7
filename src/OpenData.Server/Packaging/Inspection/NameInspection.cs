using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace OpenData.Server.Packaging.Inspection;

/// <summary>What can be told of a delivery from names and sizes: empty files, names that readers may change, documents that came twice.</summary>
internal static class NameInspection
{
    /// <summary>The findings, in the order of the archives, duplicates behind the others.</summary>
    public static IEnumerable<Finding> Find(PackagePlan plan)
    {
        for (int entry = 0; entry < plan.Entries; entry++)
        {
            if (plan.Size(entry) == 0)
            {
                yield return PackagePlan.EmptyFile(plan.Name(entry));
            }
            if (!Ascii.IsValid(plan.Table.NameUtf8(entry)) && plan.Name(entry) is var name && !name.IsNormalized(NormalizationForm.FormC))
            {
                yield return new Finding(
                    Severity.Note, "name-not-normalized", name, Phrases.NotNormalized.With(name, name.Normalize(NormalizationForm.FormC)));
            }
            if (IsLeftBehind(plan, entry))
            {
                yield return new Finding(Severity.Note, "left-behind", plan.Name(entry), Phrases.LeftThere.With(plan.Name(entry)));
            }
        }
        foreach ((int entry, int other, string number) in Duplicates(plan))
        {
            yield return new Finding(
                Severity.Warning, "duplicate-document", plan.Name(entry), Phrases.Twice.With(number, plan.Name(entry), plan.Name(other)));
        }
    }

    private static bool IsLeftBehind(PackagePlan plan, int entry)
    {
        ReadOnlySpan<byte> segment = Segment(plan.Table.NameUtf8(entry));
        // Names that cannot be one of them need no string.
        return segment.Length > 1 && segment[0] is (byte)'.' or (byte)'~' or (byte)'T' or (byte)'t' or (byte)'D' or (byte)'d' && MediaFormats.IsLeftBehind(plan.Name(entry));
    }

    /// <summary>
    /// Files of one name in several folders whose name is a publication number. Several files of a document in one folder are normal, and so are
    /// files of other names elsewhere: drawings, say. By hash first: 12 bytes an entry.
    /// </summary>
    private static IEnumerable<(int Entry, int Other, string Number)> Duplicates(PackagePlan plan)
    {
        ulong[] hashes = new ulong[plan.Entries];
        int[] order = new int[plan.Entries];
        for (int i = 0; i < order.Length; i++)
        {
            hashes[i] = Hash(Segment(plan.Table.NameUtf8(i)));
            order[i] = i;
        }
        Array.Sort(hashes, order);
        for (int from = 0, to; from < order.Length; from = to)
        {
            for (to = from + 1; to < order.Length && hashes[to] == hashes[from]; to++)
            {
            }
            if (to - from == 1)
            {
                continue;
            }
            int[] same = order[from..to];
            Array.Sort(same);
            string name = Name(plan, same[0]);
            if (PublicationNumbers.Find(plan.Rules.Document, name) is not { } number)
            {
                continue;
            }
            foreach (int entry in same.Skip(1).Where(entry => Name(plan, entry).Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                yield return (entry, same[0], number);
            }
        }
    }

    private static string Name(PackagePlan plan, int entry) => Encoding.UTF8.GetString(Segment(plan.Table.NameUtf8(entry)));

    private static ReadOnlySpan<byte> Segment(ReadOnlySpan<byte> name) => name[(name.LastIndexOf((byte)'/') + 1)..];

    private static ulong Hash(ReadOnlySpan<byte> segment)
    {
        Span<char> upper = stackalloc char[256];
        return Ascii.ToUpper(segment, upper, out int length) == System.Buffers.OperationStatus.Done
            ? XxHash3.HashToUInt64(MemoryMarshal.AsBytes(upper[..length]))
            : XxHash3.HashToUInt64(MemoryMarshal.AsBytes(Encoding.UTF8.GetString(segment).ToUpperInvariant().AsSpan()));
    }
}

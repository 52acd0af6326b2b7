using System.IO.Compression;
using System.Text;
using System.Text.Json;
using OpenData.Format;

namespace OpenData.Server.Gateway.Content;

/// <summary>
/// Where the entries of an archive are, by name: the archive's <c>.entries.jsonl.gz</c>, read once and kept as few large arrays, so that
/// 200,000 entries take some 20 MB and no time of the garbage collector.
/// </summary>
public sealed class EntryIndex
{
    private readonly byte[] _names;
    private readonly Row[] _rows;

    private EntryIndex(byte[] names, Row[] rows)
    {
        _names = names;
        _rows = rows;
    }

    /// <summary>Memory that it takes, in bytes.</summary>
    public unsafe long Memory => _names.Length + ((long)_rows.Length * sizeof(Row));

    /// <summary>Reads the lines of an index.</summary>
    /// <exception cref="InvalidDataException">A line is not an <see cref="EntryRecord"/>.</exception>
    public static async Task<EntryIndex> ReadAsync(Stream compressed, CancellationToken stop)
    {
        await using GZipStream inflated = new(compressed, CompressionMode.Decompress);
        using StreamReader lines = new(inflated, Encoding.UTF8);
        MemoryStream names = new();
        List<Row> rows = [];
        while (await lines.ReadLineAsync(stop) is { } line)
        {
            EntryRecord entry = Parse(line, rows.Count);
            byte[] name = Encoding.UTF8.GetBytes(entry.Name);
            rows.Add(new Row((int)names.Length, name.Length, entry.Size, entry.Sha256, entry.Offset, entry.Compressed));
            names.Write(name);
        }
        EntryIndex index = new(names.ToArray(), [.. rows]);
        Array.Sort(index._rows, index.Compare); // an order of UTF-16 and one of UTF-8 differ beyond the basic plane: trust none
        return index;
    }

    /// <summary>The entry of this very name, or null.</summary>
    public EntryRecord? Find(string name)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        int low = 0;
        int high = _rows.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = NameOf(_rows[middle]).SequenceCompareTo(wanted);
            if (order == 0)
            {
                Row row = _rows[middle];
                return new EntryRecord(name, row.Size, row.Sha256, row.Offset, row.Compressed);
            }
            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }
        return null;
    }

    /// <summary>Entries in the order of their names (bytes of UTF-8) whose names hold a text; ASCII letters match in either case.</summary>
    /// <param name="part">The text, or null for all entries.</param>
    /// <param name="skip">So many of them are passed over.</param>
    /// <param name="take">At most so many are returned.</param>
    /// <returns>The entries, and how many there are in all.</returns>
    public (IReadOnlyList<EntryRecord> Entries, int Total) Search(string? part, int skip, int take)
    {
        if (string.IsNullOrEmpty(part))
        {
            return ([.. _rows.Skip(skip).Take(take).Select(Record)], _rows.Length);
        }
        byte[] wanted = Encoding.UTF8.GetBytes(part);
        List<EntryRecord> found = [];
        int total = 0;
        foreach (Row row in _rows)
        {
            if (Holds(NameOf(row), wanted) && total++ >= skip && found.Count < take)
            {
                found.Add(Record(row));
            }
        }
        return (found, total);
    }

    private static bool Holds(ReadOnlySpan<byte> name, ReadOnlySpan<byte> wanted)
    {
        for (int at = 0; at <= name.Length - wanted.Length; at++)
        {
            if (Ascii.EqualsIgnoreCase(name.Slice(at, wanted.Length), wanted) || name.Slice(at, wanted.Length).SequenceEqual(wanted))
            {
                return true;
            }
        }
        return false;
    }

    private EntryRecord Record(Row row) => new(Encoding.UTF8.GetString(NameOf(row)), row.Size, row.Sha256, row.Offset, row.Compressed);

    private static EntryRecord Parse(string line, int before)
    {
        try
        {
            return JsonSerializer.Deserialize(line, FormatJson.Default.EntryRecord) ?? throw new InvalidDataException($"Line {before + 1} of the entries index is empty.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"Line {before + 1} of the entries index cannot be read.", e);
        }
    }

    private int Compare(Row a, Row b) => NameOf(a).SequenceCompareTo(NameOf(b));

    private ReadOnlySpan<byte> NameOf(in Row row) => _names.AsSpan(row.Name, row.NameLength);

    private readonly record struct Row(int Name, int NameLength, long Size, Sha256Digest Sha256, long Offset, long Compressed);
}

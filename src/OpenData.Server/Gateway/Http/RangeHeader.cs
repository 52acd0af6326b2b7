namespace OpenData.Server.Gateway.Http;

/// <summary>What a Range field asks of a file of a known size.</summary>
public enum RangeKind
{
    /// <summary>No Range field, or one that is ignored: the whole file is sent with 200.</summary>
    Whole,

    /// <summary>Some part of the file is sent with 206.</summary>
    Parts,

    /// <summary>The field is well-formed, and no part of it lies within the file: 416.</summary>
    Unsatisfiable,
}

/// <summary>
/// The Range field (RFC 9110, 14.1 and 14.2). Only the unit <c>bytes</c> is known; another unit and a malformed field are ignored, as 14.2
/// asks and allows. Ranges that overlap or touch are joined, and keep the order in which they were asked for (15.3.7.2).
/// </summary>
/// <remarks>
/// A field that still has more than <see cref="MaxRanges"/> ranges, or that lists more than <see cref="MaxSpecs"/>, is ignored too: the client
/// gets 200 and the whole file at its own account's rate, which every client must understand. A 416 would tell it that the file is shorter than
/// it thought. Work and memory are bounded by the two limits, whatever the file's size (the "Apache killer" asked for 1,300 ranges).
/// </remarks>
public static class RangeHeader
{
    /// <summary>Ranges that one response may hold.</summary>
    public const int MaxRanges = 5;

    /// <summary>Range specs that are read before they are joined.</summary>
    public const int MaxSpecs = 64;

    private const string Unit = "bytes=";

    /// <summary>Reads a field's value. Never throws, whatever the text.</summary>
    /// <param name="value">The field, or null where there is none.</param>
    /// <param name="size">The file's size in bytes.</param>
    /// <param name="ranges">For <see cref="RangeKind.Parts"/> one to <see cref="MaxRanges"/> ranges, else empty.</param>
    public static RangeKind Parse(string? value, long size, out IReadOnlyList<ByteRange> ranges)
    {
        ranges = [];
        if (value is null || !value.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
        {
            return RangeKind.Whole;
        }
        List<ByteRange> found = [];
        int specs = 0;
        ReadOnlySpan<char> set = value.AsSpan(Unit.Length);
        foreach (Range part in set.Split(','))
        {
            ReadOnlySpan<char> spec = set[part].Trim(" \t");
            if (spec.IsEmpty)
            {
                continue; // empty list elements are to be ignored (RFC 9110, 5.6.1.2)
            }
            if (++specs > MaxSpecs || !TryParseSpec(spec, size, out ByteRange? range))
            {
                return RangeKind.Whole;
            }
            if (range is { } satisfiable)
            {
                Join(found, satisfiable);
            }
        }
        if (specs == 0 || found.Count > MaxRanges)
        {
            return RangeKind.Whole;
        }
        if (found.Count == 0)
        {
            return RangeKind.Unsatisfiable;
        }
        if (found[0].Length == 0)
        {
            return RangeKind.Whole; // the last bytes of an empty file: satisfiable, yet no Content-Range can say it
        }
        ranges = found;
        return RangeKind.Parts;
    }

    /// <summary>False where the spec is malformed; a null range where it is well-formed and beyond the file.</summary>
    private static bool TryParseSpec(ReadOnlySpan<char> spec, long size, out ByteRange? range)
    {
        range = null;
        int dash = spec.IndexOf('-');
        if (dash < 0)
        {
            return false;
        }
        if (dash == 0)
        {
            if (!TryParsePosition(spec[1..], out long suffix))
            {
                return false;
            }
            long length = Math.Min(suffix, size);
            range = suffix == 0 ? null : new ByteRange(size - length, length);
            return true;
        }
        long last = long.MaxValue;
        if (!TryParsePosition(spec[..dash], out long first) || (dash + 1 < spec.Length && !TryParsePosition(spec[(dash + 1)..], out last)) || last < first)
        {
            return false;
        }
        if (first < size)
        {
            range = new ByteRange(first, Math.Min(last, size - 1) - first + 1);
        }
        return true;
    }

    /// <summary>Digits only. A number too large for 64 bits stands for the largest one: RFC 9110, 14.1.2 warns of overflows.</summary>
    private static bool TryParsePosition(ReadOnlySpan<char> digits, out long position)
    {
        position = 0;
        if (digits.IsEmpty)
        {
            return false;
        }
        foreach (char c in digits)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }
            position = position > (long.MaxValue - 9) / 10 ? long.MaxValue : (position * 10) + (c - '0');
        }
        return true;
    }

    private static void Join(List<ByteRange> ranges, ByteRange range)
    {
        int place = ranges.Count;
        for (int i = ranges.Count - 1; i >= 0; i--)
        {
            if (ranges[i].Joins(range))
            {
                range = range.With(ranges[i]);
                ranges.RemoveAt(i);
                place = i;
                i = ranges.Count; // the joined range may now touch one that was passed already
            }
        }
        ranges.Insert(place, range);
    }
}

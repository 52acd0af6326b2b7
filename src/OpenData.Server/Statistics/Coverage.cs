using System.Globalization;

namespace OpenData.Server.Statistics;

/// <summary>Which bytes of a file are covered: stretches in order that neither overlap nor touch. Pure.</summary>
public sealed class Coverage
{
    /// <summary>
    /// Most stretches that are remembered. Beyond it a stretch that touches none of them is passed over, so that somebody who asks for single bytes
    /// takes no memory; a file is not counted then, which no real client comes near.
    /// </summary>
    public const int MostStretches = 1000;

    private readonly List<(long From, long End)> _stretches = [];

    /// <summary>Reads what <see cref="ToString"/> wrote, or ranges of the journal: <c>0-99,200-299</c>, in any order. What cannot be read is passed over.</summary>
    public static Coverage Parse(string text)
    {
        Coverage read = new();
        foreach (string range in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (range.Split('-') is [{ } first, { } last]
                && long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out long from)
                && long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out long to)
                && to >= from && to < long.MaxValue)
            {
                read.Add(from, to + 1);
            }
        }
        return read;
    }

    /// <summary>True where nothing is covered.</summary>
    public bool IsEmpty => _stretches.Count == 0;

    /// <summary>Covers a stretch.</summary>
    /// <param name="from">Its first byte.</param>
    /// <param name="end">The byte after its last.</param>
    public void Add(long from, long end)
    {
        if (end <= from)
        {
            return;
        }
        // Those from first on, but before last, overlap or touch it: they become one with it.
        int first = _stretches.FindIndex(stretch => stretch.End >= from);
        first = first < 0 ? _stretches.Count : first;
        int last = first;
        while (last < _stretches.Count && _stretches[last].From <= end)
        {
            from = Math.Min(from, _stretches[last].From);
            end = Math.Max(end, _stretches[last].End);
            last++;
        }
        if (first == last && _stretches.Count >= MostStretches)
        {
            return;
        }
        _stretches.RemoveRange(first, last - first);
        _stretches.Insert(first, (from, end));
    }

    /// <summary>Covers all that another one covers.</summary>
    public void Add(Coverage other)
    {
        foreach ((long from, long end) in other._stretches)
        {
            Add(from, end);
        }
    }

    /// <summary>True where a file of so many bytes is covered from its first to its last.</summary>
    public bool IsWhole(long bytes) => _stretches is [(0, var end), ..] && end >= bytes;

    /// <summary>As it is stored.</summary>
    public override string ToString() => string.Join(',', _stretches.Select(stretch => string.Create(CultureInfo.InvariantCulture, $"{stretch.From}-{stretch.End - 1}")));
}

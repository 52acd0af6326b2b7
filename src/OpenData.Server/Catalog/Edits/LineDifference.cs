namespace OpenData.Server.Catalog.Edits;

/// <summary>What became of a line.</summary>
public enum LineFate
{
    /// <summary>It stays, and is shown for the place.</summary>
    Kept,

    /// <summary>It goes.</summary>
    Removed,

    /// <summary>It comes.</summary>
    Added,

    /// <summary>Lines that stay and are not shown.</summary>
    Skipped,
}

/// <summary>A line of a comparison.</summary>
/// <param name="Fate">What became of it.</param>
/// <param name="Before">Its number in the old text, from 1; 0 where it is not there.</param>
/// <param name="After">Its number in the new one; 0 where it is not there.</param>
/// <param name="Text">The line.</param>
public sealed record ComparedLine(LineFate Fate, int Before, int After, string Text);

/// <summary>Compares two texts line by line: the longest common subsequence, as diff(1) shows it.</summary>
public static class LineDifference
{
    /// <summary>Lines of what stays that are shown around what changed.</summary>
    public const int Context = 3;

    /// <summary>Beyond this many pairs of changed lines, all old ones go and all new ones come.</summary>
    private const long MostPairs = 4_000_000;

    /// <summary>The comparison; empty where the texts are the same.</summary>
    /// <param name="before">The old text; null where there was none.</param>
    /// <param name="after">The new one; null where there is none.</param>
    public static IReadOnlyList<ComparedLine> Of(string? before, string? after)
    {
        string[] old = LinesOf(before), now = LinesOf(after);
        int head = 0;
        while (head < old.Length && head < now.Length && old[head] == now[head])
        {
            head++;
        }
        int tail = 0;
        while (tail < old.Length - head && tail < now.Length - head && old[^(tail + 1)] == now[^(tail + 1)])
        {
            tail++;
        }
        List<ComparedLine> lines = [.. Enumerable.Range(0, head).Select(i => new ComparedLine(LineFate.Kept, i + 1, i + 1, old[i]))];
        lines.AddRange(Middle(old, now, head, old.Length - tail, now.Length - tail));
        lines.AddRange(Enumerable.Range(0, tail).Select(i => new ComparedLine(LineFate.Kept, old.Length - tail + i + 1, now.Length - tail + i + 1, old[old.Length - tail + i])));
        return lines.TrueForAll(line => line.Fate is LineFate.Kept) ? [] : Shown(lines);
    }

    private static IEnumerable<ComparedLine> Middle(string[] old, string[] now, int from, int oldEnd, int newEnd)
    {
        int rows = oldEnd - from, columns = newEnd - from;
        int i = from, j = from;
        if ((long)rows * columns <= MostPairs)
        {
            // common[a, b]: how many lines the rest of the old text from a and that of the new one from b have in common
            int[,] common = new int[rows + 1, columns + 1];
            for (int a = rows - 1; a >= 0; a--)
            {
                for (int b = columns - 1; b >= 0; b--)
                {
                    common[a, b] = old[from + a] == now[from + b] ? common[a + 1, b + 1] + 1 : Math.Max(common[a + 1, b], common[a, b + 1]);
                }
            }
            while (i < oldEnd && j < newEnd)
            {
                if (old[i] == now[j])
                {
                    yield return new ComparedLine(LineFate.Kept, i + 1, j + 1, old[i]);
                    i++;
                    j++;
                }
                else if (common[i - from + 1, j - from] >= common[i - from, j - from + 1])
                {
                    yield return new ComparedLine(LineFate.Removed, i + 1, 0, old[i]);
                    i++;
                }
                else
                {
                    yield return new ComparedLine(LineFate.Added, 0, j + 1, now[j]);
                    j++;
                }
            }
        }
        for (; i < oldEnd; i++)
        {
            yield return new ComparedLine(LineFate.Removed, i + 1, 0, old[i]);
        }
        for (; j < newEnd; j++)
        {
            yield return new ComparedLine(LineFate.Added, 0, j + 1, now[j]);
        }
    }

    /// <summary>Leaves out what is far from any change.</summary>
    private static List<ComparedLine> Shown(List<ComparedLine> lines)
    {
        bool[] near = new bool[lines.Count];
        for (int i = 0; i < lines.Count; i++)
        {
            if (lines[i].Fate is not LineFate.Kept)
            {
                near.AsSpan(Math.Max(0, i - Context), Math.Min(lines.Count, i + Context + 1) - Math.Max(0, i - Context)).Fill(true);
            }
        }
        List<ComparedLine> shown = [];
        for (int i = 0; i < lines.Count; i++)
        {
            if (near[i])
            {
                shown.Add(lines[i]);
            }
            else if (shown is not [.., { Fate: LineFate.Skipped }])
            {
                shown.Add(new ComparedLine(LineFate.Skipped, 0, 0, ""));
            }
        }
        return shown;
    }

    private static string[] LinesOf(string? text) => string.IsNullOrEmpty(text) ? [] : text.TrimEnd('\n').Split('\n');
}

using System.Text;

namespace OpenData.Mirror.Commands;

/// <summary>Columns of text, two spaces apart, as good for eyes as for awk.</summary>
/// <param name="heads">Column heads; one that begins with <c>&gt;</c> is aligned to the right.</param>
internal sealed class TextTable(params string[] heads)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add([.. cells.Select(Plain)]);

    public void WriteTo(TextWriter output)
    {
        string[] names = [.. heads.Select(h => h.TrimStart('>'))];
        int[] widths = [.. names.Select((name, i) => _rows.Select(r => Columns.Of(r[i])).Append(Columns.Of(name)).Max())];
        foreach (string[] row in _rows.Prepend(names))
        {
            StringBuilder line = new();
            for (int i = 0; i < row.Length; i++)
            {
                line.Append(heads[i][0] == '>' ? Columns.PadLeft(row[i], widths[i]) : Columns.PadRight(row[i], widths[i])).Append("  ");
            }
            output.WriteLine(line.ToString().TrimEnd());
        }
    }

    // What a server says goes to a terminal: no control sequences.
    private static string Plain(string text) => text.Any(char.IsControl) ? string.Concat(text.Where(c => !char.IsControl(c))) : text;
}

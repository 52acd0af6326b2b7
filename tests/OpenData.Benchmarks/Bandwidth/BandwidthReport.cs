using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace OpenData.Benchmarks.Bandwidth;

/// <summary>The medians of what one server did in one case.</summary>
/// <param name="Case">The case's name.</param>
/// <param name="Title">What it is.</param>
/// <param name="Server">Which server.</param>
/// <param name="Rounds">How often it was measured.</param>
/// <param name="At">When it was measured last.</param>
/// <param name="Commit">Of which commit.</param>
/// <param name="Figures">The load client's figures; see <c>load.c</c>.</param>
internal sealed record Measured(string Case, string Title, string Server, int Rounds, string At, string Commit, IReadOnlyDictionary<string, double> Figures)
{
    public double this[string figure] => Figures.GetValueOrDefault(figure, double.NaN);
}

/// <summary>Turns the lines that <c>bandwidth.sh</c> wrote into a table and a plot beside them.</summary>
internal static class BandwidthReport
{
    private static readonly (string Title, string Figure, string Format)[] Columns =
    [
        ("mean", "mean", "0.0000"), ("10 s least", "min10s", "0.000"), ("10 s p1", "p1_10s", "0.000"), ("10 s p99", "p99_10s", "0.000"), ("10 s most", "max10s", "0.000"),
        ("1 s p1", "p1_1s", "0.000"), ("1 s p99", "p99_1s", "0.000"), ("1 s most", "max1s", "0.000"), ("spread", "spread", "0.000"),
        ("first byte p99, ms", "first_byte_p99_ms", "0"), ("CPU-s/GB", "cpu_s_per_GB", "0.000"), ("KB a stream", "KB_per_stream", "0.0"),
    ];

    /// <summary>Writes <c>FILE.md</c> and <c>FILE.svg</c> beside <c>FILE.jsonl</c>, and says which bars are met.</summary>
    /// <param name="file">A line of JSON for the machine, and one for each measurement.</param>
    /// <param name="order">The names of the cases in the order of the table.</param>
    public static void Write(string file, IReadOnlyList<string> order)
    {
        JsonObject[] lines = [.. File.ReadLines(file).Select(line => JsonNode.Parse(line)!.AsObject())];
        string machine = (string?)lines.FirstOrDefault(line => line.ContainsKey("machine"))?["machine"] ?? "";
        Measured[] rows =
        [
            .. lines.Where(line => line.ContainsKey("case"))
                .GroupBy(line => ((string)line["case"]!, (string)line["server"]!))
                .Select(group => MediansOf(group.Key.Item1, group.Key.Item2, [.. group]))
                .OrderBy(row => order.ToList().IndexOf(row.Case)),
        ];
        File.WriteAllText(Path.ChangeExtension(file, ".md"), Table(machine, rows, Path.GetFileName(Path.ChangeExtension(file, ".svg"))));
        File.WriteAllText(Path.ChangeExtension(file, ".svg"), AccuracyPlot.Draw(machine, rows));
        Console.Write(Bar.Table(rows));
    }

    private static Measured MediansOf(string name, string server, JsonObject[] rounds) => new(
        name,
        (string)rounds[^1]["title"]!,
        server,
        rounds.Length,
        (string)rounds[^1]["at"]!,
        (string)rounds[^1]["commit"]!,
        rounds.SelectMany(round => round)
            .Where(pair => pair.Value!.GetValueKind() == System.Text.Json.JsonValueKind.Number)
            .GroupBy(pair => pair.Key, pair => pair.Value!.GetValue<double>())
            .ToDictionary(group => group.Key, group => group.Order().ElementAt((group.Count() - 1) / 2)));

    private static string Table(string machine, Measured[] rows, string plot)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# Bandwidth, {rows.Max(row => row.At)}\n\n{machine}; commits {string.Join(", ", rows.Select(row => row.Commit).Distinct())}.\n\n");
        text.Append("Rates are parts of the promised rate of the account, over all accounts of the case: least and most are those of any window of any account, p1 and p99 those of a hundredth of the windows.\n");
        text.Append("Spread is (most − least) / mean over the streams of an account. Memory is the growth of the resident set of a warmed server. CPU is the server's own.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"![Accuracy by case]({plot})\n\n");
        text.Append(CultureInfo.InvariantCulture, $"| case | server | {string.Join(" | ", Columns.Select(column => column.Title))} | beside nginx: CPU |\n|---|---|{string.Concat(Enumerable.Repeat("---|", Columns.Length + 1))}\n");
        foreach (IGrouping<string, Measured> group in rows.GroupBy(row => row.Case))
        {
            Measured? nginx = group.FirstOrDefault(row => row.Server == "nginx");
            foreach (Measured row in group)
            {
                string ratio = nginx is null || row == nginx ? "" : (row["cpu_s_per_GB"] / nginx["cpu_s_per_GB"]).ToString("0.00 ×", CultureInfo.InvariantCulture);
                text.Append(CultureInfo.InvariantCulture, $"| {row.Title} | {row.Server}{(row.Rounds > 1 ? $" ({row.Rounds} rounds)" : "")} | ");
                text.Append(string.Join(" | ", Columns.Select(column => Text(row, column.Figure, column.Format))));
                text.Append(CultureInfo.InvariantCulture, $" | {ratio} |\n");
            }
        }
        text.Append(Bar.Table(rows));
        Extra(text, rows, "settled_ms", "A tier changed in flight: judged above from a second after the change on, at the new rate.", ("before the change", "before", "0.0000"), ("settled within, ms", "settled_ms", "0"));
        Extra(
            text, rows, "probe", "New clients while the others download: how soon each gets the first byte of 4 KB.", ("clients", "probe", "0"), ("first byte p50, ms", "probe_p50_ms", "0.0"), ("p99, ms", "probe_p99_ms", "0.0"));
        Extra(
            text, rows, "stalled", "Clients that read nothing: dropped, and how the server is 10 s after the last of them.", ("stalled", "stalled", "0"), ("dropped", "shed", "0"), ("after, s (p50)", "shed_p50_s", "0.0"),
            ("at the latest, s", "shed_max_s", "0.0"), ("first byte p99 after that, ms", "recovered_p99_ms", "0.0"), ("MB more than before", "MB_more_after", "0"));
        return text.ToString();
    }

    private static void Extra(StringBuilder text, Measured[] rows, string figure, string title, params (string Title, string Figure, string Format)[] columns)
    {
        Measured[] chosen = [.. rows.Where(row => row.Figures.ContainsKey(figure))];
        if (chosen.Length == 0)
        {
            return;
        }
        text.Append(CultureInfo.InvariantCulture, $"\n{title}\n\n| case | server | {string.Join(" | ", columns.Select(column => column.Title))} |\n|---|---|{string.Concat(Enumerable.Repeat("---|", columns.Length))}\n");
        foreach (Measured row in chosen)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {row.Title} | {row.Server} | {string.Join(" | ", columns.Select(column => Text(row, column.Figure, column.Format)))} |\n");
        }
    }

    private static string Text(Measured row, string figure, string format) => double.IsNaN(row[figure]) || (figure == "cpu_s_per_GB" && row[figure] == 0) ? "" : row[figure].ToString(format, CultureInfo.InvariantCulture);
}

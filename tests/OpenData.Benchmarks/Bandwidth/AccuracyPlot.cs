using System.Globalization;
using System.Security;
using System.Text;

namespace OpenData.Benchmarks.Bandwidth;

/// <summary>
/// A picture of how exactly each server kept the promised rate: for each case the mean as a dot, any 10 s as a thick line, and a hundredth to
/// ninety-nine hundredths of the seconds as a thin one. What lies beyond the scale is written at its edge.
/// </summary>
internal static class AccuracyPlot
{
    private const double Least = 0.90;
    private const double Most = 1.10;
    private const int Left = 330;
    private const int Width = 560;
    private const int Right = 120;
    private const int Top = 84;
    private const int Line = 15;
    private const int Gap = 11;

    private static readonly Dictionary<string, (string Name, string Colour)> Servers = new(StringComparer.Ordinal)
    {
        ["gateway"] = ("gateway", "#1f6f8b"),
        ["fast"] = ("gateway, fast lane", "#3a9d5d"),
        ["pacer"] = ("pacer alone", "#7b5ea7"),
        ["nginx"] = ("nginx limit_rate", "#b5544a"),
    };

    /// <summary>An SVG document.</summary>
    /// <param name="machine">What it was measured on.</param>
    /// <param name="rows">In the order in which they are to stand, those of a case together.</param>
    public static string Draw(string machine, IReadOnlyList<Measured> rows)
    {
        IGrouping<string, Measured>[] cases = [.. rows.GroupBy(row => row.Case)];
        int bottom = Top + cases.Sum(one => (one.Count() * Line) + Gap);
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Left + Width + Right}\" height=\"{bottom + 46}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
        svg.Append("<text x=\"14\" y=\"24\" font-size=\"16\" font-weight=\"bold\">Achieved rate over promised rate of an account</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"14\" y=\"42\" fill=\"#666\">{SecurityElement.Escape(machine)}</text>\n");
        Legend(svg, rows);

        // What is promised: 99.5 to 100.5 % of the rate over any 10 s, at most 105 % over any second.
        Band(svg, 0.995, 1.005, bottom, "#dcefe3");
        for (int i = 90; i <= 110; i += 2)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{X(i / 100.0):0.0}\" x2=\"{X(i / 100.0):0.0}\" y1=\"{Top - 6}\" y2=\"{bottom}\" stroke=\"{(i == 100 ? "#888" : "#e4e4e4")}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(i / 100.0):0.0}\" y=\"{bottom + 16}\" text-anchor=\"middle\" fill=\"#666\">{i} %</text>\n");
        }
        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{X(1.05):0.0}\" x2=\"{X(1.05):0.0}\" y1=\"{Top - 6}\" y2=\"{bottom}\" stroke=\"#c66\" stroke-dasharray=\"4 3\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{bottom + 36}\" fill=\"#666\">Green: what is promised of any 10 s. Dashed: what is promised of any second.</text>\n");

        int y = Top;
        foreach (IGrouping<string, Measured> one in cases)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 14}\" y=\"{y + (one.Count() * Line / 2.0) + 4:0.0}\" text-anchor=\"end\">{SecurityElement.Escape(one.First().Title)}</text>\n");
            foreach (Measured row in one)
            {
                Row(svg, row, y + (Line / 2.0));
                y += Line;
            }
            y += Gap;
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static void Legend(StringBuilder svg, IReadOnlyList<Measured> rows)
    {
        double x = 14;
        foreach ((string server, (string name, string colour)) in Servers.Where(pair => rows.Any(row => row.Server == pair.Key)))
        {
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x + 5:0}\" cy=\"60\" r=\"5\" fill=\"{colour}\"/><text x=\"{x + 15:0}\" y=\"64\">{name}</text>\n");
            x += 35 + (name.Length * 6.6);
        }
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x + 10:0}\" y=\"64\" fill=\"#666\">● mean   ▬ least to most of any 10 s   ─ p1 to p99 of the seconds</text>\n");
    }

    private static void Row(StringBuilder svg, Measured row, double y)
    {
        string colour = Servers.GetValueOrDefault(row.Server, ("", "#555")).Item2;
        if (row["mean"] is < Least or > Most)
        {
            bool high = row["mean"] > Most;
            double edge = high ? X(Most) : X(Least);
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{edge:0.0} {y:0.0} l{(high ? -9 : 9)} -4.5 v9 z\" fill=\"{colour}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{edge + (high ? 6 : -6):0.0}\" y=\"{y + 4:0.0}\" text-anchor=\"{(high ? "start" : "end")}\" fill=\"{colour}\">× {row["mean"]:0.##}</text>\n");
            return;
        }
        Span(svg, row["p1_1s"], row["p99_1s"], y, 1.5, colour);
        Span(svg, row["min10s"], row["max10s"], y, 6, colour);
        svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{X(row["mean"]):0.0}\" cy=\"{y:0.0}\" r=\"4\" fill=\"{colour}\" stroke=\"#fff\"/>");
        if (row["p99_1s"] > Most || row["p1_1s"] < Least)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(Most) + 6:0.0}\" y=\"{y + 4:0.0}\" fill=\"{colour}\">seconds {row["p1_1s"]:0.0#}–{row["p99_1s"]:0.0#}</text>");
        }
        svg.Append('\n');
    }

    private static void Span(StringBuilder svg, double from, double to, double y, double width, string colour) => svg.Append(
        CultureInfo.InvariantCulture, $"<line x1=\"{X(Math.Clamp(from, Least, Most)):0.0}\" x2=\"{X(Math.Clamp(to, Least, Most)):0.0}\" y1=\"{y:0.0}\" y2=\"{y:0.0}\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-opacity=\"{(width > 3 ? 0.45 : 0.8)}\"/>");

    private static void Band(StringBuilder svg, double from, double to, int bottom, string colour) => svg.Append(
        CultureInfo.InvariantCulture, $"<rect x=\"{X(from):0.0}\" y=\"{Top - 6}\" width=\"{X(to) - X(from):0.0}\" height=\"{bottom - Top + 6}\" fill=\"{colour}\"/>\n");

    private static double X(double part) => Left + ((part - Least) / (Most - Least) * Width);
}

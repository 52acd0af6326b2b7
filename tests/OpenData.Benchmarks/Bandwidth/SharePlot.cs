using System.Globalization;
using System.Security;
using System.Text;

namespace OpenData.Benchmarks.Bandwidth;

/// <summary>A picture of simulations by <see cref="ShareSimulation"/>: what all accounts got in each second, mean and extremes, a panel for each.</summary>
internal static class SharePlot
{
    private const int Left = 60;
    private const int Width = 760;
    private const int Height = 150;
    private const int Gap = 58;
    private const double Most = 1.2;

    /// <param name="svg">Where it goes.</param>
    /// <param name="panels">Title and file, in turn.</param>
    public static void Write(string svg, string[] panels)
    {
        StringBuilder text = new();
        int height = 56 + (panels.Length / 2 * (Height + Gap));
        text.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Left + Width + 30}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
        text.Append("<text x=\"14\" y=\"24\" font-size=\"16\" font-weight=\"bold\">What each account got over all gateways in any second, over its rate</text>\n");
        text.Append("<text x=\"14\" y=\"42\" fill=\"#666\">line: mean; dark: 1 to 99 of 100 accounts; light: all of them. All downloads begin at 0; at 18 s a gateway is killed, and its downloads resume on a new one.</text>\n");
        for (int i = 0; i < panels.Length; i += 2)
        {
            Panel(text, panels[i], [.. File.ReadLines(panels[i + 1]).Skip(1).Select(line => line.Split(',').Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray())], 76 + (i / 2 * (Height + Gap)));
        }
        File.WriteAllText(svg, text.Append("</svg>\n").ToString());
    }

    private static void Panel(StringBuilder text, string title, double[][] rows, int top)
    {
        double end = rows[^1][0];
        double X(double seconds) => Left + (seconds / end * Width);
        double Y(double part) => top + Height - (Math.Clamp(part, 0, Most) / Most * Height);
        text.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{top - 8}\">{SecurityElement.Escape(title)}</text>\n");
        foreach (double part in (double[])[0, 0.5, 0.95, 1.02])
        {
            text.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Left + Width}\" y1=\"{Y(part):0.0}\" y2=\"{Y(part):0.0}\" stroke=\"{(part > 0.9 ? "#c66" : "#ddd")}\" {(part > 0.9 ? "stroke-dasharray=\"4 3\"" : "")}/>");
            text.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{Y(part) + 4 + (part > 1 ? -3 : part > 0.9 ? 4 : 0):0.0}\" text-anchor=\"end\" fill=\"#666\">{part:0.##}</text>\n");
        }
        for (int second = 0; second <= end; second += 5)
        {
            text.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(second):0.0}\" y=\"{top + Height + 16}\" text-anchor=\"middle\" fill=\"#666\">{second} s</text>");
        }
        text.Append('\n');
        Band(1, 5, "0.15");
        Band(2, 4, "0.35");
        text.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"#1f6f8b\" stroke-width=\"1.6\" points=\"{Points(rows, 3)}\"/>\n");

        void Band(int least, int most, string opacity) =>
            text.Append(CultureInfo.InvariantCulture, $"<polygon fill=\"#1f6f8b\" fill-opacity=\"{opacity}\" points=\"{Points(rows, least)} {Points(rows.Reverse(), most)}\"/>\n");

        string Points(IEnumerable<double[]> some, int column) => string.Join(' ', some.Select(row => string.Create(CultureInfo.InvariantCulture, $"{X(row[0]):0.0},{Y(row[column]):0.0}")));
    }
}

using System.Globalization;
using System.Text;

namespace OpenData.Benchmarks.Bandwidth;

/// <summary>What a case must keep to, for every server of ours that it was measured with.</summary>
/// <param name="Case">The case's name.</param>
/// <param name="What">What is judged, in words.</param>
/// <param name="Figure">The figure of <c>load.c</c>; CPU is judged as a multiple of nginx's in the same run.</param>
/// <param name="Least">Smallest good value.</param>
/// <param name="Most">Largest good value.</param>
internal sealed record Bar(string Case, string What, string Figure, double Least, double Most)
{
    private const string Cpu = "cpu_s_per_GB";

    private static readonly Bar[] s_all =
    [
        .. Windows("one-1", 0.005), .. Windows("one-4", 0.005), .. Windows("one-16", 0.005), .. Windows("one-32", 0.005), .. Windows("h2-32", 0.005), .. Windows("keys-20", 0.005),
        .. Windows("many", 0.005), .. Windows("forty", 0.005), .. Windows("mixed", 0.02), .. Windows("saturated", 0.02), .. Windows("stalled", 0.005),
        Even("one-4"), Even("one-16"), Even("one-32"), Even("h2-32"),
        new("tier", "settled after a change, ms", "settled_ms", 0, 1000),
        new("many", "1 s windows, p1", "p1_1s", 0.97, 1.03),
        new("many", "1 s windows, p99", "p99_1s", 0.97, 1.03),
        new("many", "CPU for a byte, × nginx", Cpu, 0, 2.5),
        new("two-thousand", "KB a connection", "KB_per_stream", 0, 30),
        new("ten-thousand", "rate held", "mean", 0.985, 1.01),
        new("ten-thousand", "first byte of a newcomer, p99, ms", "probe_p99_ms", 0, 500),
        new("stalled", "KB a stalled client", "KB_per_stream", 0, 16),
        new("stalled", "first byte of a newcomer, p99, ms", "probe_p99_ms", 0, 500),
    ];

    /// <summary>The bars of the cases that were measured, and whether each is met.</summary>
    /// <param name="rows">What was measured.</param>
    /// <returns>A table, or nothing where no case has a bar.</returns>
    public static string Table(IReadOnlyCollection<Measured> rows)
    {
        StringBuilder text = new();
        foreach (Measured row in rows.Where(row => row.Server is "gateway" or "fast"))
        {
            Measured? nginx = rows.FirstOrDefault(other => other.Case == row.Case && other.Server == "nginx");
            foreach (Bar bar in s_all.Where(bar => bar.Case == row.Case))
            {
                double value = bar.Figure == Cpu ? row[Cpu] / (nginx?[Cpu] ?? double.NaN) : row[bar.Figure];
                if (double.IsNaN(value))
                {
                    continue;
                }
                string bounds = bar.Least == 0 ? Number($"≤ {bar.Most}") : Number($"{bar.Least}–{bar.Most}");
                text.Append(Number($"| {row.Title} | {row.Server} | {bar.What} | {bounds} | {value:0.###} | {(value >= bar.Least && value <= bar.Most ? "met" : "**missed**")} |\n"));
            }
        }
        return text.Length == 0 ? "" : $"\n| case | server | bar | must be | is | |\n|---|---|---|---|---|---|\n{text}";
    }

    private static Bar[] Windows(string name, double tolerance) =>
    [
        new(name, "10 s windows, p1", "p1_10s", 1 - tolerance, 1 + tolerance),
        new(name, "10 s windows, p99", "p99_10s", 1 - tolerance, 1 + tolerance),
    ];

    private static Bar Even(string name) => new(name, "spread over the streams", "spread", 0, 0.02);

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

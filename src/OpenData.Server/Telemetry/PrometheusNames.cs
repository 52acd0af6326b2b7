using System.Globalization;
using System.Text;

namespace OpenData.Server.Telemetry;

/// <summary>Names, labels and numbers as Prometheus writes them, from those of OpenTelemetry ("Prometheus and OpenMetrics Compatibility").</summary>
internal static class PrometheusNames
{
    /// <summary><c>opendata.download.bytes</c> with unit <c>By</c> becomes <c>opendata_download_bytes</c>; a counter ends in <c>_total</c>.</summary>
    public static string Metric(string name, string? unit, bool isCounter)
    {
        StringBuilder text = new(Plain(name));
        string suffix = unit switch
        {
            null or "" or "1" => "",
            ['{', ..] => "",
            "s" => "seconds",
            "ms" => "milliseconds",
            "By" => "bytes",
            "By/s" => "bytes_per_second",
            "%" => "percent",
            _ => Plain(unit),
        };
        if (suffix.Length > 0 && !text.ToString().EndsWith(suffix, StringComparison.Ordinal))
        {
            text.Append('_').Append(suffix);
        }
        return isCounter ? text.Append("_total").ToString() : text.ToString();
    }

    /// <summary><c>{a="b",c="d"}</c>, or nothing.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }
        StringBuilder text = new("{");
        foreach ((string name, object? value) in tags)
        {
            _ = text.Length > 1 ? text.Append(',') : text;
            text.Append(Plain(name)).Append("=\"").Append(Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")).Append('"');
        }
        return text.Append('}').ToString();
    }

    /// <summary>The labels with one more: the bound of a bucket.</summary>
    public static string WithBound(string labels, double bound) =>
        $"{(labels.Length == 0 ? "{" : labels[..^1] + ",")}le=\"{Number(bound)}\"}}";

    /// <summary>A number; infinity is <c>+Inf</c>.</summary>
    public static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A text of a HELP line.</summary>
    public static string Help(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Escape(string value) => Help(value).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string Plain(string name)
    {
        StringBuilder text = new(name.Length);
        foreach (char c in name)
        {
            text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        }
        return text.ToString();
    }
}

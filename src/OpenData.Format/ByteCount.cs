using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OpenData.Format;

/// <summary>A number of bytes, with the text forms that people write and read.</summary>
public static class ByteCount
{
    /// <summary>Reads <c>1 GiB</c>, <c>64MiB</c>, <c>30M</c> (10⁶), <c>500 kB</c>, <c>12345</c>. Binary units end in <c>iB</c>, decimal ones do not.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out long bytes)
    {
        bytes = 0;
        if (text is null)
        {
            return false;
        }
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        int digits = rest.IndexOfAnyExcept("0123456789.");
        ReadOnlySpan<char> number = digits < 0 ? rest : rest[..digits];
        decimal unit = (digits < 0 ? "" : rest[digits..].Trim().ToString()) switch
        {
            "" or "B" => 1,
            "k" or "K" or "kB" or "KB" => 1e3m,
            "M" or "MB" => 1e6m,
            "G" or "GB" => 1e9m,
            "T" or "TB" => 1e12m,
            "KiB" => 1024,
            "MiB" => 1024 * 1024,
            "GiB" => 1024 * 1024 * 1024,
            "TiB" => 1024m * 1024 * 1024 * 1024,
            _ => 0,
        };
        if (unit == 0 || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value) || value > long.MaxValue / unit)
        {
            return false;
        }
        bytes = (long)(value * unit);
        return true;
    }

    /// <summary>Decimal units and three figures: <c>0 B</c>, <c>1.23 MB</c>, <c>45.6 GB</c>.</summary>
    public static string Format(long bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < units.Length - 1)
        {
            value /= 1000;
            unit++;
        }
        string format = unit == 0 || value >= 99.95 ? "0" : value >= 9.995 ? "0.0" : "0.00";
        return value.ToString(format, CultureInfo.InvariantCulture) + " " + units[unit];
    }
}

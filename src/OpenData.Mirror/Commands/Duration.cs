using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OpenData.Mirror.Commands;

/// <summary>Times as people type them: <c>90</c> (seconds), <c>90s</c>, <c>5m</c>, <c>2h</c>, <c>1d</c>.</summary>
internal static class Duration
{
    public static bool TryParse([NotNullWhen(true)] string? text, out TimeSpan time)
    {
        time = default;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }
        double unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, >= '0' and <= '9' => 0, _ => -1 };
        if (unit < 0 || !double.TryParse(unit == 0 ? text : text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            || number * Math.Max(unit, 1) > 1e8)
        {
            return false;
        }
        time = TimeSpan.FromSeconds(number * Math.Max(unit, 1));
        return true;
    }
}

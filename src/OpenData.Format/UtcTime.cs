using System.Globalization;

namespace OpenData.Format;

/// <summary>Times as texts have them, signed ones too: RFC 3339, UTC, whole seconds (what is below a second is cut off), such as <c>2024-01-02T06:30:00Z</c>.</summary>
public static class UtcTime
{
    /// <summary>A time as text, 20 characters.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

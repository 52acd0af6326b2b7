using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OpenData.Server.Gateway.Http;

/// <summary>Dates of header fields (RFC 9110, 5.6.7): UTC, whole seconds.</summary>
public static class HttpDate
{
    // IMF-fixdate, which everybody writes, and the two obsolete forms that recipients must still read.
    private static readonly string[] s_forms =
    [
        "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
        "dddd, dd-MMM-yy HH:mm:ss 'GMT'",
        "ddd MMM dd HH:mm:ss yyyy",
        "ddd MMM  d HH:mm:ss yyyy",
    ];

    /// <summary>Such as <c>Sun, 06 Nov 1994 08:49:37 GMT</c>.</summary>
    public static string Format(DateTimeOffset at) => at.ToString("r", CultureInfo.InvariantCulture);

    /// <summary>Reads one date in one of the three forms; a date with the wrong day of the week is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out DateTimeOffset at) =>
        DateTimeOffset.TryParseExact(text, s_forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out at);

    /// <summary>Cuts to whole seconds, as a header field can carry them.</summary>
    public static DateTimeOffset WholeSeconds(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}

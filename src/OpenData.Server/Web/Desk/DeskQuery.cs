using System.Globalization;
using Microsoft.AspNetCore.Http.Extensions;

namespace OpenData.Server.Web.Desk;

/// <summary>Reads the filters that a page of the desk keeps in its address. What cannot be read is left out: a page is shown, not an error.</summary>
internal static class DeskQuery
{
    /// <summary>The longest text of a filter.</summary>
    public const int LongestText = 200;

    /// <summary>A text without what no text has; null where it is absent or empty.</summary>
    public static string? Text(this HttpRequest request, string name) =>
        new string([.. (request.Query[name].FirstOrDefault() ?? "").Take(LongestText).Where(c => !char.IsControl(c))]).Trim() is { Length: > 0 } text ? text : null;

    /// <summary>One of a few words.</summary>
    public static string? Word(this HttpRequest request, string name, params IReadOnlyList<string> words) => request.Text(name) is { } text && words.Contains(text) ? text : null;

    /// <summary>A day as browsers send it.</summary>
    public static DateOnly? Day(this HttpRequest request, string name) => DayOf(request.Text(name));

    /// <inheritdoc cref="Day"/>
    public static DateOnly? DayOf(string? text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day) ? day : null;

    /// <summary>As a field of a form has it.</summary>
    public static string? Field(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The first moment of a day, in UTC.</summary>
    public static DateTimeOffset? Begin(DateOnly? day) => day is { } one ? new DateTimeOffset(one.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) : null;

    /// <summary>The first moment after a day, in UTC; null where there is no such day.</summary>
    public static DateTimeOffset? End(DateOnly? day) => day is { } one && one < DateOnly.MaxValue ? Begin(one.AddDays(1)) : null;

    /// <summary>This address with other parameters; those with no value are left out.</summary>
    public static string With(this HttpRequest request, params IEnumerable<(string Name, string? Value)> changes)
    {
        Dictionary<string, string?> changed = changes.ToDictionary(change => change.Name, change => change.Value, StringComparer.Ordinal);
        QueryBuilder query = new(request.Query
            .Where(pair => !changed.ContainsKey(pair.Key) && pair.Key is not ("lang" or "notice"))
            .Select(pair => KeyValuePair.Create(pair.Key, pair.Value.FirstOrDefault() ?? ""))
            .Concat(changed.Where(change => !string.IsNullOrEmpty(change.Value)).Select(change => KeyValuePair.Create(change.Key, change.Value!))));
        return request.Path.ToUriComponent() + query;
    }

    /// <summary>The address of an edition on the desk; its id may hold what an address may not.</summary>
    public static string AddressOf(string room, string dataset, string edition) => $"/admin/{room}/{dataset}/{Uri.EscapeDataString(edition)}";

    /// <summary>A reason as a form sends it, trimmed; null where it is none or longer than 1,000 characters.</summary>
    public static string? Reason(string text) => text.Trim() is { Length: > 0 and <= LongestReason } reason ? reason : null;

    /// <summary>The longest reason.</summary>
    public const int LongestReason = 1000;
}

using System.Globalization;

namespace OpenData.Server.Packaging.Inspection;

/// <summary>Text from a delivery, made fit for messages: control characters and marks that turn text around must not reach a terminal or a page as they are.</summary>
internal static class Printable
{
    /// <summary>The text with those characters written as <c>\uXXXX</c>.</summary>
    public static string Of(string text) => text.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0
        ? text
        : string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format
            ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}")
            : c.ToString()));
}

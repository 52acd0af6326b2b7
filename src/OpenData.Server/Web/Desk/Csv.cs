namespace OpenData.Server.Web.Desk;

/// <summary>Lines of CSV (RFC 4180).</summary>
internal static class Csv
{
    /// <summary>A line with its end. What a spreadsheet would take for a formula is quoted with an apostrophe.</summary>
    public static string Line(params ReadOnlySpan<string?> fields)
    {
        System.Text.StringBuilder line = new();
        for (int i = 0; i < fields.Length; i++)
        {
            line.Append(i == 0 ? "" : ",").Append(Field(fields[i] ?? ""));
        }
        return line.Append("\r\n").ToString();
    }

    private static string Field(string text)
    {
        string safe = text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? "'" + text : text;
        return safe.AsSpan().IndexOfAny("\",\r\n") < 0 ? safe : $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}

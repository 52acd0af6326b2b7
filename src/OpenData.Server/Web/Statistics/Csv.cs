using System.Globalization;
using System.Text;

namespace OpenData.Server.Web.Statistics;

/// <summary>
/// A table as CSV (RFC 4180): UTF-8 with a mark at its beginning, by which spreadsheets know Chinese from noise. A text that a spreadsheet would take for a
/// formula gets an apostrophe before it (OWASP, CSV injection).
/// </summary>
public sealed class Csv
{
    private readonly StringBuilder _text = new("\ufeff");

    /// <param name="names">What the columns are.</param>
    public Csv(params ReadOnlySpan<string> names)
    {
        object?[] row = new object?[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            row[i] = names[i];
        }
        Add(row);
    }

    /// <summary>Adds a row of texts and whole numbers.</summary>
    public void Add(params ReadOnlySpan<object?> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            _text.Append(i == 0 ? "" : ",").Append(values[i] is string text ? Quoted(text) : Convert.ToString(values[i], CultureInfo.InvariantCulture));
        }
        _text.Append("\r\n");
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>The answer to a request for it.</summary>
    public IResult ToFile(string name) => TypedResults.File(Encoding.UTF8.GetBytes(ToString()), "text/csv; charset=utf-8", name);

    private static string Quoted(string text)
    {
        string safe = text.Length > 1 && text[0] is ('=' or '+' or '-' or '@' or '\t' or '\r') ? "'" + text : text;
        return safe.AsSpan().IndexOfAny(",\"\r\n") < 0 ? safe : "\"" + safe.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
    }
}

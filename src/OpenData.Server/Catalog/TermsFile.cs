using System.Globalization;
using OpenData.Format;

namespace OpenData.Server.Catalog;

/// <summary>Reads the two files of an agreement, <c>terms/&lt;id&gt;.zh.md</c> and <c>.en.md</c>: Markdown behind a YAML head.</summary>
internal static class TermsFile
{
    private const string Fence = "---";

    /// <summary>One language of an agreement.</summary>
    public sealed record Text(int Version, DateOnly Effective, string Title, string Markdown);

    /// <returns>The text, or null after an error was added.</returns>
    public static Text? Read(string content, string file, List<CatalogError> errors)
    {
        string normalized = content.ReplaceLineEndings("\n");
        int end = normalized.IndexOf("\n" + Fence + "\n", StringComparison.Ordinal);
        if (!normalized.StartsWith(Fence + "\n", StringComparison.Ordinal) || end < 0)
        {
            errors.Add(new CatalogError(file, 1, "expected a head between two lines '---' with version, title and effective"));
            return null;
        }
        // The opening fence becomes a comment, so that lines are counted as the editor counts them.
        if (YamlFields.Parse("#" + normalized[1..end], file, errors) is not { } fields)
        {
            return null;
        }
        int before = errors.Count;
        int version = fields.Number("version", 1, 100_000);
        string? title = fields.Text("title", "the agreement's title");
        DateOnly effective = fields.Value("effective", "a date yyyy-MM-dd", t =>
            (DateOnly.TryParseExact(t, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day), day));
        fields.End();
        string markdown = normalized[(end + Fence.Length + 2)..].Trim();
        if (markdown.Length == 0)
        {
            errors.Add(new CatalogError(file, 1, "expected the text of the agreement below its head"));
        }
        return errors.Count > before ? null : new Text(version, effective, title!, markdown);
    }

    /// <summary>Joins the two languages.</summary>
    public static Terms Join(string id, Text zh, Text en) =>
        new(id, zh.Version, zh.Effective, new LocalizedText(zh.Title, en.Title), new LocalizedText(zh.Markdown, en.Markdown));
}

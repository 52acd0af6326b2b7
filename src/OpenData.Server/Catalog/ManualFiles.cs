using OpenData.Format;

namespace OpenData.Server.Catalog;

/// <summary>
/// Reads what explains the data:
/// <code>
/// manuals/&lt;content&gt;.zh.md, .en.md                     shared by all datasets of that content or category; manuals/guide.* is for all
/// datasets/&lt;JURISDICTION&gt;/&lt;CODE&gt;.zh.md, .en.md      of one dataset, shown instead of the shared one
/// fields/&lt;content&gt;.yaml                              the fields of documents of that content or category
/// </code>
/// </summary>
internal static class ManualFiles
{
    /// <summary>The longest manual, in characters.</summary>
    public const int Longest = 200_000;

    /// <summary>Reads manuals.</summary>
    /// <param name="texts">The texts of the catalog.</param>
    /// <param name="files">The Chinese texts (<c>.zh.md</c>).</param>
    /// <param name="errors">Where errors are added.</param>
    public static IEnumerable<Manual> Read(CatalogTexts texts, IEnumerable<string> files, List<CatalogError> errors)
    {
        foreach (string file in files)
        {
            string stem = file[..^".zh.md".Length];
            string english = stem + ".en.md";
            if (texts[english] is not { } translation)
            {
                errors.Add(new CatalogError(file, 1, $"missing translation; expected {english} beside it"));
                continue;
            }
            string zh = Text(texts[file]!, file, errors);
            string en = Text(translation, english, errors);
            yield return new Manual(Path.GetFileName(stem), new LocalizedText(zh, en));
        }
    }

    /// <summary>Reads a list of fields.</summary>
    public static IReadOnlyList<DocumentField> ReadFields(string text, string file, List<CatalogError> errors)
    {
        if (YamlFields.Parse(text, file, errors) is not { } fields)
        {
            return [];
        }
        List<DocumentField> read = [];
        foreach (YamlFields map in fields.Maps("fields"))
        {
            string? inid = map.OptionalText("inid");
            LocalizedText? name = map.Map("name", "the field's name: { zh: …, en: … }") is { } names ? Both(names) : null;
            LocalizedText? note = map.OptionalMap("note") is { } notes ? Both(notes) : null;
            map.End();
            if (name is not null)
            {
                read.Add(new DocumentField(inid, name, note));
            }
        }
        fields.End();
        return read;
    }

    private static LocalizedText? Both(YamlFields map)
    {
        string? zh = map.Text("zh", "a text in Chinese");
        string? en = map.Text("en", "a text in English");
        map.End();
        return zh is null || en is null ? null : new LocalizedText(zh, en);
    }

    private static string Text(string content, string file, List<CatalogError> errors)
    {
        string text = content.Trim();
        if (!text.StartsWith("# ", StringComparison.Ordinal))
        {
            errors.Add(new CatalogError(file, 1, "expected the title as the first line: '# …'"));
        }
        if (text.Length > Longest)
        {
            errors.Add(new CatalogError(file, 1, $"longer than {Longest:N0} characters"));
        }
        return text;
    }
}

using System.Text;

namespace OpenData.Server.Catalog;

/// <summary>
/// The texts of a catalog folder (YAML and Markdown), by their paths below it with forward slashes. An immutable value: what is checked, compared
/// and written back is one and the same, whether it stands in files or has edits over it.
/// </summary>
public sealed class CatalogTexts
{
    private readonly SortedDictionary<string, string> _texts;

    private CatalogTexts(SortedDictionary<string, string> texts) => _texts = texts;

    /// <summary>Paths in ordinal order.</summary>
    public IReadOnlyCollection<string> Files => _texts.Keys;

    /// <summary>The text of a file, or null where there is none.</summary>
    public string? this[string file] => _texts.GetValueOrDefault(file);

    /// <summary>Reads a folder; nothing where there is none.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static CatalogTexts Read(string folder)
    {
        SortedDictionary<string, string> texts = new(StringComparer.Ordinal);
        foreach (string path in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories) : [])
        {
            if (IsText(path))
            {
                texts[Path.GetRelativePath(folder, path).Replace('\\', '/')] = File.ReadAllText(path, Encoding.UTF8);
            }
        }
        return new CatalogTexts(texts);
    }

    /// <summary>True for what a catalog is read from.</summary>
    public static bool IsText(string path) => path.EndsWith(".yaml", StringComparison.Ordinal) || path.EndsWith(".md", StringComparison.Ordinal);

    /// <summary>These texts with others in the place of files of the same path, or beside them.</summary>
    public CatalogTexts With(IEnumerable<KeyValuePair<string, string>> edits)
    {
        SortedDictionary<string, string> texts = new(_texts, StringComparer.Ordinal);
        foreach ((string file, string text) in edits)
        {
            texts[file] = text;
        }
        return new CatalogTexts(texts);
    }

    /// <summary>Paths below a folder (<c>datasets/</c>) that end so (<c>.zh.md</c>), in ordinal order.</summary>
    public IEnumerable<string> Below(string folder, string ending) =>
        _texts.Keys.Where(file => file.StartsWith(folder, StringComparison.Ordinal) && file.EndsWith(ending, StringComparison.Ordinal));
}

using OpenData.Format;

namespace OpenData.Server.Catalog.Edits;

/// <summary>Which texts of the catalog are edited on the site: datasets, manuals and lists of fields. Tiers and terms are contracts, and stay in files.</summary>
public static class EditableText
{
    /// <summary>The longest reason, in characters.</summary>
    public const int LongestReason = 500;

    /// <summary>The longest YAML file, in characters.</summary>
    public const int LongestYaml = 60_000;

    /// <summary>The longest manual in one language, in characters: as long as <c>catalog check</c> lets it be.</summary>
    public const int LongestManual = ManualFiles.Longest;

    /// <summary>The file of a dataset.</summary>
    public static string OfDataset(string jurisdiction, string code) => $"datasets/{jurisdiction}/{code}.yaml";

    /// <summary>True for a path that may be edited.</summary>
    public static bool IsPath(string path) => path.Split('/') switch
    {
        ["datasets", [var a, var b], var name] => char.IsAsciiLetterUpper(a) && char.IsAsciiLetterUpper(b) && ReleaseId.IsDataset(Stem(name, ".yaml", ".zh.md", ".en.md")),
        ["manuals", var name] => IsWord(Stem(name, ".zh.md", ".en.md")),
        ["fields", var name] => IsWord(Stem(name, ".yaml")),
        _ => false,
    };

    /// <summary>True for a text that may be saved there.</summary>
    public static bool IsText(string path, string text) =>
        !string.IsNullOrWhiteSpace(text)
        && text.Length <= (path.EndsWith(".md", StringComparison.Ordinal) ? LongestManual : LongestYaml)
        && text.All(c => !char.IsControl(c) || c is '\n' or '\t');

    /// <summary>A text as files keep it, however a browser sent it: lines end in LF, and the last one ends.</summary>
    public static string Normalize(string text) => text.ReplaceLineEndings("\n").TrimEnd('\n', ' ', '\t') is { Length: > 0 } kept ? kept + "\n" : "";

    private static string Stem(string name, params ReadOnlySpan<string> endings)
    {
        foreach (string ending in endings)
        {
            if (name.EndsWith(ending, StringComparison.Ordinal))
            {
                return name[..^ending.Length];
            }
        }
        return "";
    }

    private static bool IsWord(string text) => text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}

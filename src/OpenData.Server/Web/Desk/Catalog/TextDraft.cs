using System.Security.Cryptography;
using System.Text;
using OpenData.Server.Catalog;
using OpenData.Server.Catalog.Edits;

namespace OpenData.Server.Web.Desk.Catalog;

/// <summary>A text that somebody edits.</summary>
/// <param name="File">Its path.</param>
/// <param name="Text">As it is to be.</param>
/// <param name="Before">The SHA-256 of what was in force when it was opened, as lower-case hex; empty where there was nothing. By it an edit that was overtaken is noticed.</param>
public sealed record TextDraft(string File, string Text, string Before)
{
    /// <summary>A text as it is in force now.</summary>
    public static TextDraft Of(CatalogTexts texts, string file) => new(file, texts[file] ?? "", Digest(texts[file]));

    /// <summary>The digest of a text in force.</summary>
    public static string Digest(string? text) => text is null ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The drafts in a form: its fields <c>file</c>, <c>text</c> and <c>before</c>, one of each for every text. Null for what no form of ours sends.</summary>
    public static IReadOnlyList<TextDraft>? Read(IFormCollection form)
    {
        string?[] files = [.. form["file"]], texts = [.. form["text"]], before = [.. form["before"]];
        return files.Length is 0 or > 3 || texts.Length != files.Length || before.Length != files.Length
            || files.Distinct(StringComparer.Ordinal).Count() != files.Length || !Array.TrueForAll(files, file => EditableText.IsPath(file ?? ""))
            ? null
            : [.. files.Select((file, i) => new TextDraft(file!, EditableText.Normalize(texts[i] ?? ""), before[i] ?? ""))];
    }

    /// <summary>What is wrong with the text as a text, before it is read as a part of the catalog.</summary>
    public IEnumerable<CatalogError> Faults()
    {
        bool manual = File.EndsWith(".md", StringComparison.Ordinal);
        int longest = manual ? EditableText.LongestManual : EditableText.LongestYaml;
        if (Text.Length == 0)
        {
            yield return new CatalogError(File, 1, "empty; expected a text");
        }
        else if (Text.Length > longest)
        {
            yield return new CatalogError(File, 1, $"longer than {longest:N0} characters");
        }
        else if (!EditableText.IsText(File, Text))
        {
            int at = Text.Select((c, i) => (c, i)).First(pair => char.IsControl(pair.c) && pair.c is not ('\n' or '\t')).i;
            yield return new CatalogError(File, 1 + Text.AsSpan(0, at).Count('\n'), "a control character; expected text");
        }
    }
}

/// <summary>The plain editor.</summary>
/// <param name="Drafts">What is edited: one text, or both languages of a manual.</param>
/// <param name="Errors">What is wrong with it.</param>
/// <param name="Fault">The name of a text that says why it goes no further; null at first.</param>
public sealed record TextView(IReadOnlyList<TextDraft> Drafts, IReadOnlyList<CatalogError> Errors, string? Fault);

/// <summary>The form of a dataset.</summary>
public sealed record DatasetFormView
{
    /// <summary>Its file; null for a dataset that is new.</summary>
    public required string? File { get; init; }

    /// <summary>See <see cref="TextDraft.Before"/>.</summary>
    public required string Before { get; init; }

    /// <summary>What is in the fields, by <see cref="DatasetYaml.Fields"/>.</summary>
    public required IReadOnlyDictionary<string, string> Values { get; init; }

    /// <summary>Words that other datasets have, for fields that are chosen: by the name of the field.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Words { get; init; }

    /// <summary>What is wrong with it.</summary>
    public IReadOnlyList<CatalogError> Errors { get; init; } = [];

    /// <summary>The name of a text that says why it goes no further; null at first.</summary>
    public string? Fault { get; init; }

    /// <summary>How it stands to its file.</summary>
    public TextStatus Status { get; init; }

    /// <summary>Its newest edits.</summary>
    public IReadOnlyList<EditLine> History { get; init; } = [];
}

/// <summary>What an edit will change, before it is saved.</summary>
/// <param name="Drafts">The texts.</param>
/// <param name="Lines">By file, what changes.</param>
/// <param name="NeedsReview">True where a second curator has to let it in.</param>
/// <param name="Reason">Why.</param>
/// <param name="Fault">The name of a text that says why it was not saved; null at first.</param>
public sealed record PreviewView(IReadOnlyList<TextDraft> Drafts, IReadOnlyDictionary<string, IReadOnlyList<ComparedLine>> Lines, bool NeedsReview, string Reason = "", string? Fault = null);

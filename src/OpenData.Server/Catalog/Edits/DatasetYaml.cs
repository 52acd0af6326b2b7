using System.Text;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace OpenData.Server.Catalog.Edits;

/// <summary>
/// A dataset's file as a form sees it: values by the names of fields (<c>name.zh</c>, <c>schedule.cron</c>), lists as <c>A, B</c>. Written back, only the
/// entries whose values changed are written anew; every other line, with its comments and its way of writing, stays as it was.
/// </summary>
public static partial class DatasetYaml
{
    private const int WrapAt = 100;
    private const string Head = "# yaml-language-server: $schema=../../schema/dataset.schema.json\n";

    /// <summary>The entries of a file in their order, each with its fields; none for an entry that is one value.</summary>
    private static readonly (string Key, string[] Fields, bool IsList)[] s_entries =
    [
        ("code", [], false), ("name", ["zh", "en"], false), ("description", ["zh", "en"], false), ("jurisdiction", [], false), ("category", [], false), ("content", [], false),
        ("kindCodes", [], true), ("media", [], true), ("schema", ["name", "version"], false), ("provenance", [], false), ("coverage", ["from"], false), ("access", [], false),
        ("terms", [], false), ("schedule", ["cron", "timeZone", "due"], false), ("source", ["kind", "path", "ready"], false), ("package", ["volume", "document", "level"], false),
        ("hold", ["documents", "bytes", "missing"], false), ("retention", ["editions", "days"], false),
    ];

    /// <summary>The names of all fields, in the order of the file.</summary>
    public static IReadOnlyList<string> Fields { get; } = [.. s_entries.SelectMany(entry => NamesOf(entry.Key, entry.Fields))];

    /// <summary>The values that are there; empty where the text is not YAML.</summary>
    public static IReadOnlyDictionary<string, string> Read(string text)
    {
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        try
        {
            YamlStream stream = [];
            stream.Load(new StringReader(text));
            if (stream.Documents is [{ RootNode: YamlMappingNode root }])
            {
                foreach ((string key, string[] fields, _) in s_entries)
                {
                    if (!root.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? node))
                    {
                        continue;
                    }
                    if (fields.Length == 0 && ValueOf(node) is { } value)
                    {
                        values[key] = value;
                    }
                    foreach (string field in fields)
                    {
                        if (node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(field), out YamlNode? inner) && ValueOf(inner) is { } text2)
                        {
                            values[$"{key}.{field}"] = text2;
                        }
                    }
                }
            }
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException)
        {
            values.Clear(); // what is not YAML is mended as a text, where its errors are told with their lines
        }
        return values;
    }

    /// <summary>The text with these values; those that are not named stay, and empty ones are removed.</summary>
    public static string Write(string text, IReadOnlyDictionary<string, string> values)
    {
        IReadOnlyDictionary<string, string> before = Read(text);
        Dictionary<string, string> after = new(before, StringComparer.Ordinal);
        foreach ((string name, string value) in values)
        {
            after[name] = OneLine(value);
        }
        foreach (string name in after.Where(pair => pair.Value.Length == 0 && pair.Key is not ("kindCodes" or "media")).Select(pair => pair.Key).ToList())
        {
            after.Remove(name);
        }
        List<Part> parts = Split(text.Length == 0 ? Head : text);
        foreach ((string key, string[] fields, bool isList) in s_entries)
        {
            if (NamesOf(key, fields).All(name => before.GetValueOrDefault(name) == after.GetValueOrDefault(name)))
            {
                continue;
            }
            string rendered = Render(key, fields, isList, after);
            int at = parts.FindIndex(part => part.Key == key);
            if (at >= 0 && rendered.Length == 0)
            {
                parts.RemoveAt(at);
            }
            else if (at >= 0)
            {
                parts[at] = new Part(key, rendered);
            }
            else if (rendered.Length > 0)
            {
                parts.Insert(PlaceOf(key, parts), new Part(key, rendered));
            }
        }
        string written = string.Concat(parts.Select(part => part.Text));
        // A file that is written otherwise than line by line (all of it in braces, say) is written anew.
        return Same(Read(written), after) ? written : Head + string.Concat(s_entries.Select(entry => Render(entry.Key, entry.Fields, entry.IsList, after)));
    }

    private static IEnumerable<string> NamesOf(string key, string[] fields) => fields.Length == 0 ? [key] : fields.Select(field => $"{key}.{field}");

    private static string? ValueOf(YamlNode node) => node switch
    {
        YamlScalarNode scalar => OneLine(scalar.Value ?? ""),
        YamlSequenceNode list when list.Children.All(child => child is YamlScalarNode) => string.Join(", ", list.Children.Select(child => ((YamlScalarNode)child).Value)),
        _ => null,
    };

    private static bool Same(IReadOnlyDictionary<string, string> a, Dictionary<string, string> b) =>
        Fields.All(name => a.GetValueOrDefault(name, "") == b.GetValueOrDefault(name, ""));

    private static string OneLine(string text) => Spaces().Replace(text, " ").Trim();

    /// <summary>Cuts a text where entries begin in the first column; comments and empty lines before an entry are a part of their own.</summary>
    private static List<Part> Split(string text)
    {
        List<Part> parts = [];
        foreach (string line in text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(line => line + "\n"))
        {
            Match key = EntryStart().Match(line);
            bool isComment = line[0] is '#' or '\n';
            if (isComment && (parts.Count == 0 || parts[^1].Key is null || line[0] is '#'))
            {
                parts.Add(new Part(null, line));
            }
            else if (key.Success || parts.Count == 0)
            {
                parts.Add(new Part(key.Success ? key.Groups["key"].Value : null, line));
            }
            else
            {
                parts[^1] = parts[^1] with { Text = parts[^1].Text + line };
            }
        }
        return parts;
    }

    private static int PlaceOf(string key, List<Part> parts)
    {
        for (int i = Array.FindIndex(s_entries, entry => entry.Key == key) - 1; i >= 0; i--)
        {
            int at = parts.FindIndex(part => part.Key == s_entries[i].Key);
            if (at >= 0)
            {
                return at + 1;
            }
        }
        return parts.FindIndex(part => part.Key is not null) is >= 0 and var first ? first : parts.Count;
    }

    private static string Render(string key, string[] fields, bool isList, IReadOnlyDictionary<string, string> values)
    {
        if (isList)
        {
            return values.TryGetValue(key, out string? items)
                ? $"{key}: [{string.Join(", ", items.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(item => Scalar(item, flow: true)))}]\n" : "";
        }
        if (fields.Length == 0)
        {
            return values.TryGetValue(key, out string? value) ? $"{key}: {Scalar(value, flow: false)}\n" : "";
        }
        string[] there = [.. fields.Where(field => values.ContainsKey($"{key}.{field}"))];
        return there.Length == 0 ? ""
            : key is "name" or "description" ? $"{key}:\n{string.Concat(there.Select(field => $"  {field}: {Paragraph(values[$"{key}.{field}"])}\n"))}"
            : $"{key}: {{ {string.Join(", ", there.Select(field => $"{field}: {Scalar(values[$"{key}.{field}"], flow: true)}"))} }}\n";
    }

    /// <summary>A long text with spaces as a folded block, as an editor would write it.</summary>
    private static string Paragraph(string text)
    {
        if (text.Length <= WrapAt || text.Any(char.IsControl) || text.Count(c => c == ' ') < text.Length / 20)
        {
            return Scalar(text, flow: false);
        }
        StringBuilder folded = new(">-");
        int width = WrapAt + 1;
        foreach (string word in text.Split(' '))
        {
            bool wraps = width + word.Length >= WrapAt;
            folded.Append(wraps ? "\n    " : " ").Append(word);
            width = (wraps ? 4 : width + 1) + word.Length;
        }
        return folded.ToString();
    }

    private static string Scalar(string text, bool flow) =>
        (flow ? PlainInFlow() : Plain()).IsMatch(text) && !text.Contains(": ", StringComparison.Ordinal) && !text.Contains(" #", StringComparison.Ordinal) && text[^1] != ':'
            ? text
            : text.Any(char.IsControl) ? $"\"{string.Concat(text.Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c is '"' or '\\' ? "\\" + c : c.ToString()))}\""
            : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"^(?<key>[A-Za-z][A-Za-z0-9_-]*):(\s|$)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EntryStart();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\A[\p{L}\p{Nd}][^\p{C}]*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Plain();

    [GeneratedRegex(@"\A[\p{L}\p{Nd}][\p{L}\p{Nd} ._/%+-]*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PlainInFlow();

    private sealed record Part(string? Key, string Text);
}

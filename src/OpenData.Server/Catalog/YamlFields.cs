using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace OpenData.Server.Catalog;

/// <summary>
/// Reads the fields of one YAML mapping and remembers where each stands, so that every error names its line. A field that is asked for and
/// missing, or there and never asked for, is an error.
/// </summary>
internal sealed class YamlFields
{
    private readonly YamlMappingNode _node;
    private readonly string _file;
    private readonly string _where;
    private readonly List<CatalogError> _errors;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    private YamlFields(YamlMappingNode node, string file, string where, List<CatalogError> errors)
    {
        _node = node;
        _file = file;
        _where = where;
        _errors = errors;
    }

    /// <summary>The file's one mapping, or null after an error was added.</summary>
    public static YamlFields? Parse(string text, string file, List<CatalogError> errors)
    {
        using StringReader reader = new(text);
        Parser parser = new(reader);
        try
        {
            YamlStream stream = [];
            stream.Load(parser);
            if (stream.Documents is [{ RootNode: YamlMappingNode root }])
            {
                return new YamlFields(root, file, "", errors);
            }
            errors.Add(new CatalogError(file, 1, "expected one YAML mapping"));
        }
        catch (YamlException e)
        {
            errors.Add(new CatalogError(file, e.Start.Line, $"not valid YAML: {e.InnerException?.Message ?? e.Message}"));
        }
        catch (InvalidOperationException)
        {
            // What the scanner throws, without a place, for a list or mapping in one line that is never closed.
            errors.Add(new CatalogError(file, parser.Current?.End.Line ?? 1, "not valid YAML: a list or mapping is not closed"));
        }
        return null;
    }

    /// <summary>Adds an error at a field's line, or at the mapping's where the field is missing.</summary>
    public void Error(string key, string message) => _errors.Add(new CatalogError(_file, Line(key), $"{_where}{key}: {message}"));

    /// <summary>A text that must be there and not be empty; null after an error was added.</summary>
    public string? Text(string key, string expected)
    {
        string? text = OptionalText(key);
        if (text is null && !Has(key))
        {
            Error(key, $"missing; expected {expected}");
        }
        else if (text is { } present && string.IsNullOrWhiteSpace(present))
        {
            Error(key, $"empty; expected {expected}");
            return null;
        }
        return text;
    }

    /// <summary>A text that may be missing.</summary>
    public string? OptionalText(string key)
    {
        _asked.Add(key);
        switch (Find(key))
        {
            case null:
                return null;
            case YamlScalarNode scalar:
                return scalar.Value ?? "";
            default:
                Error(key, "expected a text");
                return null;
        }
    }

    /// <summary>A text that means something: read by <paramref name="parse"/>, or an error that says what was expected.</summary>
    public T? Value<T>(string key, string expected, Func<string, (bool Ok, T Value)> parse) =>
        Text(key, expected) is { } text ? Read(key, text, expected, parse) : default;

    /// <summary>The same for a text that may be missing.</summary>
    public T? OptionalValue<T>(string key, string expected, Func<string, (bool Ok, T Value)> parse) =>
        OptionalText(key) is { } text ? Read(key, text, expected, parse) : default;

    /// <summary>A whole number that must be there.</summary>
    public int Number(string key, int least, int most) => Value(key, $"a whole number from {least} to {most}", text =>
        (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most, number));

    /// <summary>A list of texts; empty where it is missing and optional.</summary>
    public IReadOnlyList<string> List(string key, bool required)
    {
        _asked.Add(key);
        if (Find(key) is YamlSequenceNode sequence && sequence.Children.All(c => c is YamlScalarNode))
        {
            return [.. sequence.Children.Select(c => ((YamlScalarNode)c).Value ?? "")];
        }
        if (required || Has(key))
        {
            Error(key, "expected a list of texts, such as [A, B]");
        }
        return [];
    }

    /// <summary>A list of mappings.</summary>
    public IEnumerable<YamlFields> Maps(string key)
    {
        _asked.Add(key);
        if (Find(key) is not YamlSequenceNode sequence || sequence.Children.Any(c => c is not YamlMappingNode))
        {
            Error(key, "expected a list of mappings");
            return [];
        }
        return sequence.Children.Select((child, i) => new YamlFields((YamlMappingNode)child, _file, $"{_where}{key}[{i + 1}].", _errors));
    }

    /// <summary>A mapping that must be there; null after an error was added.</summary>
    public YamlFields? Map(string key, string expected)
    {
        YamlFields? map = OptionalMap(key);
        if (map is null && !Has(key))
        {
            Error(key, $"missing; expected {expected}");
        }
        return map;
    }

    /// <summary>A mapping that may be missing.</summary>
    public YamlFields? OptionalMap(string key)
    {
        _asked.Add(key);
        switch (Find(key))
        {
            case YamlMappingNode map:
                return new YamlFields(map, _file, $"{_where}{key}.", _errors);
            case null:
                return null;
            default:
                Error(key, "expected a mapping, such as { zh: …, en: … }");
                return null;
        }
    }

    /// <summary>Call last: fields that nobody asked for are errors that name the nearest known one.</summary>
    public void End()
    {
        foreach (YamlNode key in _node.Children.Keys)
        {
            string name = (key as YamlScalarNode)?.Value ?? key.ToString();
            if (!_asked.Contains(name))
            {
                string known = string.Join(", ", _asked.Order(StringComparer.Ordinal));
                _errors.Add(new CatalogError(_file, key.Start.Line, $"{_where}{name}: unknown key; expected one of {known}"));
            }
        }
    }

    private T? Read<T>(string key, string text, string expected, Func<string, (bool Ok, T Value)> parse)
    {
        (bool ok, T value) = parse(text);
        if (!ok)
        {
            Error(key, $"'{text}' is not {expected}");
        }
        return ok ? value : default;
    }

    private bool Has(string key) => Find(key) is not null;

    private YamlNode? Find(string key) => _node.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? node) ? node : null;

    private long Line(string key)
    {
        YamlNode? named = _node.Children.Keys.FirstOrDefault(k => k is YamlScalarNode scalar && scalar.Value == key);
        return (named ?? _node).Start.Line;
    }
}

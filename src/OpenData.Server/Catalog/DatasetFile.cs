using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;
using OpenData.Format;

namespace OpenData.Server.Catalog;

/// <summary>Reads one file <c>datasets/&lt;JURISDICTION&gt;/&lt;CODE&gt;.yaml</c>; its shape is in <c>schema/dataset.schema.json</c>.</summary>
internal static class DatasetFile
{
    private static readonly string[] Categories = ["patent", "ic-layout"];

    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    /// <param name="text">The file's content.</param>
    /// <param name="file">Its path below the catalog folder.</param>
    /// <param name="cronFault">What is wrong with a cron expression, or null.</param>
    /// <param name="errors">Every error is added here.</param>
    /// <returns>The dataset; meaningless if an error was added.</returns>
    public static Dataset? Read(string text, string file, Func<string, string?> cronFault, List<CatalogError> errors)
    {
        int before = errors.Count;
        if (YamlFields.Parse(text, file, errors) is not { } fields)
        {
            return null;
        }
        string? code = fields.Value("code", "a dataset code such as CN-PA-TXTS-10-A", t => (ReleaseId.IsDataset(t), t));
        if (code is not null && Path.GetFileNameWithoutExtension(file) != code)
        {
            fields.Error("code", $"'{code}' is not the name of its file; expected '{Path.GetFileNameWithoutExtension(file)}'");
        }
        LocalizedText? name = Localized(fields, "name");
        LocalizedText? description = Localized(fields, "description");
        string? jurisdiction = fields.Value("jurisdiction", "a two-letter office code (WIPO ST.3)", t => (t.Length == 2 && t.All(char.IsAsciiLetterUpper), t));
        string? category = fields.Value("category", string.Join(" or ", Categories), t => (Categories.Contains(t), t));
        string? content = fields.Value("content", "a kind of content in kebab case, such as full-text", t => (IsKebab(t), t));
        IReadOnlyList<string> kindCodes = fields.List("kindCodes", required: true);
        IReadOnlyList<string> media = fields.List("media", required: true);
        SchemaName? schema = Schema(fields.OptionalMap("schema"));
        string? provenance = fields.Value("provenance", "whose code and name it is, in kebab case", t => (IsKebab(t), t));
        DateOnly? coverage = Coverage(fields.OptionalMap("coverage"));
        AccessLevel access = fields.Value("access", "open, registered, agreement or restricted", ParseAccess);
        string? terms = fields.OptionalText("terms");
        if (access >= AccessLevel.Agreement && terms is null)
        {
            fields.Error("access", "this level needs 'terms'; expected the id of the agreement there");
        }
        DatasetSchedule? schedule = Schedule(fields.Map("schedule", "{ cron, timeZone, due }"), cronFault);
        DatasetSource? source = Source(fields.Map("source", "{ kind, path, ready }"));
        PackageRules? package = Package(fields.Map("package", "{ volume, document }"));
        HoldRules hold = Hold(fields.OptionalMap("hold"));
        Retention retention = ReadRetention(fields.OptionalMap("retention"));
        fields.End();
        return errors.Count > before ? null : new Dataset
        {
            Code = code!,
            Name = name!,
            Description = description!,
            Jurisdiction = jurisdiction!,
            Category = category!,
            Content = content!,
            KindCodes = kindCodes,
            Media = media,
            Schema = schema,
            Provenance = provenance!,
            CoverageFrom = coverage,
            Access = access,
            Terms = terms,
            Schedule = schedule!,
            Source = source!,
            Package = package!,
            Hold = hold,
            Retention = retention,
        };
    }

    private static LocalizedText? Localized(YamlFields fields, string key)
    {
        if (fields.Map(key, "{ zh: …, en: … }") is not { } map)
        {
            return null;
        }
        string? zh = map.Text("zh", "the Chinese text");
        string? en = map.Text("en", "the English text");
        map.End();
        return zh is null || en is null ? null : new LocalizedText(zh.Trim(), en.Trim());
    }

    private static SchemaName? Schema(YamlFields? map)
    {
        string? name = map?.Text("name", "the schema's name");
        string? version = map?.OptionalText("version");
        map?.End();
        return name is null ? null : new SchemaName(name, version);
    }

    private static DateOnly? Coverage(YamlFields? map)
    {
        DateOnly? from = map?.Value<DateOnly?>("from", "a date yyyy-MM-dd", t =>
            (DateOnly.TryParseExact(t, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day), day));
        map?.End();
        return from;
    }

    private static DatasetSchedule? Schedule(YamlFields? map, Func<string, string?> cronFault)
    {
        if (map is null)
        {
            return null;
        }
        string? cron = map.Text("cron", "a Quartz cron expression, such as \"0 30 6 ? * TUE,FRI\"");
        if (cron is not null && cronFault(cron) is { } fault)
        {
            map.Error("cron", $"'{cron}' is not a Quartz cron expression: {fault}");
        }
        TimeZoneInfo? zone = map.Value("timeZone", "an IANA time zone such as Asia/Shanghai", t => (TimeZoneInfo.TryFindSystemTimeZoneById(t, out TimeZoneInfo? found), found));
        TimeSpan due = map.Value("due", "an ISO 8601 duration such as P1D", ParseDuration);
        map.End();
        return cron is null || zone is null ? null : new DatasetSchedule(cron, zone, due);
    }

    private static DatasetSource? Source(YamlFields? map)
    {
        if (map is null)
        {
            return null;
        }
        SourceKind? kind = map.Value<SourceKind?>("kind", "directory, s3 or http", t => t switch
        {
            "directory" => (true, SourceKind.Directory),
            "s3" => (true, SourceKind.S3),
            "http" => (true, SourceKind.Http),
            _ => (false, null),
        });
        string? path = map.Value("path", "a path below the deliveries, without .. or a leading /", t => (EntryName.Fault(t.TrimEnd('/')) is null, t.TrimEnd('/')));
        string? ready = map.Value("ready", "the name of the marker file", t => (EntryName.Fault(t) is null && !t.Contains('/'), t));
        map.End();
        return kind is null || path is null || ready is null ? null : new DatasetSource(kind.Value, path, ready);
    }

    private static PackageRules? Package(YamlFields? map)
    {
        if (map is null)
        {
            return null;
        }
        long volume = map.Value("volume", "a size of at least 1 MiB, such as 1 GiB", t => (ByteCount.TryParse(t, out long bytes) && bytes >= 1024 * 1024, bytes));
        Regex? document = map.Text("document", "a regular expression with the group 'number'") is { } pattern ? Pattern(map, pattern) : null;
        int? level = map.OptionalValue<int?>("level", "a deflate level from 1 to 12", t =>
            (int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= 12, number));
        map.End();
        return document is null ? null : new PackageRules(volume, document, level);
    }

    private static Regex? Pattern(YamlFields map, string pattern)
    {
        try
        {
            Regex regex = new(pattern, RegexOptions.CultureInvariant, MatchTimeout);
            if (regex.GroupNumberFromName("number") >= 0)
            {
                return regex;
            }
            map.Error("document", "expected a named group 'number' that holds the publication number: (?<number>…)");
        }
        catch (ArgumentException e)
        {
            map.Error("document", $"not a regular expression: {e.Message}");
        }
        return null;
    }

    private static HoldRules Hold(YamlFields? map)
    {
        if (map is null)
        {
            return new HoldRules();
        }
        const string share = "a share such as 50%";
        HoldRules rules = new(
            map.OptionalValue<double?>("documents", share, ParsePercent),
            map.OptionalValue<double?>("bytes", share, ParsePercent),
            map.OptionalValue<long?>("missing", "a whole number", t => (long.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out long number), number)));
        map.End();
        return rules;
    }

    private static Retention ReadRetention(YamlFields? map)
    {
        if (map is null)
        {
            return Retention.All;
        }
        const string expected = "'all' or a whole number of at least 1";
        int? editions = map.OptionalValue<int?>("editions", expected, ParseCount);
        int? days = map.OptionalValue<int?>("days", expected, ParseCount);
        map.End();
        return new Retention(editions, days);
    }

    private static (bool Ok, int? Value) ParseCount(string text) =>
        text == "all" ? (true, null)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 ? (true, number) : (false, null);

    private static (bool Ok, double? Value) ParsePercent(string text) =>
        text.EndsWith('%') && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent)
            ? (true, percent / 100) : (false, null);

    private static (bool Ok, AccessLevel Value) ParseAccess(string text) => text switch
    {
        "open" => (true, AccessLevel.Open),
        "registered" => (true, AccessLevel.Registered),
        "agreement" => (true, AccessLevel.Agreement),
        "restricted" => (true, AccessLevel.Restricted),
        _ => (false, default),
    };

    private static (bool Ok, TimeSpan Value) ParseDuration(string text)
    {
        try
        {
            TimeSpan span = XmlConvert.ToTimeSpan(text);
            return (span > TimeSpan.Zero, span);
        }
        catch (FormatException)
        {
            return (false, default);
        }
    }

    private static bool IsKebab(string text) => text.Length > 0 && text[0] != '-' && text[^1] != '-' && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}

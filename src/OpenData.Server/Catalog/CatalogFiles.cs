using System.Collections.Frozen;
using OpenData.Format;

namespace OpenData.Server.Catalog;

/// <summary>
/// Reads a catalog folder whole:
/// <code>
/// datasets/&lt;JURISDICTION&gt;/&lt;CODE&gt;.yaml
/// tiers.yaml
/// terms/&lt;id&gt;.zh.md, terms/&lt;id&gt;.en.md
/// manuals/, fields/                    see <see cref="ManualFiles"/>
/// </code>
/// Any error refuses the whole, so that nobody ever sees half a catalog.
/// </summary>
public static class CatalogFiles
{
    /// <param name="folder">The catalog folder.</param>
    /// <param name="cronFault">What is wrong with a cron expression, or null if nothing is: the scheduler's word, not the catalog's.</param>
    /// <returns>The catalog if there are no errors; else the errors, in order of file and line.</returns>
    public static (DatasetCatalog? Catalog, IReadOnlyList<CatalogError> Errors) Load(string folder, Func<string, string?> cronFault) => Directory.Exists(folder)
        ? Load(CatalogTexts.Read(folder), cronFault)
        : (null, [new CatalogError(folder, 0, "there is no such folder; expected the catalog there (setting OpenData:Catalog:Folder)")]);

    /// <inheritdoc cref="Load(string, Func{string, string})"/>
    /// <param name="texts">The texts of the catalog.</param>
    /// <param name="cronFault">What is wrong with a cron expression, or null.</param>
    public static (DatasetCatalog? Catalog, IReadOnlyList<CatalogError> Errors) Load(CatalogTexts texts, Func<string, string?> cronFault)
    {
        List<CatalogError> errors = [];
        (IReadOnlyList<Tier> tiers, ByteRate ceiling) = ReadTiers(texts, errors);
        Dictionary<string, Terms> terms = ReadTerms(texts, errors);
        Dictionary<string, Dataset> datasets = ReadDatasets(texts, cronFault, terms, errors);
        Dictionary<string, Manual> manuals = ReadManuals(texts, datasets, errors);
        Dictionary<string, IReadOnlyList<DocumentField>> fields = new(StringComparer.Ordinal);
        foreach (string file in texts.Below("fields/", ".yaml"))
        {
            fields[Path.GetFileNameWithoutExtension(file)] = ManualFiles.ReadFields(texts[file]!, file, errors);
        }
        if (errors.Count > 0)
        {
            return (null, [.. errors.OrderBy(e => e.File, StringComparer.Ordinal).ThenBy(e => e.Line)]);
        }
        return (new DatasetCatalog(
            datasets.ToFrozenDictionary(StringComparer.Ordinal),
            tiers.ToFrozenDictionary(t => t.Id, StringComparer.Ordinal),
            terms.ToFrozenDictionary(StringComparer.Ordinal),
            ceiling)
        {
            Manuals = manuals.ToFrozenDictionary(StringComparer.Ordinal),
            Fields = fields.ToFrozenDictionary(StringComparer.Ordinal),
        }, []);
    }

    /// <summary>A text that differs whenever a file of the catalog was added, removed or written.</summary>
    public static string Fingerprint(string folder) => string.Join('\n', FilesOf(folder)
        .Select(path => new FileInfo(path))
        .Select(file => $"{file.FullName}|{file.Length}|{file.LastWriteTimeUtc.Ticks}"));

    private static (IReadOnlyList<Tier> Tiers, ByteRate Ceiling) ReadTiers(CatalogTexts texts, List<CatalogError> errors)
    {
        if (texts[TiersFile.Name] is { } text)
        {
            return TiersFile.Read(text, errors);
        }
        errors.Add(new CatalogError(TiersFile.Name, 0, "missing; expected the tiers there"));
        return ([], default);
    }

    private static Dictionary<string, Terms> ReadTerms(CatalogTexts texts, List<CatalogError> errors)
    {
        Dictionary<string, Terms> terms = new(StringComparer.Ordinal);
        foreach (string file in texts.Below("terms/", Chinese))
        {
            string id = Path.GetFileName(file)[..^Chinese.Length];
            string english = file[..^Chinese.Length] + English;
            if (texts[english] is not { } translation)
            {
                errors.Add(new CatalogError(file, 1, $"missing translation; expected {english} beside it"));
                continue;
            }
            TermsFile.Text? zh = TermsFile.Read(texts[file]!, file, errors);
            TermsFile.Text? en = TermsFile.Read(translation, english, errors);
            if (zh is null || en is null)
            {
                continue;
            }
            if (zh.Version != en.Version || zh.Effective != en.Effective)
            {
                errors.Add(new CatalogError(english, 1, $"version {en.Version} of {en.Effective:yyyy-MM-dd} is not that of the Chinese text; expected {zh.Version} of {zh.Effective:yyyy-MM-dd}"));
            }
            terms[id] = TermsFile.Join(id, zh, en);
        }
        foreach (string file in texts.Below("terms/", English).Where(file => texts[file[..^English.Length] + Chinese] is null))
        {
            errors.Add(new CatalogError(file, 1, "missing translation; expected the Chinese text (.zh.md) beside it"));
        }
        return terms;
    }

    private static Dictionary<string, Dataset> ReadDatasets(CatalogTexts texts, Func<string, string?> cronFault, Dictionary<string, Terms> terms, List<CatalogError> errors)
    {
        Dictionary<string, Dataset> datasets = new(StringComparer.Ordinal);
        Dictionary<string, string> fileOf = new(StringComparer.Ordinal);
        foreach (string file in texts.Below(Datasets, ".yaml"))
        {
            string text = texts[file]!;
            if (DatasetFile.Read(text, file, cronFault, errors) is not { } dataset)
            {
                continue;
            }
            if (!fileOf.TryAdd(dataset.Code, file))
            {
                errors.Add(new CatalogError(file, 1, $"code: '{dataset.Code}' is already that of {fileOf[dataset.Code]}; expected each code once"));
                continue;
            }
            if (Path.GetFileName(Path.GetDirectoryName(file)) != dataset.Jurisdiction)
            {
                errors.Add(new CatalogError(file, 1, $"jurisdiction: '{dataset.Jurisdiction}' is not the name of the file's folder; expected the file in datasets/{dataset.Jurisdiction}/"));
            }
            if (dataset.Terms is { } id && !terms.ContainsKey(id))
            {
                string known = terms.Count == 0 ? "a file terms/<id>.zh.md" : "one of " + string.Join(", ", terms.Keys.Order(StringComparer.Ordinal));
                errors.Add(new CatalogError(file, LineOf(text, "terms:"), $"terms: unknown terms '{id}'; expected {known}"));
            }
            datasets[dataset.Code] = dataset;
        }
        if (datasets.Count == 0 && errors.Count == 0)
        {
            errors.Add(new CatalogError("datasets", 0, "there is no dataset; expected files datasets/<JURISDICTION>/<CODE>.yaml"));
        }
        return datasets;
    }

    private static Dictionary<string, Manual> ReadManuals(CatalogTexts texts, Dictionary<string, Dataset> datasets, List<CatalogError> errors)
    {
        Dictionary<string, Manual> manuals = new(StringComparer.Ordinal);
        foreach (Manual manual in ManualFiles.Read(texts, texts.Below("manuals/", Chinese).Concat(texts.Below(Datasets, Chinese)), errors))
        {
            if (!manuals.TryAdd(manual.Id, manual))
            {
                errors.Add(new CatalogError($"{manual.Id}.zh.md", 1, "is there twice; expected one manual of a name"));
            }
        }
        foreach (string file in texts.Below(Datasets, Chinese).Where(file => !datasets.ContainsKey(Path.GetFileName(file)[..^Chinese.Length])))
        {
            errors.Add(new CatalogError(file, 1, "no dataset has this code; expected <CODE>.zh.md beside <CODE>.yaml"));
        }
        return manuals;
    }

    private const string Datasets = "datasets/";
    private const string Chinese = ".zh.md";
    private const string English = ".en.md";

    private static IEnumerable<string> FilesOf(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        : [];

    private static long LineOf(string text, string start) => 1 + text.Split('\n').TakeWhile(line => !line.StartsWith(start, StringComparison.Ordinal)).LongCount();
}

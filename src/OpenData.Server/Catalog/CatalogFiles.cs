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
    public static (DatasetCatalog? Catalog, IReadOnlyList<CatalogError> Errors) Load(string folder, Func<string, string?> cronFault)
    {
        List<CatalogError> errors = [];
        if (!Directory.Exists(folder))
        {
            return (null, [new CatalogError(folder, 0, "there is no such folder; expected the catalog there (setting OpenData:Catalog:Folder)")]);
        }
        (IReadOnlyList<Tier> tiers, ByteRate ceiling) = ReadTiers(folder, errors);
        Dictionary<string, Terms> terms = ReadTerms(folder, errors);
        Dictionary<string, Dataset> datasets = ReadDatasets(folder, cronFault, terms, errors);
        Dictionary<string, Manual> manuals = ReadManuals(folder, datasets, errors);
        Dictionary<string, IReadOnlyList<DocumentField>> fields = Files(Path.Combine(folder, "fields"), "*.yaml").ToDictionary(
            path => Path.GetFileNameWithoutExtension(path), path => ManualFiles.ReadFields(File.ReadAllText(path), Relative(folder, path), errors), StringComparer.Ordinal);
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
    public static string Fingerprint(string folder) => string.Join('\n', Files(folder, "*")
        .Select(path => new FileInfo(path))
        .Select(file => $"{file.FullName}|{file.Length}|{file.LastWriteTimeUtc.Ticks}"));

    private static (IReadOnlyList<Tier> Tiers, ByteRate Ceiling) ReadTiers(string folder, List<CatalogError> errors)
    {
        string path = Path.Combine(folder, TiersFile.Name);
        if (File.Exists(path))
        {
            return TiersFile.Read(File.ReadAllText(path), errors);
        }
        errors.Add(new CatalogError(TiersFile.Name, 0, "missing; expected the tiers there"));
        return ([], default);
    }

    private static Dictionary<string, Terms> ReadTerms(string folder, List<CatalogError> errors)
    {
        Dictionary<string, Terms> terms = new(StringComparer.Ordinal);
        foreach (string path in Files(Path.Combine(folder, "terms"), "*.zh.md"))
        {
            string file = Relative(folder, path);
            string id = Path.GetFileName(path)[..^".zh.md".Length];
            string english = path[..^".zh.md".Length] + ".en.md";
            if (!File.Exists(english))
            {
                errors.Add(new CatalogError(file, 1, $"missing translation; expected {Relative(folder, english)} beside it"));
                continue;
            }
            TermsFile.Text? zh = TermsFile.Read(File.ReadAllText(path), file, errors);
            TermsFile.Text? en = TermsFile.Read(File.ReadAllText(english), Relative(folder, english), errors);
            if (zh is null || en is null)
            {
                continue;
            }
            if (zh.Version != en.Version || zh.Effective != en.Effective)
            {
                errors.Add(new CatalogError(Relative(folder, english), 1, $"version {en.Version} of {en.Effective:yyyy-MM-dd} is not that of the Chinese text; expected {zh.Version} of {zh.Effective:yyyy-MM-dd}"));
            }
            terms[id] = TermsFile.Join(id, zh, en);
        }
        foreach (string path in Files(Path.Combine(folder, "terms"), "*.en.md").Where(p => !File.Exists(p[..^".en.md".Length] + ".zh.md")))
        {
            errors.Add(new CatalogError(Relative(folder, path), 1, "missing translation; expected the Chinese text (.zh.md) beside it"));
        }
        return terms;
    }

    private static Dictionary<string, Dataset> ReadDatasets(string folder, Func<string, string?> cronFault, Dictionary<string, Terms> terms, List<CatalogError> errors)
    {
        Dictionary<string, Dataset> datasets = new(StringComparer.Ordinal);
        Dictionary<string, string> fileOf = new(StringComparer.Ordinal);
        foreach (string path in Files(Path.Combine(folder, "datasets"), "*.yaml"))
        {
            string file = Relative(folder, path);
            if (DatasetFile.Read(File.ReadAllText(path), file, cronFault, errors) is not { } dataset)
            {
                continue;
            }
            if (!fileOf.TryAdd(dataset.Code, file))
            {
                errors.Add(new CatalogError(file, 1, $"code: '{dataset.Code}' is already that of {fileOf[dataset.Code]}; expected each code once"));
                continue;
            }
            if (Path.GetFileName(Path.GetDirectoryName(path)) != dataset.Jurisdiction)
            {
                errors.Add(new CatalogError(file, 1, $"jurisdiction: '{dataset.Jurisdiction}' is not the name of the file's folder; expected the file in datasets/{dataset.Jurisdiction}/"));
            }
            if (dataset.Terms is { } id && !terms.ContainsKey(id))
            {
                string known = terms.Count == 0 ? "a file terms/<id>.zh.md" : "one of " + string.Join(", ", terms.Keys.Order(StringComparer.Ordinal));
                errors.Add(new CatalogError(file, LineOf(path, "terms:"), $"terms: unknown terms '{id}'; expected {known}"));
            }
            datasets[dataset.Code] = dataset;
        }
        if (datasets.Count == 0 && errors.Count == 0)
        {
            errors.Add(new CatalogError("datasets", 0, "there is no dataset; expected files datasets/<JURISDICTION>/<CODE>.yaml"));
        }
        return datasets;
    }

    private static Dictionary<string, Manual> ReadManuals(string folder, Dictionary<string, Dataset> datasets, List<CatalogError> errors)
    {
        Dictionary<string, Manual> manuals = new(StringComparer.Ordinal);
        IEnumerable<string> shared = Files(Path.Combine(folder, "manuals"), "*.zh.md");
        foreach (Manual manual in ManualFiles.Read(folder, shared.Concat(Files(Path.Combine(folder, "datasets"), "*.zh.md")), errors))
        {
            if (!manuals.TryAdd(manual.Id, manual))
            {
                errors.Add(new CatalogError($"{manual.Id}.zh.md", 1, "is there twice; expected one manual of a name"));
            }
        }
        foreach (string path in Files(Path.Combine(folder, "datasets"), "*.zh.md").Where(path => !datasets.ContainsKey(Path.GetFileName(path)[..^".zh.md".Length])))
        {
            errors.Add(new CatalogError(Relative(folder, path), 1, "no dataset has this code; expected <CODE>.zh.md beside <CODE>.yaml"));
        }
        return manuals;
    }

    private static IEnumerable<string> Files(string folder, string pattern) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        : [];

    private static string Relative(string folder, string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');

    private static long LineOf(string path, string start) => 1 + File.ReadLines(path).TakeWhile(line => !line.StartsWith(start, StringComparison.Ordinal)).LongCount();
}

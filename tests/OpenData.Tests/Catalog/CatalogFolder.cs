namespace OpenData.Tests.Catalog;

/// <summary>A catalog folder of a test's own: the project's catalog, copied, to be broken at will.</summary>
internal sealed class CatalogFolder : IDisposable
{
    public const string Dataset = "datasets/CN/CN-PA-TXTS-10-A.yaml";

    public CatalogFolder()
    {
        Root = Directory.CreateTempSubdirectory("opendata-catalog-").FullName;
        string original = Original;
        foreach (string file in Directory.EnumerateFiles(original, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(Root, Path.GetRelativePath(original, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public static string Original => Path.Combine(AppContext.BaseDirectory, "catalog");

    public string Root { get; }

    /// <summary>Replaces a text that must be in the file, and returns the line that it stands in.</summary>
    public int Edit(string file, string old, string changed)
    {
        string path = Path.Combine(Root, file);
        string text = File.ReadAllText(path);
        int at = text.IndexOf(old, StringComparison.Ordinal);
        at.ShouldBeGreaterThanOrEqualTo(0, $"'{old}' should be in {file}");
        File.WriteAllText(path, text[..at] + changed + text[(at + old.Length)..]);
        return 1 + text[..at].Count(c => c == '\n');
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

namespace OpenData.Server.Catalog.Edits;

/// <summary>Writes the catalog in force back as files, for the repository that the catalog is kept in.</summary>
public static class CatalogExport
{
    /// <summary>
    /// Writes every text whose file is missing or different, and from the catalog's folder what else lies there (schemas, samples). Each file is whole or
    /// as it was; none is removed.
    /// </summary>
    /// <param name="state">The catalog.</param>
    /// <param name="from">The folder that it was read from.</param>
    /// <param name="to">An empty folder, a new one, or one with a catalog.</param>
    /// <returns>The files that were written, in ordinal order.</returns>
    /// <exception cref="IOException">The folder holds something else, or cannot be written.</exception>
    public static IReadOnlyList<string> Write(CatalogState state, string from, string to)
    {
        if (Directory.Exists(to) && Directory.EnumerateFileSystemEntries(to).Any() && !File.Exists(Path.Combine(to, TiersFile.Name)))
        {
            throw new IOException($"{to} is not empty and has no {TiersFile.Name}; expected a catalog's folder, or an empty one.");
        }
        List<string> written = [];
        foreach (string file in state.Texts.Files)
        {
            string path = Path.Combine(to, file);
            if (!File.Exists(path) || File.ReadAllText(path) != state.Texts[file])
            {
                Put(path, temporary => File.WriteAllText(temporary, state.Texts[file]));
                written.Add(file);
            }
        }
        foreach (string other in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(path => !CatalogTexts.IsText(path)))
        {
            string file = Path.GetRelativePath(from, other).Replace('\\', '/');
            string path = Path.Combine(to, file);
            if (!File.Exists(path))
            {
                Put(path, temporary => File.Copy(other, temporary, overwrite: true));
                written.Add(file);
            }
        }
        written.Sort(StringComparer.Ordinal);
        return written;
    }

    private static void Put(string path, Action<string> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = path + ".new";
        write(temporary);
        File.Move(temporary, path, overwrite: true);
    }
}

using System.Globalization;
using System.Reflection;
using OpenData.Format;

namespace OpenData.Server.Database;

/// <summary>One numbered step of the schema. Once it has run anywhere its text is never changed: a later one corrects it.</summary>
/// <param name="Number">1, 2, 3 …</param>
/// <param name="Name">The file's name without number and ending.</param>
/// <param name="Sql">Its text, in the types of <see cref="SqlDatabase"/>.</param>
public sealed record Migration(int Number, string Name, string Sql)
{
    /// <summary>SHA-256 of the text, line ends aside, in hexadecimal.</summary>
    public string Checksum => Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))).ToString();

    /// <summary>Such as <c>0001_releases</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number:0000}_{Name}");

    /// <summary>Those that travel with this program (<c>Database/Migrations/*.sql</c>), in order.</summary>
    public static IReadOnlyList<Migration> OfThisProgram { get; } = [.. Embedded().OrderBy(migration => migration.Number)];

    private static IEnumerable<Migration> Embedded()
    {
        const string Folder = ".Database.Migrations.";
        Assembly program = typeof(Migration).Assembly;
        foreach (string resource in program.GetManifestResourceNames())
        {
            int at = resource.IndexOf(Folder, StringComparison.Ordinal);
            if (at < 0 || !resource.EndsWith(".sql", StringComparison.Ordinal))
            {
                continue;
            }
            string file = resource[(at + Folder.Length)..^4];
            using StreamReader reader = new(program.GetManifestResourceStream(resource)!);
            yield return new Migration(int.Parse(file.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture), file[5..], reader.ReadToEnd());
        }
    }
}

using System.Globalization;

namespace OpenData.Server.Database;

/// <summary>Whether what ran on a database is a beginning of what this program brings.</summary>
internal static class SchemaComparison
{
    /// <summary>What does not fit, and what to do about it; null where the rest of the program's migrations may run.</summary>
    /// <param name="program">The program's migrations in order.</param>
    /// <param name="applied">The database's record in order of numbers.</param>
    public static string? Fault(IReadOnlyList<Migration> program, IReadOnlyList<AppliedMigration> applied)
    {
        if (applied.Count > 0 && applied[^1].Number > (program.Count == 0 ? 0 : program[^1].Number))
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"the database is newer: it has migration {applied[^1].Number:0000}_{applied[^1].Name}, the newest of this program is {(program.Count == 0 ? "none" : program[^1].ToString())}. Run the newer program.");
        }
        for (int i = 0; i < applied.Count; i++)
        {
            if (i >= program.Count || applied[i].Number != program[i].Number)
            {
                Migration? missing = program.FirstOrDefault(migration => applied.All(row => row.Number != migration.Number));
                return missing is not null
                    ? $"there is a gap: migration {missing} never ran although later ones did. Restore the database from a backup, or begin a new one."
                    : string.Create(CultureInfo.InvariantCulture, $"migration {applied[i].Number:0000}_{applied[i].Name} ran on it, which this program does not have.");
            }
            if (applied[i].Checksum != program[i].Checksum)
            {
                return $"migration {program[i]} was changed after it ran here (checksum {applied[i].Checksum[..12]}… then, {program[i].Checksum[..12]}… now). Restore its text; corrections go into a new migration.";
            }
        }
        return null;
    }
}

using System.Data.Common;
using Dapper;

namespace OpenData.Server.Database;

/// <summary>
/// Brings the database to this program's version. Each migration runs in a transaction of its own together with its record in
/// <c>schema_migrations</c>, under a lock, so that nodes that start at once migrate once and a killed one leaves whole steps only.
/// </summary>
public sealed partial class Migrator(SqlDatabase database, TimeProvider time, ILogger<Migrator> log)
{
    /// <summary>Runs what has not run yet. Nothing happens where the database is up to date.</summary>
    /// <returns>The migrations that ran now.</returns>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached.</exception>
    /// <exception cref="SchemaMismatchException">The database was made by another line of this program; nothing was changed.</exception>
    public Task<IReadOnlyList<Migration>> MigrateAsync(CancellationToken stop) => MigrateAsync(Migration.OfThisProgram, stop);

    internal async Task<IReadOnlyList<Migration>> MigrateAsync(IReadOnlyList<Migration> program, CancellationToken stop)
    {
        List<Migration> ran = [];
        while (await StepAsync(program, stop) is { } migration)
        {
            ran.Add(migration);
            LogMigrated(migration, database.Place);
        }
        return ran;
    }

    /// <summary>Runs the next migration; null where none is left.</summary>
    private Task<Migration?> StepAsync(IReadOnlyList<Migration> program, CancellationToken stop) =>
        database.WriteAsync(
            async transaction =>
            {
                DbConnection connection = transaction.Connection!;
                await database.LockMigrationsAsync(transaction, stop);
                await connection.ExecuteAsync(
                    database.Translate(
                        "CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)"),
                    transaction: transaction);
                AppliedMigration[] applied = [.. await connection.QueryAsync<AppliedMigration>(
                    "SELECT number, name, checksum FROM schema_migrations ORDER BY number", transaction: transaction)];
                if (SchemaComparison.Fault(program, applied) is { } fault)
                {
                    throw new SchemaMismatchException(database.Place, fault);
                }
                if (program.ElementAtOrDefault(applied.Length) is not { } next)
                {
                    return null;
                }
                await connection.ExecuteAsync(new CommandDefinition(
                    database.Translate(next.Sql), transaction: transaction, commandTimeout: 0, cancellationToken: stop));
                await connection.ExecuteAsync(
                    "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (@Number, @Name, @Checksum, @At)",
                    new { next.Number, next.Name, next.Checksum, At = time.GetUtcNow() },
                    transaction);
                return next;
            },
            stop);

    [LoggerMessage(Level = LogLevel.Information, Message = "Migration {Migration} ran on the database at {Place}")]
    private partial void LogMigrated(Migration migration, string place);
}

/// <summary>A row of <c>schema_migrations</c>.</summary>
internal sealed record AppliedMigration
{
    public int Number { get; init; }

    public string Name { get; init; } = "";

    public string Checksum { get; init; } = "";
}

/// <summary>The database's schema is not one that this program can bring to its own. Nothing was changed.</summary>
/// <param name="place">Which database.</param>
/// <param name="why">What differs, and what to do.</param>
public sealed class SchemaMismatchException(string place, string why) : Exception($"The schema of the database at {place} does not fit this program: {why}");

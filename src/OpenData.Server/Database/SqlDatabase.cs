using System.Data.Common;

namespace OpenData.Server.Database;

/// <summary>
/// The metadata database: SQLite where everything runs in one process, PostgreSQL where it does not. SQL stands beside the queries' callers
/// and is written so that both understand it; what cannot be is asked for here.
/// </summary>
public abstract class SqlDatabase
{
    /// <summary>Names the database for messages and logs, without secrets.</summary>
    public abstract string Place { get; }

    /// <summary>Opens a connection for reading and writing; the caller disposes it.</summary>
    /// <exception cref="DatabaseUnavailableException">Says which database, where, and what to look at.</exception>
    public abstract Task<DbConnection> OpenAsync(CancellationToken stop);

    /// <summary>
    /// Begins a transaction that will write. On SQLite it takes the write lock at once, so that it cannot fail half-way for another writer.
    /// </summary>
    public abstract Task<DbTransaction> BeginWriteAsync(DbConnection connection, CancellationToken stop);

    /// <summary>True where the exception says that a unique constraint was broken.</summary>
    public abstract bool IsDuplicate(DbException exception);
}

/// <summary>The database cannot be used.</summary>
/// <param name="place">Which database.</param>
/// <param name="why">What failed and what to look at.</param>
/// <param name="inner">The cause.</param>
public sealed class DatabaseUnavailableException(string place, string why, Exception? inner = null)
    : IOException($"The database at {place} cannot be used: {why}", inner)
{
    /// <summary>Which database.</summary>
    public string Place { get; } = place;
}

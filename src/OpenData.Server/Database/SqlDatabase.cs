using System.Data.Common;
using Dapper;

namespace OpenData.Server.Database;

/// <summary>
/// The metadata database: SQLite where everything runs in one process, PostgreSQL where it does not. SQL stands beside the queries' callers
/// (Dapper) and one text runs on both. The conventions that make this so:
/// <list type="bullet">
/// <item>Column types are <c>TEXT</c> (ordered by code point: on PostgreSQL the migrator gives it <c>COLLATE "C"</c>), <c>BIGINT</c>,
/// <c>BYTEA</c>, <c>BOOLEAN</c> and <c>DOUBLE PRECISION</c>, and no others. JSON is <c>TEXT</c>; enumerations are their lower-case names.</item>
/// <item>Times are <c>BIGINT</c>: microseconds since 1970-01-01 UTC, a <see cref="DateTimeOffset"/> in C#. They order, subtract and divide
/// into hours alike on both. What is finer than a microsecond is cut off: cut it off before comparing (<see cref="SqlTime.Truncate"/>). To read one by eye:
/// <c>to_timestamp(at / 1e6)</c>, <c>datetime(at / 1e6, 'unixepoch')</c>.</item>
/// <item>Days are <c>TEXT</c> <c>yyyy-MM-dd</c>, a <see cref="DateOnly"/> in C#; digests are <c>BYTEA</c>, a <see cref="Format.Sha256Digest"/> in C#.</item>
/// <item>Ids are made by the application: <c>Guid.CreateVersion7(time.GetUtcNow()).ToString("N")</c>, or a counter in a row of its own,
/// raised by <c>UPDATE … SET n = n + 1 RETURNING n</c>. There are no identity columns and no sequences.</item>
/// <item>A row is read into a <c>sealed record</c> with <c>{ get; init; }</c> properties and no constructor parameters, columns in snake case
/// as they are (<c>published_at</c> goes into <c>PublishedAt</c>): Dapper matches constructor parameters by the exact type of the column,
/// and SQLite has but one integer type; with properties it converts to <c>int</c>, <c>bool</c> and the handled types on both.</item>
/// <item>Parameters are <c>@name</c>; there are no lists (<c>IN @names</c> fails on PostgreSQL): ask with the condition that found them. An upsert is <c>INSERT … ON CONFLICT (…) DO UPDATE SET …</c>. <c>RETURNING</c> works on both.
/// <c>LIKE</c> differs in case: compare <c>lower(a)</c> with a lower-case pattern. Pages go by key (<c>WHERE key > @after ORDER BY key LIMIT @limit</c>), never by <c>OFFSET</c>.</item>
/// <item>What is read in order to be changed is locked by changing it: <c>UPDATE</c> first, then <c>SELECT</c>. There is no <c>FOR UPDATE</c>. PostgreSQL
/// runs at READ COMMITTED; SQLite has one writer at a time.</item>
/// </list>
/// Migrations are <c>Database/Migrations/NNNN_name.sql</c>; see <see cref="Migrator"/>.
/// </summary>
public abstract class SqlDatabase : IAsyncDisposable
{
    static SqlDatabase() => SqlTypes.Register();

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

    /// <summary>One writing transaction: committed when <paramref name="work"/> returns, rolled back when it throws.</summary>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached.</exception>
    public async Task<T> WriteAsync<T>(Func<DbTransaction, Task<T>> work, CancellationToken stop)
    {
        await using DbConnection connection = await OpenAsync(stop);
        await using DbTransaction transaction = await BeginWriteAsync(connection, stop);
        T result = await work(transaction);
        // Once the commit is asked for its outcome must not be lost to a cancellation: the answer says what is true.
        await CommitAsync(transaction);
        return result;
    }

    /// <inheritdoc cref="WriteAsync{T}(Func{DbTransaction, Task{T}}, CancellationToken)"/>
    public Task WriteAsync(Func<DbTransaction, Task> work, CancellationToken stop) =>
        WriteAsync(
            async transaction =>
            {
                await work(transaction);
                return true;
            },
            stop);

    /// <summary>One statement in a transaction of its own, and with it what belongs to it, where it changed anything.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="values">Its parameters.</param>
    /// <param name="also">What else belongs to the same transaction (the line of the audit trail).</param>
    /// <param name="stop">Cancels.</param>
    /// <returns>False where it changed nothing.</returns>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached.</exception>
    public Task<bool> ChangeAsync(string sql, object values, Func<DbTransaction, Task> also, CancellationToken stop) => WriteAsync(
        async transaction =>
        {
            bool changed = await transaction.Connection!.ExecuteAsync(sql, values, transaction) > 0;
            if (changed)
            {
                await also(transaction);
            }
            return changed;
        },
        stop);

    /// <summary>Fails if the database does not answer.</summary>
    /// <exception cref="DatabaseUnavailableException">Says which database, where, and what to look at.</exception>
    public async Task ProbeAsync(CancellationToken stop)
    {
        await using DbConnection connection = await OpenAsync(stop);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = "SELECT 1";
        try
        {
            await command.ExecuteScalarAsync(stop);
        }
        catch (DbException e)
        {
            throw new DatabaseUnavailableException(Place, Why(e), e);
        }
    }

    /// <summary>The moment at which what a transaction wrote becomes true: here tests let processes die.</summary>
    internal virtual Task CommitAsync(DbTransaction transaction) => transaction.CommitAsync(CancellationToken.None);

    /// <summary>What an error means, and what to look at.</summary>
    private protected abstract string Why(Exception e);

    /// <summary>Puts a migration's text, written in the types above, into the words of this database.</summary>
    internal abstract string Translate(string migration);

    /// <summary>Within a writing transaction: waits until no other program migrates, and keeps others waiting until the transaction ends.</summary>
    internal abstract Task LockMigrationsAsync(DbTransaction transaction, CancellationToken stop);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
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

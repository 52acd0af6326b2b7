using Microsoft.Extensions.Logging.Abstractions;
using OpenData.Server.Database;

namespace OpenData.Tests.Support;

/// <summary>A database of its own for one test, gone with this object.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly Func<ValueTask> _remove;
    private readonly Func<SqlDatabase> _open;

    private TestDatabase(Func<SqlDatabase> open, Func<ValueTask> remove)
    {
        _open = open;
        _remove = remove;
        Sql = open();
    }

    /// <summary>The database.</summary>
    public SqlDatabase Sql { get; }

    /// <summary>Another node on the same database; dispose it before this.</summary>
    public SqlDatabase OpenAnother() => _open();

    /// <summary>An SQLite file in a folder of its own, or a database of its own on the server; brought to the program's version unless told otherwise.</summary>
    public static async Task<TestDatabase> CreateAsync(DatabaseKind kind, bool migrate = true)
    {
        TestDatabase made = kind == DatabaseKind.Sqlite ? Sqlite() : await PostgresAsync();
        if (migrate)
        {
            await new Migrator(made.Sql, TimeProvider.System, NullLogger<Migrator>.Instance).MigrateAsync(CancellationToken.None);
        }
        return made;
    }

    public async ValueTask DisposeAsync()
    {
        await Sql.DisposeAsync();
        await _remove();
    }

    private static TestDatabase Sqlite()
    {
        TemporaryFolder folder = new();
        return new TestDatabase(() => new SqliteDatabase(Path.Combine(folder.Path, "opendata.db")), () =>
        {
            folder.Dispose();
            return ValueTask.CompletedTask;
        });
    }

    private static async Task<TestDatabase> PostgresAsync()
    {
        PostgresServer server = new();
        await server.InitializeAsync();
        return new TestDatabase(() => new PostgresDatabase(server.ConnectionString), async () => await server.DisposeAsync());
    }
}

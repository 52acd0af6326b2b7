using Microsoft.Extensions.Logging.Abstractions;
using OpenData.Server.Database;

namespace OpenData.Tests.Support;

/// <summary>A database of its own for one test, gone with this object.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly Func<ValueTask> _remove;
    private readonly Func<SqlDatabase> _open;

    private TestDatabase(Func<SqlDatabase> open, Func<ValueTask> remove, params (string Key, string Value)[] settings)
    {
        Settings = settings.ToDictionary(pair => "OpenData__Database__" + pair.Key, pair => pair.Value);
        _open = open;
        _remove = remove;
        Sql = open();
    }

    /// <summary>The database.</summary>
    public SqlDatabase Sql { get; }

    /// <summary>Environment variables that let the real program use this database.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; }

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
        string path = folder["opendata.db"];
        return new TestDatabase(
            () => new SqliteDatabase(path),
            () =>
            {
                folder.Dispose();
                return ValueTask.CompletedTask;
            },
            ("Provider", "sqlite"),
            ("Path", path));
    }

    private static async Task<TestDatabase> PostgresAsync()
    {
        PostgresServer server = new();
        await server.InitializeAsync();
        return new TestDatabase(
            () => new PostgresDatabase(server.ConnectionString),
            async () => await server.DisposeAsync(),
            ("Provider", "postgresql"),
            ("ConnectionString", server.ConnectionString));
    }
}

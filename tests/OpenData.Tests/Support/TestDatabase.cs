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
    public static Task<TestDatabase> CreateAsync(DatabaseKind kind, bool migrate = true) => kind == DatabaseKind.Sqlite ? SqliteAsync(migrate) : PostgresAsync(migrate);

    public async ValueTask DisposeAsync()
    {
        await Sql.DisposeAsync();
        await _remove();
    }

    private static async Task<TestDatabase> SqliteAsync(bool migrate)
    {
        // Whoever begins with nothing starts a program as users do, and on a disk.
        TemporaryFolder folder = migrate ? TemporaryFolder.InMemory() : new TemporaryFolder();
        string path = folder["opendata.db"];
        if (migrate)
        {
            await MigratedDatabase.WriteSqliteAsync(path);
        }
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

    private static async Task<TestDatabase> PostgresAsync(bool migrate)
    {
        PostgresServer server = new();
        await server.CreateAsync(migrate && TestServers.NoPostgres is null ? await MigratedDatabase.PostgresTemplateAsync() : null);
        return new TestDatabase(
            () => new PostgresDatabase(server.ConnectionString),
            async () => await server.DisposeAsync(),
            ("Provider", "postgresql"),
            ("ConnectionString", server.ConnectionString));
    }
}

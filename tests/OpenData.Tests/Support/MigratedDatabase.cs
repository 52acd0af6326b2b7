using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OpenData.Format;
using OpenData.Server.Database;

namespace OpenData.Tests.Support;

/// <summary>
/// A database at this program's version, made once and copied for each test: its migrations are a transaction each. That they run is shown by
/// <see cref="Database.MigratorTests"/> and by every server that is started as a process.
/// </summary>
internal static class MigratedDatabase
{
    /// <summary>The advisory lock of who makes the template, as other runs of the tests may on the same server.</summary>
    private const long TemplateLock = 0x54656D706C617465; // "Template"

    private static readonly SemaphoreSlim s_one = new(1);
    private static byte[]? s_sqlite;
    private static string? s_postgres;

    /// <summary>Writes a new SQLite file, with the rights that the program gives it.</summary>
    public static async Task WriteSqliteAsync(string path)
    {
        byte[] content = s_sqlite ?? await OnceAsync(async () => s_sqlite ??= await SqliteAsync());
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        await using FileStream file = new(path, options);
        await file.WriteAsync(content);
    }

    /// <summary>The name of the template on the tests' server; nobody can connect to it.</summary>
    public static async Task<string> PostgresTemplateAsync() => s_postgres ?? await OnceAsync(async () => s_postgres ??= await PostgresAsync());

    /// <summary>One at a time. What failed is tried again for the next test.</summary>
    private static async Task<T> OnceAsync<T>(Func<Task<T>> make)
    {
        await s_one.WaitAsync();
        try
        {
            return await make();
        }
        finally
        {
            s_one.Release();
        }
    }

    private static async Task<byte[]> SqliteAsync()
    {
        using TemporaryFolder folder = TemporaryFolder.InMemory();
        string path = folder["opendata.db"];
        await using (SqliteDatabase database = new(path))
        {
            await MigrateAsync(database);
        }
        Directory.GetFiles(folder.Path).ShouldHaveSingleItem("the last connection folds the log into the file");
        return await File.ReadAllBytesAsync(path);
    }

    private static async Task<string> PostgresAsync()
    {
        string name = "template_" + Sha256Digest.Of(Encoding.ASCII.GetBytes(string.Concat(Migration.OfThisProgram.Select(migration => migration.Checksum)))).ToString()[..16];
        await using NpgsqlConnection connection = await PostgresServer.ConnectAsync();
        await ExecuteAsync(connection, $"SELECT pg_advisory_lock({TemplateLock})"); // until the connection ends
        await using (NpgsqlCommand there = new("SELECT count(*) FROM pg_database WHERE datname = @name AND NOT datallowconn", connection) { Parameters = { new("name", name) } })
        {
            if (await there.ExecuteScalarAsync() is 1L)
            {
                return name;
            }
        }
        await ExecuteAsync(connection, $"DROP DATABASE IF EXISTS {name} WITH (FORCE)"); // left by one who was killed over it
        await ExecuteAsync(connection, $"CREATE DATABASE {name}");
        await using (PostgresDatabase database = new(PostgresServer.ConnectionStringOf(name)))
        {
            await MigrateAsync(database);
        }
        await ExecuteAsync(connection, $"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false");
        return name;
    }

    private static Task MigrateAsync(SqlDatabase database) => new Migrator(database, TimeProvider.System, NullLogger<Migrator>.Instance).MigrateAsync(CancellationToken.None);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

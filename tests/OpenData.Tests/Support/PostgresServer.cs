using Npgsql;

namespace OpenData.Tests.Support;

/// <summary>A fresh database on PostgreSQL for a test class: use it as a class fixture. It is dropped afterwards.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private readonly string name = "test_" + Guid.NewGuid().ToString("N");

    /// <summary>The connection string of the fresh database.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>An empty database.</summary>
    public Task InitializeAsync() => CreateAsync(template: null);

    /// <summary>A database that is a copy of another one.</summary>
    /// <param name="template">Its name; an empty one where null.</param>
    public async Task CreateAsync(string? template)
    {
        if (TestServers.NoPostgres is not null)
        {
            return; // the tests are skipped
        }
        await RunAsync($"create database {name}" + (template is null ? "" : $" template {template}"));
        ConnectionString = ConnectionStringOf(name);
    }

    public async Task DisposeAsync()
    {
        if (ConnectionString.Length > 0)
        {
            await RunAsync($"drop database {name} with (force)");
        }
    }

    /// <summary>How to reach a database of the tests' server.</summary>
    internal static string ConnectionStringOf(string database) => new NpgsqlConnectionStringBuilder(Server) { Database = database }.ConnectionString;

    /// <summary>A connection to the server's own database, not pooled: an idle one would outlive the test class.</summary>
    internal static async Task<NpgsqlConnection> ConnectAsync()
    {
        NpgsqlConnection connection = new(new NpgsqlConnectionStringBuilder(Server) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static string Server =>
        TestServers.Postgres ?? throw new InvalidOperationException("OPENDATA_TEST_POSTGRES is not set but servers are required: see tests/servers.sh");

    private static async Task RunAsync(string sql)
    {
        await using NpgsqlConnection connection = await ConnectAsync();
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

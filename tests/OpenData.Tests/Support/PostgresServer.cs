using Npgsql;

namespace OpenData.Tests.Support;

/// <summary>A fresh database on PostgreSQL for a test class: use it as a class fixture. It is dropped afterwards.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private readonly string name = "test_" + Guid.NewGuid().ToString("N");

    /// <summary>The connection string of the fresh database.</summary>
    public string ConnectionString { get; private set; } = "";

    public async Task InitializeAsync()
    {
        if (TestServers.NoPostgres is not null)
        {
            return; // the tests are skipped
        }
        await RunAsync($"create database {name}");
        ConnectionString = new NpgsqlConnectionStringBuilder(Server) { Database = name }.ConnectionString;
    }

    public async Task DisposeAsync()
    {
        if (ConnectionString.Length > 0)
        {
            await RunAsync($"drop database {name} with (force)");
        }
    }

    private static string Server =>
        TestServers.Postgres ?? throw new InvalidOperationException("OPENDATA_TEST_POSTGRES is not set but servers are required: see tests/servers.sh");

    private static async Task RunAsync(string sql)
    {
        // Not pooled: an idle connection to the server's own database would outlive the test class.
        await using NpgsqlConnection connection = new(new NpgsqlConnectionStringBuilder(Server) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

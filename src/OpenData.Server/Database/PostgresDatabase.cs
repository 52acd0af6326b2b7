using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Dapper;
using Npgsql;

namespace OpenData.Server.Database;

/// <summary>A PostgreSQL server, shared by any number of gateways and workers.</summary>
public sealed partial class PostgresDatabase : SqlDatabase
{
    /// <summary>The advisory lock that a migrating program holds: any number that nobody else in the database uses.</summary>
    private const long MigrationLock = 0x4F70656E44617461; // "OpenData"

    private readonly NpgsqlDataSource _source;

    /// <param name="connectionString">In Npgsql's form.</param>
    public PostgresDatabase(string connectionString)
    {
        NpgsqlConnectionStringBuilder settings = new(connectionString);
        settings.ApplicationName ??= "opendata";
        Place = string.Create(CultureInfo.InvariantCulture, $"postgresql://{settings.Username}@{settings.Host}:{settings.Port}/{settings.Database}");
        _source = NpgsqlDataSource.Create(settings);
    }

    /// <inheritdoc/>
    public override string Place { get; }

    /// <inheritdoc/>
    public override async Task<DbConnection> OpenAsync(CancellationToken stop)
    {
        try
        {
            return await _source.OpenConnectionAsync(stop);
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException)
        {
            throw new DatabaseUnavailableException(Place, Why(e), e);
        }
    }

    /// <inheritdoc/>
    public override async Task<DbTransaction> BeginWriteAsync(DbConnection connection, CancellationToken stop) =>
        await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, stop);

    /// <inheritdoc/>
    public override bool IsDuplicate(DbException exception) => exception is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await base.DisposeAsync();
    }

    internal override string Translate(string migration) => Text().Replace(migration, "TEXT COLLATE \"C\"");

    internal override Task LockMigrationsAsync(DbTransaction transaction, CancellationToken stop) =>
        transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "SELECT pg_advisory_xact_lock(@MigrationLock)", new { MigrationLock }, transaction, commandTimeout: 0, cancellationToken: stop));

    private protected override string Why(Exception e) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            "the server refuses the user or the password. Look at Username and Password of OpenData:Database:ConnectionString, and at the server's pg_hba.conf.",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } =>
            "the server has no database of this name. Make it (CREATE DATABASE …) or look at Database of OpenData:Database:ConnectionString.",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } p => $"the user may not connect to it: {p.MessageText}",
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } =>
            "the server has no connection left. Raise its max_connections, or lower 'Maximum Pool Size' in the connection string of each node.",
        PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow } => "the server is starting up or shutting down.",
        PostgresException p => $"the server says {p.SqlState}: {p.MessageText}",
        { InnerException: SocketException socket } => $"the server cannot be reached ({socket.Message}). Is it running, and are Host and Port right?",
        { InnerException: TimeoutException } or TimeoutException => "the server did not answer in time. Is it running, and are Host and Port right?",
        _ => e.Message,
    };

    [GeneratedRegex(@"\bTEXT\b", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Text();
}

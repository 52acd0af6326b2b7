using System.Data.Common;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OpenData.Server.Database;

/// <summary>
/// One file beside the data, for one process (others, such as the command line, may use it at the same time). Write-ahead log, so readers
/// never wait for the writer; every commit is flushed to the device (<c>synchronous=FULL</c>): with <c>NORMAL</c> acknowledged commits are
/// lost at a power cut.
/// </summary>
public sealed partial class SqliteDatabase : SqlDatabase
{
    /// <summary>How long a writer waits for another one before it fails.</summary>
    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly string _connectionString;
    private readonly string _pragmas;

    /// <param name="path">The database file; it and its folder are made where they are missing.</param>
    public SqliteDatabase(string path)
    {
        _path = Path.GetFullPath(path);
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            ForeignKeys = true,
            DefaultTimeout = (int)BusyTimeout.TotalSeconds,
        }.ToString();
        _pragmas = $"PRAGMA busy_timeout={BusyTimeout.TotalMilliseconds:0}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;";
    }

    /// <inheritdoc/>
    public override string Place => _path;

    /// <inheritdoc/>
    public override async Task<DbConnection> OpenAsync(CancellationToken stop)
    {
        SqliteConnection connection = new(_connectionString);
        try
        {
            MakePrivate();
            await connection.OpenAsync(stop);
            // Journal mode is a property of the file, the rest of the connection; pooled ones are told again, which costs microseconds.
            await using SqliteCommand pragmas = connection.CreateCommand();
            pragmas.CommandText = _pragmas;
            await pragmas.ExecuteNonQueryAsync(stop);
            return connection;
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            await connection.DisposeAsync();
            throw new DatabaseUnavailableException(Place, Why(e), e);
        }
    }

    /// <inheritdoc/>
    public override Task<DbTransaction> BeginWriteAsync(DbConnection connection, CancellationToken stop)
    {
        // SQLite is synchronous to the core: a wait for the lock must not hold one of the callers' threads while they hold others up.
        return Task.Run<DbTransaction>(() => ((SqliteConnection)connection).BeginTransaction(deferred: false), stop);
    }

    /// <inheritdoc/>
    public override bool IsDuplicate(DbException exception) =>
        exception is SqliteException { SqliteExtendedErrorCode: raw.SQLITE_CONSTRAINT_UNIQUE or raw.SQLITE_CONSTRAINT_PRIMARYKEY };

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        // The last connection that closes folds the log into the file.
        using (SqliteConnection connection = new(_connectionString))
        {
            SqliteConnection.ClearPool(connection);
        }
        return base.DisposeAsync();
    }

    internal override string Translate(string migration) =>
        Words().Replace(migration, word => word.Value == "BIGINT" ? "INTEGER" : "BLOB");

    // BEGIN IMMEDIATE holds the only write lock there is.
    internal override Task LockMigrationsAsync(DbTransaction transaction, CancellationToken stop) => Task.CompletedTask;

    /// <summary>The database holds hashes of keys and the signing key: nobody else on the machine may read it. The log takes the file's rights.</summary>
    private void MakePrivate()
    {
        if (!File.Exists(_path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            FileStreamOptions options = new() { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }
            using FileStream made = new(_path, options);
        }
    }

    private protected override string Why(Exception e) => e switch
    {
        SqliteException { SqliteErrorCode: raw.SQLITE_NOTADB } => "the file is not a SQLite database. Is it the right path?",
        SqliteException { SqliteErrorCode: raw.SQLITE_CANTOPEN } => "the file cannot be opened or made. Look at the rights of the file and its folder.",
        SqliteException { SqliteErrorCode: raw.SQLITE_READONLY } => "the file or its folder is read-only for this user.",
        SqliteException { SqliteErrorCode: raw.SQLITE_FULL } => "the disk is full.",
        SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT } => "the file is damaged. Restore it from a backup, or recover it with 'sqlite3 opendata.db .recover'.",
        SqliteException { SqliteErrorCode: raw.SQLITE_BUSY or raw.SQLITE_LOCKED } => $"another program has held its lock for {BusyTimeout.TotalSeconds:0} s.",
        UnauthorizedAccessException => $"this user may not make or use its folder: {e.Message}",
        _ => e.Message,
    };

    [GeneratedRegex(@"\b(BIGINT|BYTEA)\b", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Words();
}

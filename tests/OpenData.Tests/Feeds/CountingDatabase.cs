using System.Data.Common;
using OpenData.Server.Database;

namespace OpenData.Tests.Feeds;

/// <summary>A database that counts how often it is asked for a connection.</summary>
internal sealed class CountingDatabase(SqlDatabase inner) : SqlDatabase
{
    private int _opened;

    public int Opened => Volatile.Read(ref _opened);

    public override string Place => inner.Place;

    public override Task<DbConnection> OpenAsync(CancellationToken stop)
    {
        Interlocked.Increment(ref _opened);
        return inner.OpenAsync(stop);
    }

    public override Task<DbTransaction> BeginWriteAsync(DbConnection connection, CancellationToken stop) => inner.BeginWriteAsync(connection, stop);

    public override bool IsDuplicate(DbException exception) => inner.IsDuplicate(exception);

    private protected override string Why(Exception e) => e.Message;

    internal override string Translate(string migration) => inner.Translate(migration);

    internal override Task LockMigrationsAsync(DbTransaction transaction, CancellationToken stop) => inner.LockMigrationsAsync(transaction, stop);

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }
}

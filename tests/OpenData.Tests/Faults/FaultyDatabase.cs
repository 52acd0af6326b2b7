using System.Data.Common;
using OpenData.Server.Database;

namespace OpenData.Tests.Faults;

/// <summary>A real database whose transactions can fail to begin or to commit, and whose connections break when the process dies.</summary>
internal sealed class FaultyDatabase(SqlDatabase inner, FaultPlan plan) : SqlDatabase
{
    public override string Place => inner.Place;

    public override Task<DbConnection> OpenAsync(CancellationToken stop)
    {
        plan.ThrowIfDead();
        return inner.OpenAsync(stop);
    }

    public override Task<DbTransaction> BeginWriteAsync(DbConnection connection, CancellationToken stop) =>
        plan.RunAsync("begin", () => inner.BeginWriteAsync(connection, stop));

    public override bool IsDuplicate(DbException exception) => inner.IsDuplicate(exception);

    internal override Task CommitAsync(DbTransaction transaction) => plan.RunAsync("commit transaction", () => inner.CommitAsync(transaction));

    internal override string Translate(string migration) => inner.Translate(migration);

    internal override Task LockMigrationsAsync(DbTransaction transaction, CancellationToken stop) => inner.LockMigrationsAsync(transaction, stop);

    private protected override string Why(Exception e) => e.Message;
}

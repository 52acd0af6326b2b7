using OpenData.Server.Scheduling;
using OpenData.Tests.Support;

namespace OpenData.Tests.Scheduling;

public sealed class DatasetLeaseTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(9);

    private readonly FakeTime _time = new();

    [Theory, OnSqlite, OnPostgres]
    public async Task One_dataset_has_one_holder_and_another_dataset_another(DatabaseKind kind)
    {
        await using TestDatabase db = await TestDatabase.CreateAsync(kind);
        await using DatasetLease? first = await TakeAsync(db, "CN-A");

        first.ShouldNotBeNull();
        (await TakeAsync(db, "CN-A")).ShouldBeNull();
        await using DatasetLease? other = await TakeAsync(db, "CN-B");
        other.ShouldNotBeNull();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_lease_given_back_is_free_at_once(DatabaseKind kind)
    {
        await using TestDatabase db = await TestDatabase.CreateAsync(kind);
        DatasetLease? first = await TakeAsync(db, "CN-A");
        await first!.DisposeAsync();

        await using DatasetLease? second = await TakeAsync(db, "CN-A");

        second.ShouldNotBeNull();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_holder_that_slept_through_its_lease_may_not_publish(DatabaseKind kind)
    {
        await using TestDatabase db = await TestDatabase.CreateAsync(kind);
        // The sleeper's clock stands still while the world's goes on.
        await using DatasetLease? sleeper = await DatasetLease.TryTakeAsync(db.Sql, new FakeTime(), Length, "CN-A", CancellationToken.None);
        await db.Sql.WriteAsync(sleeper!.CheckAsync, CancellationToken.None);
        _time.Advance(Length + TimeSpan.FromSeconds(1));
        await using DatasetLease? next = await TakeAsync(db, "CN-A");

        next.ShouldNotBeNull();
        await Should.ThrowAsync<LeaseLostException>(db.Sql.WriteAsync(sleeper.CheckAsync, CancellationToken.None));
        await db.Sql.WriteAsync(next.CheckAsync, CancellationToken.None);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_living_holder_keeps_its_lease_and_learns_when_it_is_lost(DatabaseKind kind)
    {
        await using TestDatabase db = await TestDatabase.CreateAsync(kind);
        await using DatasetLease? holder = await TakeAsync(db, "CN-A");
        DateTimeOffset first = await UntilAsync(db);
        _time.Advance(Length / 2); // past a third
        await Eventually.TrueAsync(async () => await UntilAsync(db) > first, "the lease is renewed");
        _time.Advance(Length * 0.6); // the first would have run out
        (await TakeAsync(db, "CN-A")).ShouldBeNull();

        await db.Sql.WriteAsync(
            transaction => Dapper.SqlMapper.ExecuteAsync(transaction.Connection!, "UPDATE dataset_leases SET number = number + 1", transaction: transaction),
            CancellationToken.None);

        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(Length / 3);
                return Task.FromResult(holder!.Lost.IsCancellationRequested);
            },
            "the holder learns that it lost the lease");
    }

    private static async Task<DateTimeOffset> UntilAsync(TestDatabase db)
    {
        await using System.Data.Common.DbConnection connection = await db.Sql.OpenAsync(CancellationToken.None);
        return await Dapper.SqlMapper.QuerySingleAsync<DateTimeOffset>(connection, "SELECT until FROM dataset_leases");
    }

    private Task<DatasetLease?> TakeAsync(TestDatabase db, string dataset) => DatasetLease.TryTakeAsync(db.Sql, _time, Length, dataset, CancellationToken.None);
}

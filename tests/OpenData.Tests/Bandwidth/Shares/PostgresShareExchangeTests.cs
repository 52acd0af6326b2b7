using System.Data.Common;
using Dapper;
using OpenData.Server.Gateway.Bandwidth.Shares;
using OpenData.Tests.Support;

namespace OpenData.Tests.Bandwidth.Shares;

public sealed class PostgresShareExchangeTests
{
    [PostgresFact]
    public async Task Nodes_read_each_others_newest_reports_until_they_leave()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(DatabaseKind.Postgresql);
        PostgresShareExchange one = new(database.Sql);
        PostgresShareExchange two = new(database.Sql);
        (await one.ExchangeAsync([1], CancellationToken.None)).ShouldBeEmpty();
        (await two.ExchangeAsync([2], CancellationToken.None)).ShouldHaveSingleItem().ShouldBe([1]);
        await one.ExchangeAsync([3, 4], CancellationToken.None);
        (await two.ExchangeAsync([], CancellationToken.None)).ShouldHaveSingleItem().ShouldBe([3, 4]);
        await one.LeaveAsync(CancellationToken.None);
        (await two.ExchangeAsync([], CancellationToken.None)).ShouldBeEmpty();
    }

    [PostgresFact]
    public async Task PostgreSQL_does_not_try_to_compress_reports()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(DatabaseKind.Postgresql);
        PostgresShareExchange one = new(database.Sql);
        byte[] report = new byte[40_000]; // it would be nothing, compressed
        await one.ExchangeAsync(report, CancellationToken.None);
        await using DbConnection connection = await database.Sql.OpenAsync(CancellationToken.None);
        (await connection.ExecuteScalarAsync<int>("SELECT pg_column_size(report) FROM bandwidth_reports")).ShouldBeGreaterThanOrEqualTo(report.Length);
    }

    [PostgresFact]
    public async Task A_report_that_is_no_longer_renewed_is_a_dead_nodes()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(DatabaseKind.Postgresql);
        PostgresShareExchange dead = new(database.Sql);
        PostgresShareExchange alive = new(database.Sql);
        await dead.ExchangeAsync([1], CancellationToken.None);
        (await alive.ExchangeAsync([2], CancellationToken.None)).Count.ShouldBe(1);
        await Eventually.TrueAsync(async () => (await alive.ExchangeAsync([2], CancellationToken.None)).Count == 0, "the dead node's report has grown old");
    }
}

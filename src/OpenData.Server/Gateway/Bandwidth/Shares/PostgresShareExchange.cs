using System.Data.Common;
using Dapper;
using OpenData.Server.Database;

namespace OpenData.Server.Gateway.Bandwidth.Shares;

/// <summary>
/// Reports in a table, one row for each node: one round trip for each node and second, whatever the number of accounts. The ages of reports are told by
/// the database's clock alone, so the nodes' own may differ.
/// </summary>
public sealed class PostgresShareExchange(SqlDatabase database) : ShareExchange
{
    private const string Now = "(extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT";

    private readonly string _node = Guid.NewGuid().ToString("N");

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<byte[]>> ExchangeAsync(byte[] report, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return (await connection.QueryAsync<byte[]>(new CommandDefinition(
            $"""
            INSERT INTO bandwidth_reports (node, at, report) VALUES (@node, {Now}, @report)
            ON CONFLICT (node) DO UPDATE SET at = excluded.at, report = excluded.report;
            SELECT report FROM bandwidth_reports WHERE node <> @node AND at > {Now} - @lifetime
            """,
            new { node = _node, report, lifetime = (long)Lifetime.TotalMicroseconds },
            commandTimeout: 2,
            cancellationToken: stop))).AsList();
    }

    /// <inheritdoc/>
    public override async Task LeaveAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        // And with it the rows of nodes that were killed.
        await connection.ExecuteAsync(new CommandDefinition(
            $"DELETE FROM bandwidth_reports WHERE node = @node OR at < {Now} - 3600000000", new { node = _node }, commandTimeout: 2, cancellationToken: stop));
    }
}

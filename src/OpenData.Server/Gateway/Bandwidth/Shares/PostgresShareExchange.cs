using System.Data.Common;
using Dapper;
using Npgsql;
using OpenData.Server.Database;

namespace OpenData.Server.Gateway.Bandwidth.Shares;

/// <summary>
/// Reports in a table, one row for each node: one statement for each node and second, whatever the number of accounts. The ages of reports are told by
/// the database's clock alone, so the nodes' own may differ.
/// </summary>
public sealed class PostgresShareExchange(SqlDatabase database) : ShareExchange
{
    private const string Now = "(extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT";

    private readonly string _node = Guid.NewGuid().ToString("N");
    private bool _isPrepared;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<byte[]>> ExchangeAsync(byte[] report, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        await PrepareAsync(connection, stop);
        return (await connection.QueryAsync<byte[]>(new CommandDefinition(
            $"""
            WITH mine AS (
                INSERT INTO bandwidth_reports (node, at, report) VALUES (@node, {Now}, @report)
                ON CONFLICT (node) DO UPDATE SET at = excluded.at, report = excluded.report
            )
            SELECT report FROM bandwidth_reports WHERE node <> @node AND at > {Now} - @lifetime
            """,
            new { node = _node, report, lifetime = (long)NodeDemand.Lifetime.TotalMicroseconds },
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

    /// <summary>Reports are mostly hashes: trying to compress them, as PostgreSQL does by itself, is three quarters of what an exchange costs it.</summary>
    private async Task PrepareAsync(DbConnection connection, CancellationToken stop)
    {
        if (_isPrepared)
        {
            return;
        }
        const string External = "SELECT attstorage = 'e' FROM pg_attribute WHERE attrelid = 'bandwidth_reports'::regclass AND attname = 'report'";
        if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition(External, commandTimeout: 2, cancellationToken: stop)))
        {
            try
            {
                await connection.ExecuteAsync(new CommandDefinition("ALTER TABLE bandwidth_reports ALTER COLUMN report SET STORAGE EXTERNAL", commandTimeout: 2, cancellationToken: stop));
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                // The table is another user's: it works as it is, for more of the database's time.
            }
        }
        _isPrepared = true;
    }
}

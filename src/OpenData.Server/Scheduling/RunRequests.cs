using System.Data.Common;
using Dapper;
using OpenData.Server.Database;

namespace OpenData.Server.Scheduling;

/// <summary>Datasets that a curator asked to be looked at now, on whichever node: a worker takes the request up within seconds.</summary>
public sealed class RunRequests(SqlDatabase database, TimeProvider time)
{
    /// <summary>Asks; asking again before it is taken up changes nothing.</summary>
    public async Task AskAsync(string dataset, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        await connection.ExecuteAsync(new CommandDefinition(
            "INSERT INTO run_requests (dataset, at) VALUES (@dataset, @now) ON CONFLICT (dataset) DO NOTHING", new { dataset, now = time.GetUtcNow() }, cancellationToken: stop));
    }

    /// <summary>Takes what was asked: each request goes to one worker.</summary>
    public async Task<IReadOnlyList<string>> TakeAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        // Mostly there is none, and reading takes no lock.
        return await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM run_requests") == 0
            ? []
            : (await connection.QueryAsync<string>(new CommandDefinition("DELETE FROM run_requests RETURNING dataset", cancellationToken: stop))).AsList();
    }
}

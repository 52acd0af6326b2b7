using System.Data.Common;
using Dapper;
using OpenData.Server.Database;

namespace OpenData.Server.Nodes;

/// <summary>The processes that serve and package on this database, each with its last sign of life.</summary>
public sealed class NodeStates(SqlDatabase database, TimeProvider time)
{
    private static readonly TimeSpan s_forgotten = TimeSpan.FromDays(1);

    /// <summary>All of them in order of their names, those that fell silent within the last day too.</summary>
    public async Task<IReadOnlyList<NodeState>> ListAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<NodeState>(new CommandDefinition(
            "SELECT node, roles, started_at, seen_at, streams, rate, link FROM nodes WHERE seen_at > @since ORDER BY node", new { since = time.GetUtcNow() - s_forgotten }, cancellationToken: stop))];
    }

    /// <summary>Says that a process lives; what fell silent more than a day ago is forgotten on the way.</summary>
    public async Task SignAsync(NodeState state, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO nodes (node, roles, started_at, seen_at, streams, rate, link) VALUES (@Node, @Roles, @StartedAt, @SeenAt, @Streams, @Rate, @Link)
            ON CONFLICT (node) DO UPDATE SET roles = @Roles, started_at = @StartedAt, seen_at = @SeenAt, streams = @Streams, rate = @Rate, link = @Link;
            DELETE FROM nodes WHERE seen_at < @old;
            """,
            new { state.Node, state.Roles, state.StartedAt, state.SeenAt, state.Streams, state.Rate, state.Link, old = state.SeenAt - s_forgotten },
            commandTimeout: 5,
            cancellationToken: stop));
    }

    /// <summary>An orderly end.</summary>
    public async Task LeaveAsync(string node, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        await connection.ExecuteAsync(new CommandDefinition("DELETE FROM nodes WHERE node = @node", new { node }, commandTimeout: 5, cancellationToken: stop));
    }
}

using OpenData.Server.Nodes;
using OpenData.Tests.Support;

namespace OpenData.Tests.Nodes;

public sealed class NodeStatesTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task Nodes_are_listed_with_their_last_sign_fall_silent_are_forgotten_and_leave(DatabaseKind kind)
    {
        FakeTime time = new();
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        NodeStates states = new(database.Sql, time);
        NodeState State(string node) => new() { Node = node, Roles = "gateway", StartedAt = time.GetUtcNow(), SeenAt = time.GetUtcNow(), Streams = 3, Rate = 5_000_000, Link = 10_000_000 };
        await states.SignAsync(State("b/1"), default);
        await states.SignAsync(State("a/1"), default);
        time.Advance(NodeState.Silence + TimeSpan.FromSeconds(1));
        await states.SignAsync(State("a/1"), default);

        IReadOnlyList<NodeState> nodes = await states.ListAsync(default);
        nodes.Select(node => (node.Node, node.IsSilent(time.GetUtcNow()), node.Load)).ShouldBe([("a/1", false, 0.5), ("b/1", true, 0.5)]);

        time.Advance(TimeSpan.FromDays(1));
        await states.SignAsync(State("a/1"), default);
        (await states.ListAsync(default)).ShouldHaveSingleItem().Node.ShouldBe("a/1");
        await states.LeaveAsync("a/1", default);
        (await states.ListAsync(default)).ShouldBeEmpty();
    }
}

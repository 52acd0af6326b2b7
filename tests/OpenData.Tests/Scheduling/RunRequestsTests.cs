using OpenData.Server.Scheduling;
using OpenData.Tests.Support;

namespace OpenData.Tests.Scheduling;

public sealed class RunRequestsTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task What_is_asked_on_one_node_is_taken_by_one_worker_once(DatabaseKind kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        RunRequests gateway = new(database.Sql, new FakeTime());
        await gateway.AskAsync("CN-A", CancellationToken.None);
        await gateway.AskAsync("CN-A", CancellationToken.None);
        await gateway.AskAsync("CN-B", CancellationToken.None);
        await using Server.Database.SqlDatabase another = database.OpenAnother();
        IReadOnlyList<string>[] taken = await Task.WhenAll(
            new RunRequests(database.Sql, new FakeTime()).TakeAsync(CancellationToken.None), new RunRequests(another, new FakeTime()).TakeAsync(CancellationToken.None));
        taken.SelectMany(each => each).ShouldBe(["CN-A", "CN-B"], ignoreOrder: true);
        (await gateway.TakeAsync(CancellationToken.None)).ShouldBeEmpty();
    }
}

using OpenData.Format;
using OpenData.Server.Releases;

namespace OpenData.Tests.Releases;

public sealed class ChangeTailTests
{
    [Fact]
    public void It_answers_only_what_it_knows_whole()
    {
        ChangeTail tail = new(10, Changes(11, 5));
        tail.After(9, 100).ShouldBeNull("what came before it was not kept");
        tail.After(10, 100)!.Select(change => change.Serial).ShouldBe([11, 12, 13, 14, 15]);
        tail.After(12, 2)!.Select(change => change.Serial).ShouldBe([13, 14]);
        tail.After(15, 100)!.ShouldBeEmpty();
        tail.After(16, 100).ShouldBeNull("what comes after it was not seen");
        new ChangeTail(0, []).After(0, 1)!.ShouldBeEmpty();
    }

    [Fact]
    public void It_forgets_the_oldest()
    {
        ChangeTail tail = new ChangeTail(0, []).With(Changes(1, 600)).With(Changes(601, 600));
        tail.Head.ShouldBe(1200);
        tail.Start.ShouldBe(200);
        tail.After(200, 5000)!.Count.ShouldBe(ChangeTail.Capacity);
        tail.After(199, 1).ShouldBeNull();
    }

    private static Change[] Changes(long first, int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Change(first + i, ChangeType.Published, "CN-PA-OPEN", "20240102", 1, DateTimeOffset.UnixEpoch))];
}

using OpenData.Format;
using OpenData.Mirror;
using OpenData.Mirror.Sync;
using OpenData.Tests.Support;

namespace OpenData.Tests.Mirror.Sync;

public sealed class WorkListTests
{
    private static readonly ReleaseId s_first = new("CN-PA-OPEN", "20240102", 1);
    private static readonly ReleaseId s_second = new("CN-PA-OPEN", "20240109", 1);
    private static readonly ReleaseId s_third = new("CN-PA-OPEN", "20240116", 1);

    /// <summary>A full disk: each release under way would ask the server, receive, and throw away what it received, to learn the same.</summary>
    [Fact]
    public async Task Where_nothing_can_succeed_all_that_is_under_way_stops_and_waits_again()
    {
        FakeTime time = new();
        WorkList work = new(new Todo([new(s_first.ToString(), 1, null), new(s_second.ToString(), 2, null), new(s_third.ToString(), 3, null)]), new Dictionary<string, Refusal>(), time);
        work.Resume();
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        await using IAsyncEnumerator<ReleaseId> ready = work.TakeAsync(patience.Token).GetAsyncEnumerator(patience.Token);
        CancellationToken first = await BeginAsync(s_first);
        CancellationToken second = await BeginAsync(s_second);
        CancellationToken third = await BeginAsync(s_third);

        work.Fail(s_first, MirrorException.Failed(new("the disk is full", "磁盘已满")), _ => TimeSpan.FromSeconds(5));
        work.PutBack();
        work.Settle(s_third); // It was past the point where it can be stopped.
        bool[] stopped = [first.IsCancellationRequested, second.IsCancellationRequested, third.IsCancellationRequested];
        work.End(s_third);
        work.End(s_second);
        work.End(s_first);

        stopped.ShouldBe([true, true, true]);
        (await BeginAsync(s_second)).IsCancellationRequested.ShouldBeFalse();
        work.Waiting.ShouldBe(1);
        work.Retry();
        Task<bool> more = ready.MoveNextAsync().AsTask();
        more.IsCompleted.ShouldBeFalse("what failed waits for its own next try");
        time.Advance(TimeSpan.FromSeconds(6));
        work.Retry();
        (await more).ShouldBeTrue();
        ready.Current.ShouldBe(s_first);

        async Task<CancellationToken> BeginAsync(ReleaseId expected)
        {
            (await ready.MoveNextAsync()).ShouldBeTrue();
            ready.Current.ShouldBe(expected);
            return work.Begin(expected, CancellationToken.None).ShouldNotBeNull();
        }
    }
}

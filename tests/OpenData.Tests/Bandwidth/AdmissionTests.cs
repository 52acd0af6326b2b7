using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Tests.Bandwidth;

public sealed class AdmissionTests
{
    private readonly Node _node = new();

    [Fact]
    public void One_download_more_than_the_tier_allows_is_refused_until_one_ends()
    {
        AccountPipe pipe = _node.Pipe("a", 10, streams: 2);
        Copier first = _node.Download(pipe, file: "x");
        _node.Download(pipe, file: "y");
        pipe.TryAdmit(new StreamIdentity("z"), out _).ShouldBeFalse();
        first.Stream.Dispose();
        first.Stream.Dispose();
        pipe.TryAdmit(new StreamIdentity("z"), out _).ShouldBeTrue();
        pipe.TryAdmit(new StreamIdentity("z"), out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Who_comes_too_many_waits_for_the_next_place_behind_those_who_came_before()
    {
        AccountPipe pipe = _node.Pipe("a", 10, streams: 1);
        pipe.TryAdmit(new StreamIdentity("running"), out PacedStream? running).ShouldBeTrue();
        Task<PacedStream?> first = pipe.AdmitAsync(new StreamIdentity("first"), CancellationToken.None).AsTask();
        Task<PacedStream?> second = pipe.AdmitAsync(new StreamIdentity("second"), CancellationToken.None).AsTask();
        running.Dispose();
        pipe.TryAdmit(new StreamIdentity("newcomer"), out _).ShouldBeFalse("the free place is the first one's");
        PacedStream? served = await first.WaitAsync(TimeSpan.FromSeconds(60));
        served!.Identity.File.ShouldBe("first");
        second.IsCompleted.ShouldBeFalse();
        served.Cancel(CancelReason.Withdrawn);
        (await second.WaitAsync(TimeSpan.FromSeconds(60)))!.Identity.File.ShouldBe("second", "what is cancelled needs its place no longer");
    }

    [Fact]
    public async Task Who_waits_too_long_is_refused_and_too_many_do_not_wait_at_all()
    {
        AccountPipe pipe = _node.Pipe("a", 10, streams: 1);
        pipe.TryAdmit(new StreamIdentity("running"), out PacedStream? running).ShouldBeTrue();
        using CancellationTokenSource gone = new();
        Task<PacedStream?>[] waiting = [.. Enumerable.Range(0, WaitingLine.Longest).Select(n => pipe.AdmitAsync(new StreamIdentity($"{n}"), n == 0 ? gone.Token : CancellationToken.None).AsTask())];
        (await pipe.AdmitAsync(new StreamIdentity("one too many"), CancellationToken.None)).ShouldBeNull();
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => waiting[0].WaitAsync(TimeSpan.FromSeconds(60)));
        running.Dispose();
        using PacedStream? served = await waiting[1].WaitAsync(TimeSpan.FromSeconds(60));
        served!.Identity.File.ShouldBe("1", "who has gone is no longer in the line");
        _node.Clock.Pass(new BandwidthOptions().PlaceWait.TotalSeconds + 1);
        foreach (Task<PacedStream?> late in waiting[2..])
        {
            (await late.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBeNull();
        }
    }

    [Fact]
    public void A_client_that_goes_on_where_its_download_broke_takes_the_dead_ones_place()
    {
        AccountPipe pipe = _node.Pipe("a", 10, streams: 2);
        Copier broken = _node.Download(pipe, file: "x", client: "192.0.2.1");
        Copier other = _node.Download(pipe, file: "y", client: "192.0.2.1");
        _node.Run(10);
        long reached = broken.Bytes;
        Copier resumed = _node.Download(pipe, file: "x", start: reached - 300_000, client: "192.0.2.1");
        broken.Ended.ShouldBe(CancelReason.Resumed);
        other.Ended.ShouldBe(CancelReason.None);
        _node.Run(5);
        resumed.Bytes.ShouldBeGreaterThan(2_500_000);
        pipe.Snapshot().Streams.Count.ShouldBe(2);
    }

    [Fact]
    public void A_client_that_asks_again_for_a_range_of_which_nothing_came_takes_the_dead_ones_place()
    {
        AccountPipe pipe = _node.Pipe("a", 10, streams: 1);
        Copier broken = _node.Download(pipe, file: "x", start: 5_000_000, client: "192.0.2.1");
        Copier again = _node.Download(pipe, file: "x", start: 5_000_000, client: "192.0.2.1");
        broken.Ended.ShouldBe(CancelReason.Resumed);
        again.Ended.ShouldBe(CancelReason.None);
    }

    [Fact]
    public void Segments_of_a_parallel_download_do_not_take_each_others_places()
    {
        AccountPipe pipe = _node.Pipe("a", 10, streams: 2);
        _node.Download(pipe, file: "x", client: "192.0.2.1");
        _node.Download(pipe, file: "x", start: 500_000_000, client: "192.0.2.1");
        _node.Run(5);
        pipe.TryAdmit(new StreamIdentity("x", 250_000_000, "192.0.2.1"), out _).ShouldBeFalse();
        pipe.TryAdmit(new StreamIdentity("x", 0, "192.0.2.1"), out _).ShouldBeFalse();
        pipe.TryAdmit(new StreamIdentity("x", 1_000_000, "192.0.2.9"), out _).ShouldBeFalse();
        pipe.Snapshot().Streams.Count.ShouldBe(2);
    }

    [Fact]
    public void A_download_whose_client_takes_nothing_gives_its_place_to_a_new_one_of_the_same_file()
    {
        AccountPipe pipe = _node.Pipe("a", 10, streams: 2);
        Copier stalled = _node.Download(pipe, speed: 0.001, file: "x", client: "192.0.2.1");
        _node.Download(pipe, file: "x", client: "192.0.2.1");
        _node.Run(1);
        pipe.TryAdmit(new StreamIdentity("x", 0, "198.51.100.7"), out _).ShouldBeFalse();
        _node.Run(2);
        pipe.TryAdmit(new StreamIdentity("y", 0, "198.51.100.7"), out _).ShouldBeFalse();
        pipe.TryAdmit(new StreamIdentity("x", 0, "198.51.100.7"), out _).ShouldBeTrue();
        stalled.Ended.ShouldBe(CancelReason.Resumed);
    }

    [Fact]
    public void A_client_that_takes_no_byte_for_the_idle_time_is_let_go()
    {
        AccountPipe pipe = _node.Pipe("a", 10);
        Copier idle = _node.Download(pipe, speed: 0.001);
        Copier busy = _node.Download(pipe);
        AccountPipe held = _node.Pipe("held", 0);
        Copier waiting = _node.Download(held);
        _node.Run(59, () => 0.02);
        idle.Ended.ShouldBe(CancelReason.None);
        _node.Run(3, () => 0.02);
        idle.Ended.ShouldBe(CancelReason.Idle);
        busy.Ended.ShouldBe(CancelReason.None);
        waiting.Ended.ShouldBe(CancelReason.None);
    }

    [Fact]
    public void A_sleeping_pacer_is_woken_to_look_after_downloads_that_never_wait()
    {
        bool woken = false;
        _node.Pacer.Woken += () => woken = true;
        _node.Pacer.Tick().ShouldBe(long.MaxValue);
        AccountPipe pipe = _node.Pipe("a", 100);
        pipe.TryAdmit(new StreamIdentity("x"), out PacedStream? stream).ShouldBeTrue();
        woken.ShouldBeTrue();
        ValueTask<int> grant = stream.GrantAsync(1000);
        grant.IsCompleted.ShouldBeTrue();
        _node.Pacer.Tick().ShouldBeLessThan(long.MaxValue);
    }

    [Fact]
    public void Suspension_ends_running_downloads_and_admits_none()
    {
        AccountPipe pipe = _node.Pipe("a", 10);
        Copier waiting = _node.Download(pipe);
        Copier sending = _node.Download(pipe, speed: 0.001);
        Copier other = _node.Download(_node.Pipe("b", 10));
        _node.Run(1);
        pipe.Suspend();
        waiting.Ended.ShouldBe(CancelReason.Suspended);
        sending.Ended.ShouldBe(CancelReason.Suspended);
        other.Ended.ShouldBe(CancelReason.None);
        pipe.TryAdmit(new StreamIdentity("x"), out _).ShouldBeFalse();
        pipe.Resume();
        pipe.TryAdmit(new StreamIdentity("x"), out _).ShouldBeTrue();
    }

    [Fact]
    public void A_withdrawn_file_is_sent_no_further_to_anybody()
    {
        Copier first = _node.Download(_node.Pipe("a", 10), file: "bad");
        Copier second = _node.Download(_node.Pipe("b", 10), file: "bad");
        Copier good = _node.Download(_node.Pipe("b", 10), file: "good");
        _node.Pacer.CancelWhere(stream => stream.File == "bad", CancelReason.Withdrawn);
        first.Ended.ShouldBe(CancelReason.Withdrawn);
        second.Ended.ShouldBe(CancelReason.Withdrawn);
        good.Ended.ShouldBe(CancelReason.None);
    }

    [Fact]
    public async Task A_cancelled_token_ends_the_wait_and_the_stream_can_ask_again_with_another()
    {
        AccountPipe pipe = _node.Pipe("a", 0);
        pipe.TryAdmit(new StreamIdentity("x"), out PacedStream? stream).ShouldBeTrue();
        using CancellationTokenSource stop = new();
        Task<int> pending = stream.GrantAsync(1, stop.Token).AsTask();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(pending);
        await Should.ThrowAsync<OperationCanceledException>(stream.GrantAsync(1, stop.Token).AsTask());
        pipe.SetRate(ByteRate.FromMegabits(1));
        _node.Tick(0.1);
        (await stream.GrantAsync(1)).ShouldBe(1);
    }

    [Fact]
    public async Task A_stream_asks_for_one_grant_at_a_time()
    {
        _node.Pipe("a", 0).TryAdmit(new StreamIdentity("x"), out PacedStream? stream).ShouldBeTrue();
        Task<int> pending = stream.GrantAsync(1).AsTask();
        Should.Throw<InvalidOperationException>(() => { _ = stream.GrantAsync(1).AsTask(); });
        stream.Dispose();
        await Should.ThrowAsync<ObjectDisposedException>(pending);
    }

    [Fact]
    public async Task A_pipe_that_was_forgotten_meanwhile_still_admits_and_is_found_again()
    {
        AccountPipe old = _node.Pipe("a", 10, streams: 1);
        _node.Run(30, () => 0.5);
        _node.Pacer.Find(old.Key).ShouldBeNull();
        old.TryAdmit(new StreamIdentity("x"), out PacedStream? stream).ShouldBeTrue();
        _node.Pipe("a", 10, streams: 1).TryAdmit(new StreamIdentity("y"), out _).ShouldBeFalse();
        (await stream.GrantAsync(1)).ShouldBe(1);
    }
}

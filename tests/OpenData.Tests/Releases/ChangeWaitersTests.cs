using OpenData.Server.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.Releases;

/// <summary>One timer and one list for all who wait.</summary>
public sealed class ChangeWaitersTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly ChangeWaiters _waiters;

    public ChangeWaitersTests() => _waiters = new ChangeWaiters(_time);

    public void Dispose() => _waiters.Dispose();

    [Fact]
    public async Task A_serial_ends_the_waits_for_lower_ones_only()
    {
        Task<bool>[] waits = [.. new long[] { 3, 5, 4, 9 }.Select(after => _waiters.WaitAsync(after, TimeSpan.FromMinutes(1), CancellationToken.None))];
        _waiters.EndBelow(5);
        (await waits[0]).ShouldBeTrue();
        (await waits[2]).ShouldBeTrue();
        waits[1].IsCompleted.ShouldBeFalse();
        waits[3].IsCompleted.ShouldBeFalse();
        _waiters.EndBelow(10);
        (await waits[1]).ShouldBeTrue();
        (await waits[3]).ShouldBeTrue();
    }

    [Fact]
    public async Task A_wait_ends_after_its_time_and_no_earlier_and_the_next_one_has_a_timer_again()
    {
        for (int round = 0; round < 2; round++)
        {
            Task<bool> brief = _waiters.WaitAsync(1, TimeSpan.FromSeconds(2), CancellationToken.None);
            Task<bool> longer = _waiters.WaitAsync(1, TimeSpan.FromSeconds(4), CancellationToken.None);
            _time.Advance(TimeSpan.FromSeconds(1.9));
            brief.IsCompleted.ShouldBeFalse();
            _time.Advance(TimeSpan.FromSeconds(0.4));
            (await brief).ShouldBeFalse();
            longer.IsCompleted.ShouldBeFalse();
            _time.Advance(TimeSpan.FromSeconds(2));
            (await longer).ShouldBeFalse();
            _time.Advance(TimeSpan.FromSeconds(2));
        }
    }

    [Fact]
    public async Task Who_has_gone_waits_no_longer_and_nobody_else_is_disturbed()
    {
        using CancellationTokenSource gone = new();
        Task<bool> first = _waiters.WaitAsync(1, TimeSpan.FromMinutes(1), CancellationToken.None);
        Task<bool> leaves = _waiters.WaitAsync(1, TimeSpan.FromMinutes(1), gone.Token);
        Task<bool> last = _waiters.WaitAsync(1, TimeSpan.FromMinutes(1), CancellationToken.None);
        await gone.CancelAsync();
        (await leaves).ShouldBeFalse();
        first.IsCompleted.ShouldBeFalse();
        last.IsCompleted.ShouldBeFalse();
        _waiters.EndBelow(2);
        (await first).ShouldBeTrue();
        (await last).ShouldBeTrue();
        (await _waiters.WaitAsync(1, TimeSpan.FromMinutes(1), gone.Token)).ShouldBeFalse();
    }

    [Fact]
    public async Task Nobody_waits_beyond_the_end()
    {
        Task<bool> wait = _waiters.WaitAsync(1, TimeSpan.FromMinutes(1), CancellationToken.None);
        _waiters.EndAll();
        (await wait).ShouldBeFalse();
        _waiters.Dispose();
        (await _waiters.WaitAsync(1, TimeSpan.FromMinutes(1), CancellationToken.None)).ShouldBeFalse();
    }

    [Fact]
    public async Task Thousands_who_come_go_and_are_woken_at_once_all_end_once()
    {
        using CancellationTokenSource gone = new();
        Task<bool>[][] parts = await Task.WhenAll(Enumerable.Range(0, 8).Select(part => Task.Run(() => Enumerable.Range(0, 500)
            .Select(i => _waiters.WaitAsync(i % 100, TimeSpan.FromSeconds(1 + (i % 7)), i % 5 == part % 5 ? gone.Token : CancellationToken.None))
            .ToArray())));
        await Task.WhenAll(Task.Run(() => _waiters.EndBelow(50)), Task.Run(gone.Cancel), Task.Run(() => _time.Advance(TimeSpan.FromSeconds(4))), Task.Run(() => _waiters.EndBelow(70)));
        _time.Advance(TimeSpan.FromSeconds(10));
        (await Task.WhenAll(parts.SelectMany(part => part)).WaitAsync(TimeSpan.FromSeconds(30))).Count(woken => woken).ShouldBeGreaterThan(0);
    }
}

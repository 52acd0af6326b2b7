using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Tests.Bandwidth;

public sealed class AccountPipeTests
{
    private readonly Node _node = new();

    [Theory]
    [InlineData(100, 1)]
    [InlineData(100, 4)]
    [InlineData(100, 16)]
    [InlineData(100, 32)]
    [InlineData(30, 8)]
    [InlineData(10, 2)]
    [InlineData(1.6, 1)]
    public void An_account_gets_its_rate_in_any_ten_seconds_however_many_streams_it_opens(double megabits, int streams)
    {
        AccountPipe pipe = _node.Pipe("a", megabits, streams);
        Copier[] copiers = [.. Enumerable.Range(0, streams).Select(_ => _node.Download(pipe))];
        _node.Run(25);
        double rate = megabits * 125_000;
        double now = _node.Clock.Seconds;
        for (double from = now - 25; from <= now - 10; from += 0.5)
        {
            (_node.Bytes("a", from, from + 10) / (rate * 10)).ShouldBeInRange(0.995, 1.005);
        }
        (_node.MostIn("a", 10) / (rate * 10)).ShouldBeLessThanOrEqualTo(1.005);
        (_node.MostIn("a", 1) / rate).ShouldBeLessThanOrEqualTo(1.05);
        Spread(copiers).ShouldBeLessThan(0.02);
    }

    [Fact]
    public void Streams_that_ask_for_little_at_a_time_get_the_same_share_as_those_that_ask_for_much()
    {
        AccountPipe pipe = _node.Pipe("a", 100);
        Copier[] copiers = [.. new[] { 700, 4_000, 65_536, int.MaxValue }.Select(size => _node.Download(pipe, want: () => size))];
        _node.Run(10);
        Spread(copiers).ShouldBeLessThan(0.02);
    }

    [Fact]
    public void What_slow_clients_leave_goes_to_the_others()
    {
        AccountPipe pipe = _node.Pipe("a", 100);
        Copier slow = _node.Download(pipe, speed: 500_000);
        Copier stalled = _node.Download(pipe, speed: 0.001);
        Copier[] fast = [_node.Download(pipe), _node.Download(pipe)];
        _node.Run(20);
        (_node.Bytes("a", 0, double.MaxValue) / (20 * 12_500_000.0)).ShouldBeInRange(0.995, 1.005);
        (slow.Bytes / (20 * 500_000.0)).ShouldBeInRange(0.93, 1.05, string.Join(' ', slow.Grants.Zip(slow.Grants.Skip(1), (a, b) => $"{b.At - a.At:0.000}:{b.Bytes}")));
        stalled.Bytes.ShouldBeLessThan(256 * 1024);
        Spread(fast).ShouldBeLessThan(0.02);
    }

    [Fact]
    public void Late_ticks_are_made_up_for_without_breaking_the_promise_of_a_second()
    {
        AccountPipe pipe = _node.Pipe("a", 30);
        _node.Download(pipe);
        _node.Run(5);
        double before = _node.Clock.Seconds;
        _node.Tick(0.150);
        _node.Run(20);
        (_node.Bytes("a", before, before + 20) / (20 * 3_750_000.0)).ShouldBeInRange(0.998, 1.005);
        (_node.MostIn("a", 1) / 3_750_000.0).ShouldBeLessThanOrEqualTo(1.05);
    }

    [Fact]
    public void Ticks_of_a_busy_machine_keep_the_rate()
    {
        Random dice = Node.Dice(7);
        AccountPipe pipe = _node.Pipe("a", 30);
        _node.Download(pipe);
        _node.Run(20, () => dice.Next(40) == 0 ? 0.05 * dice.NextDouble() : 0.005 + (0.01 * dice.NextDouble()));
        (_node.Bytes("a", 0, double.MaxValue) / (20 * 3_750_000.0)).ShouldBeInRange(0.98, 1.02);
        (_node.MostIn("a", 1) / 3_750_000.0).ShouldBeLessThanOrEqualTo(1.05);
    }

    [Theory]
    [InlineData(30, 1)]
    [InlineData(8, 1)]
    [InlineData(100, 32)]
    public void Ticks_that_are_always_late_keep_the_rate_too(double megabits, int streams)
    {
        Random dice = Node.Dice(11);
        AccountPipe pipe = _node.Pipe("a", megabits);
        for (int i = 0; i < streams; i++)
        {
            _node.Download(pipe);
        }
        _node.Run(20, () => 0.005 + (0.055 * dice.NextDouble()));
        (_node.Bytes("a", 0, double.MaxValue) / (20 * megabits * 125_000)).ShouldBeInRange(0.98, 1.02);
        (_node.MostIn("a", 1) / (megabits * 125_000)).ShouldBeLessThanOrEqualTo(1.05);
    }

    [Fact]
    public void A_pause_banks_nothing_and_neither_does_coming_back()
    {
        AccountPipe pipe = _node.Pipe("a", 100);
        for (int round = 0; round < 5; round++)
        {
            Copier copier = _node.Download(pipe);
            double began = _node.Clock.Seconds;
            _node.Run(10);
            // What comes at once, 40 ms, and the rate; and in ten seconds half a percent.
            _node.Bytes("a", began - 0.001, began + 0.5).ShouldBeLessThanOrEqualTo((long)(0.540 * 12_500_000));
            _node.Bytes("a", began - 0.001, began + 10).ShouldBeLessThanOrEqualTo((long)(10.05 * 12_500_000));
            copier.Stream.Dispose();
            _node.Run(round == 3 ? 30 : 1);
        }
        _node.Pacer.Find(pipe.Key).ShouldNotBeNull();
        _node.Run(30);
        _node.Pacer.Find(pipe.Key).ShouldBeNull();
    }

    [Fact]
    public void Reconnecting_all_the_time_gains_nothing()
    {
        double began = _node.Clock.Seconds;
        for (int i = 0; i < 1000; i++)
        {
            Copier copier = _node.Download(_node.Pipe("a", 10));
            _node.Run(0.01);
            copier.Stream.Dispose();
        }
        (_node.Bytes("a", began - 1, _node.Clock.Seconds) / (10 * 1_250_000.0)).ShouldBeLessThanOrEqualTo(1.005);
    }

    [Fact]
    public void The_first_byte_is_allowed_at_once()
    {
        Copier copier = _node.Download(_node.Pipe("a", 10));
        copier.Bytes.ShouldBeGreaterThan(0);
        _node.Run(10);
        Copier second = _node.Download(_node.Pipe("a", 10));
        _node.Run(0.05);
        second.Bytes.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Another_tier_takes_effect_on_running_downloads()
    {
        AccountPipe pipe = _node.Pipe("a", 10);
        _node.Download(pipe);
        _node.Run(2);
        pipe.SetRate(ByteRate.FromMegabits(100));
        double changed = _node.Clock.Seconds;
        _node.Run(1);
        (_node.Bytes("a", changed, changed + 1) / 12_500_000.0).ShouldBeInRange(0.95, 1.05);
        pipe.SetRate(ByteRate.FromMegabits(1));
        changed = _node.Clock.Seconds;
        _node.Run(1);
        _node.Bytes("a", changed, changed + 1).ShouldBeInRange(110_000, 140_000);
        pipe.SetRate(new ByteRate(0));
        changed = _node.Clock.Seconds;
        _node.Run(1);
        _node.Bytes("a", changed, changed + 1).ShouldBe(0);
        pipe.SetRate(ByteRate.FromMegabits(100));
        _node.Run(1);
        _node.Bytes("a", changed, double.MaxValue).ShouldBeGreaterThan(11_000_000);
    }

    [Fact]
    public void A_share_of_the_rate_holds_on_this_node_until_it_is_lifted()
    {
        AccountPipe pipe = _node.Pipe("a", 100);
        Copier copier = _node.Download(pipe);
        pipe.SetShare(ByteRate.FromMegabits(25));
        _node.Pipe("a", 100).Allowed.ShouldBe(ByteRate.FromMegabits(25));
        _node.Run(10);
        (copier.Bytes / (10 * 3_125_000.0)).ShouldBeInRange(0.995, 1.005);
        pipe.SetShare(null);
        pipe.Allowed.ShouldBe(ByteRate.FromMegabits(100));
    }

    [Fact]
    public async Task Bytes_given_back_can_be_sent_by_another_stream()
    {
        AccountPipe pipe = _node.Pipe("a", 10);
        pipe.TryAdmit(new StreamIdentity("x"), out PacedStream? stream).ShouldBeTrue();
        int bytes = await stream.GrantAsync(100_000);
        long before = pipe.Snapshot().Granted;
        stream.Return(bytes);
        pipe.Snapshot().Granted.ShouldBe(before - bytes);
        stream.Return(bytes);
        pipe.Snapshot().Granted.ShouldBe(before - bytes);
        Task<int> again = stream.GrantAsync(100_000).AsTask();
        again.IsCompleted.ShouldBeTrue();
        (await again).ShouldBe(bytes);
    }

    [Fact]
    public void A_snapshot_tells_allowed_and_achieved_rates()
    {
        AccountPipe pipe = _node.Pipe("a", 80);
        Copier[] copiers = [_node.Download(pipe), _node.Download(pipe)];
        _node.Run(6);
        PipeSnapshot snapshot = pipe.Snapshot();
        snapshot.Allowed.ShouldBe(ByteRate.FromMegabits(80));
        snapshot.Achieved.MegabitsPerSecond.ShouldBeInRange(78, 82);
        snapshot.HasDemand.ShouldBeTrue();
        snapshot.Streams.Count.ShouldBe(2);
        snapshot.Streams[0].Achieved.MegabitsPerSecond.ShouldBeInRange(39, 41);
        snapshot.Streams.Sum(stream => stream.Granted).ShouldBe(copiers.Sum(copier => copier.Bytes));
    }

    internal static double Spread(IEnumerable<Copier> copiers)
    {
        double mean = copiers.Average(copier => copier.Bytes);
        return copiers.Max(copier => Math.Abs(copier.Bytes - mean)) / mean;
    }
}

using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Tests.Bandwidth;

/// <summary>Real threads: grants, cancels, disposals and changes of rate race each other.</summary>
public sealed class PacerStressTests
{
    [Fact]
    public async Task Every_wait_ends_exactly_once_whoever_ends_it()
    {
        await using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        BandwidthOptions options = new() { Tick = TimeSpan.FromMilliseconds(1) };
        Pacer pacer = new(options, TimeProvider.System, NullLogger<Pacer>.Instance);
        using PacerLoop loop = new(pacer, options, TimeProvider.System, new BandwidthMetrics(services.GetRequiredService<IMeterFactory>(), pacer));
        await loop.StartAsync(CancellationToken.None);
        using CancellationTokenSource end = new();
        long granted = 0;
        long rounds = 0;

        async Task Client(int seed)
        {
            Random dice = new(seed);
            await Task.Yield();
            while (Interlocked.Increment(ref rounds) < 4_000)
            {
                AccountPipe pipe = pacer.Pipe(new PipeKey("a" + dice.Next(3)), new PipeLimits(ByteRate.FromMegabits(200), 1000, "t" + dice.Next(2)));
                pipe.TryAdmit(new StreamIdentity("f"), out PacedStream? stream).ShouldBeTrue();
                using CancellationTokenSource stop = new();
                Task killer = Task.Run(async () =>
                {
                    for (int i = dice.Next(60); i > 0; i--)
                    {
                        await Task.Yield();
                    }
                    switch (seed % 4)
                    {
                        case 0: await stop.CancelAsync(); break;
                        case 1: stream.Cancel(CancelReason.Withdrawn); break;
                        case 2: pipe.SetRate(ByteRate.FromMegabits(100 + dice.Next(100))); await stop.CancelAsync(); break;
                        default: stream.Dispose(); break;
                    }
                });
                try
                {
                    while (true)
                    {
                        int bytes = await stream.GrantAsync(1 + (seed * 997), stop.Token).ConfigureAwait(false);
                        bytes.ShouldBeInRange(1, 1 + (seed * 997));
                        Interlocked.Add(ref granted, bytes);
                        if (seed % 3 == 0)
                        {
                            await Task.Yield();
                        }
                    }
                }
                catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
                {
                    // Ended, in one of the four ways.
                }
                await killer;
                stream.Dispose();
            }
        }

        Task all = Task.WhenAll(Enumerable.Range(1, 16).Select(seed => Task.Run(() => Client(seed))));
        await all.WaitAsync(TimeSpan.FromSeconds(120));
        pacer.Read().Streams.ShouldBe(0);
        pacer.Read().Waiting.ShouldBe(0);
        // A grant that met its stream's end was still received: none is lost and none is counted twice.
        pacer.Read().Tiers.Sum(tier => tier.Granted).ShouldBe(granted);
        await loop.StopAsync(CancellationToken.None);
    }

    [Fact]
    public void A_grant_allocates_nothing()
    {
        Node node = new();
        AccountPipe pipe = node.Pipe("a", 100);
        for (int i = 0; i < 8; i++)
        {
            pipe.TryAdmit(new StreamIdentity("f"), out PacedStream? stream).ShouldBeTrue();
            _ = CopyAsync(stream);
        }
        node.Run(2);
        long before = GC.GetAllocatedBytesForCurrentThread();
        long granted = pipe.Granted;
        for (int i = 0; i < 1000; i++)
        {
            node.Clock.Pass(0.005);
            node.Pacer.Tick();
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        (pipe.Granted - granted).ShouldBeGreaterThan(60_000_000);
        allocated.ShouldBe(0);

        async Task CopyAsync(PacedStream stream)
        {
            using CancellationTokenSource stop = new();
            while (true)
            {
                await stream.GrantAsync(int.MaxValue, stop.Token).ConfigureAwait(false);
            }
        }
    }

    [Fact]
    public async Task A_stopping_node_ends_its_downloads()
    {
        await using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        BandwidthOptions options = new();
        Pacer pacer = new(options, TimeProvider.System, NullLogger<Pacer>.Instance);
        using PacerLoop loop = new(pacer, options, TimeProvider.System, new BandwidthMetrics(services.GetRequiredService<IMeterFactory>(), pacer));
        await loop.StartAsync(CancellationToken.None);
        pacer.Pipe(new PipeKey("a"), new PipeLimits(new ByteRate(0), 1)).TryAdmit(new StreamIdentity("f"), out PacedStream? stream).ShouldBeTrue();
        Task<int> pending = stream.GrantAsync(1).AsTask();
        await loop.StopAsync(CancellationToken.None);
        await Should.ThrowAsync<OperationCanceledException>(pending);
        stream.Cancelled.ShouldBe(CancelReason.Shutdown);
    }

    [Fact]
    public async Task A_waiting_grant_comes_without_anybody_ticking_by_hand()
    {
        await using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        BandwidthOptions options = new();
        Pacer pacer = new(options, TimeProvider.System, NullLogger<Pacer>.Instance);
        using PacerLoop loop = new(pacer, options, TimeProvider.System, new BandwidthMetrics(services.GetRequiredService<IMeterFactory>(), pacer));
        await loop.StartAsync(CancellationToken.None);
        pacer.Pipe(new PipeKey("a"), new PipeLimits(ByteRate.FromMegabits(10), 1)).TryAdmit(new StreamIdentity("f"), out PacedStream? stream).ShouldBeTrue();
        for (int i = 0; i < 20; i++)
        {
            (await stream.GrantAsync(4096).AsTask().WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(4096);
        }
        stream.Granted.ShouldBe(20 * 4096);
        stream.Sent.ShouldBe(19 * 4096);
        await loop.StopAsync(CancellationToken.None);
    }
}

using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Benchmarks.Bandwidth;

/// <summary>What a grant costs: the time of a tick in which every stream is granted one chunk and asks for the next, divided by the streams. Allocated must be 0.</summary>
[MemoryDiagnoser]
public class GrantBenchmarks
{
    private const int Grants = 10_000;
    private readonly StoppedClock _clock = new();
    private readonly CancellationTokenSource _stop = new();
    private Pacer _pacer = null!;
    private long _granted;
    private TimeSpan _step;

    [Params(1, 100, 10_000)]
    public int Streams { get; set; }

    [Params(1, 32)]
    public int StreamsOfAccount { get; set; }

    [GlobalSetup]
    public void Begin()
    {
        BandwidthOptions options = new() { LinkRate = RateBudget.MaxRate };
        _pacer = new Pacer(options, _clock, NullLogger<Pacer>.Instance);
        int each = Math.Min(StreamsOfAccount, Streams);
        for (int i = 0; i < Streams; i++)
        {
            AccountPipe pipe = _pacer.Pipe(new PipeKey("a" + (i / each)), new PipeLimits(ByteRate.FromMegabits(1), each, "t"));
            if (pipe.TryAdmit(new StreamIdentity("f"), out PacedStream? stream))
            {
                _ = CopyAsync(stream);
            }
        }
        // 8 KiB at 1 Mb/s for each account.
        _step = TimeSpan.FromSeconds(8192 / 125_000.0);
        for (int i = 0; i < 10; i++)
        {
            Tick();
        }
    }

    [Benchmark(OperationsPerInvoke = Grants)]
    public long Grant()
    {
        long until = _granted + Grants;
        while (_granted < until)
        {
            Tick();
        }
        return _granted;
    }

    private void Tick()
    {
        _clock.Now += _step.Ticks;
        _pacer.Tick();
    }

    private async Task CopyAsync(PacedStream stream)
    {
        while (true)
        {
            await stream.GrantAsync(int.MaxValue, _stop.Token).ConfigureAwait(false);
            _granted++;
        }
    }

    private sealed class StoppedClock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}

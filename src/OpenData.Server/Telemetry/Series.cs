using System.Diagnostics.Metrics;

namespace OpenData.Server.Telemetry;

/// <summary>One instrument with one set of labels: a number, or the buckets of a histogram. Safe for any number of threads.</summary>
internal sealed class Series(IReadOnlyList<double>? boundaries)
{
    /// <summary>The buckets of OpenTelemetry where an instrument advises none.</summary>
    private static readonly double[] s_standard = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private readonly Lock _lock = new();
    private readonly long[] _buckets = new long[(boundaries?.Count ?? s_standard.Length) + 1];
    private double _value;
    private long _count;

    /// <summary>Upper bounds of the buckets but the last, which has none.</summary>
    public IReadOnlyList<double> Boundaries { get; } = boundaries ?? s_standard;

    /// <summary>More of what is counted.</summary>
    public void Add(double amount)
    {
        lock (_lock)
        {
            _value += amount;
        }
    }

    /// <summary>What is so now.</summary>
    public void Set(double value)
    {
        lock (_lock)
        {
            _value = value;
        }
    }

    /// <summary>One more measurement of a distribution.</summary>
    public void Observe(double value)
    {
        int bucket = 0;
        while (bucket < Boundaries.Count && value > Boundaries[bucket])
        {
            bucket++;
        }
        lock (_lock)
        {
            _buckets[bucket]++;
            _value += value;
            _count++;
        }
    }

    /// <summary>The number, or the sum of a histogram, how many it is of, and its buckets.</summary>
    public (double Value, long Count, long[] Buckets) Read()
    {
        lock (_lock)
        {
            return (_value, _count, [.. _buckets]);
        }
    }

    /// <summary>Boundaries that an instrument advises.</summary>
    public static IReadOnlyList<double>? Advised(Instrument instrument) => instrument switch
    {
        Instrument<double> { Advice.HistogramBucketBoundaries: { } advised } => advised,
        Instrument<long> { Advice.HistogramBucketBoundaries: { } advised } => [.. advised.Select(bound => (double)bound)],
        Instrument<int> { Advice.HistogramBucketBoundaries: { } advised } => [.. advised.Select(bound => (double)bound)],
        _ => null,
    };
}

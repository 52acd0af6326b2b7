using System.Diagnostics.Metrics;

namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>The meter <c>OpenData.Bandwidth</c>.</summary>
public sealed class BandwidthMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "OpenData.Bandwidth";

    private readonly Histogram<double> _late;

    /// <summary>Creates the instruments; they read the pacer when they are collected.</summary>
    public BandwidthMetrics(IMeterFactory meters, Pacer pacer)
    {
        Meter meter = meters.Create(MeterName);
        meter.CreateObservableCounter(
            "opendata.bandwidth.granted", () => pacer.Read().Tiers.Select(tier => new Measurement<long>(tier.Granted, Tag(tier))), "By", "Bytes that downloads were allowed to send.");
        meter.CreateObservableCounter(
            "opendata.bandwidth.allowed", () => pacer.Read().Tiers.Select(tier => new Measurement<long>((long)tier.Allowed, Tag(tier))), "By", "Bytes that the tiers of accounts with running downloads would have allowed.");
        meter.CreateObservableGauge("opendata.bandwidth.streams", () => pacer.Read().Streams, "{download}", "Running downloads.");
        meter.CreateObservableGauge("opendata.bandwidth.waiting", () => pacer.Read().Waiting, "{download}", "Downloads that wait for bandwidth.");
        _late = meter.CreateHistogram<double>(
            "opendata.bandwidth.tick.lateness",
            "s",
            "How late the pacer woke.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5] });
    }

    internal void Late(TimeSpan late) => _late.Record(Math.Max(0, late.TotalSeconds));

    private static KeyValuePair<string, object?> Tag(TierTotals tier) => new("tier", tier.Tier);
}

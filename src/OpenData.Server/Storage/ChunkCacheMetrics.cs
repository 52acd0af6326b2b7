using System.Diagnostics.Metrics;

namespace OpenData.Server.Storage;

/// <summary>The meter <c>OpenData.Storage</c>: what a gateway reads from the bucket, and what it keeps of it.</summary>
internal static class ChunkCacheMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "OpenData.Storage";

    /// <summary>Creates the instruments; they ask the cache when they are collected.</summary>
    public static void Register(IMeterFactory meters, ChunkCache cache)
    {
        Meter meter = meters.Create(MeterName);
        meter.CreateObservableCounter("opendata.cache.fetched", () => cache.Fetched, "By", "Bytes that were read from the bucket into this gateway's cache");
        meter.CreateObservableGauge("opendata.cache.used", () => cache.Used, "By", "Bytes that the files of this gateway's cache take");
    }
}

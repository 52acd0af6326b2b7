using System.Diagnostics.Metrics;
using OpenData.Format;

namespace OpenData.Server.Releases.Scrubbing;

/// <summary>The meter <c>OpenData.Scrub</c>: what this process read and found. Labels have few different values: no file.</summary>
public sealed class ScrubMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "OpenData.Scrub";

    private long _stored;
    private long _bad;
    private long _rate;
    private double _oldest;

    /// <summary>Registers the instruments.</summary>
    public ScrubMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(MeterName);
        Files = meter.CreateCounter<long>("opendata.scrub.files", "{file}", "Stored files that were read to their ends, by what was found");
        Bytes = meter.CreateCounter<long>("opendata.scrub.bytes", "By", "Bytes of stored files that were read");
        BadBlocks = meter.CreateCounter<long>("opendata.scrub.bad_blocks", "{block}", "Blocks of 1 MiB that are not what was published");
        Repairs = meter.CreateCounter<long>("opendata.scrub.repairs", "{file}", "Files that were repaired, or could not be");
        meter.CreateObservableGauge("opendata.scrub.stored", () => Volatile.Read(ref _stored), "By", "Bytes of all files that are served");
        meter.CreateObservableGauge("opendata.scrub.bad", () => Volatile.Read(ref _bad), "{file}", "Files that are known to be damaged or missing, and are not served");
        meter.CreateObservableGauge("opendata.scrub.rate", () => Volatile.Read(ref _rate), "By/s", "The rate at which everything is read in time");
        meter.CreateObservableGauge("opendata.scrub.oldest", () => Volatile.Read(ref _oldest), "s", "How long ago the file was read that was not read for longest");
    }

    /// <summary>Files read; tag <c>result</c>.</summary>
    public Counter<long> Files { get; }

    /// <summary>Bytes read.</summary>
    public Counter<long> Bytes { get; }

    /// <summary>Blocks that differ.</summary>
    public Counter<long> BadBlocks { get; }

    /// <summary>Repairs; tag <c>outcome</c>.</summary>
    public Counter<long> Repairs { get; }

    /// <summary>What the gauges show from now on.</summary>
    internal void Show(ScrubTotals totals, ByteRate rate, DateTimeOffset now)
    {
        Volatile.Write(ref _stored, totals.Bytes);
        Volatile.Write(ref _bad, totals.Bad);
        Volatile.Write(ref _rate, rate.BytesPerSecond);
        Volatile.Write(ref _oldest, totals.Oldest is { } oldest ? Math.Max(0, (now - oldest).TotalSeconds) : 0);
    }
}

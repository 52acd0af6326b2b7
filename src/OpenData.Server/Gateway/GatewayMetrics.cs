using System.Diagnostics.Metrics;

namespace OpenData.Server.Gateway;

/// <summary>What the gateway counts. Labels have few different values: no account, no file.</summary>
public sealed class GatewayMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "OpenData.Gateway";

    /// <summary>Registers the instruments.</summary>
    public GatewayMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(MeterName);
        Downloads = meter.CreateCounter<long>("opendata.downloads", "{download}", "Downloads that ended, by how they ended");
        Bytes = meter.CreateCounter<long>("opendata.download.bytes", "By", "Bytes of response bodies handed to connections");
        FirstByte = meter.CreateHistogram<double>(
            "opendata.download.first_byte.duration", "s", "Time from a request to the first byte of its body being sent",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });
        FastLane = meter.CreateCounter<long>("opendata.fast_lane.responses", "{response}", "Responses that the fast lane sent");
        SendFile = meter.CreateCounter<long>("opendata.sendfile.responses", "{response}", "Responses whose bytes Kestrel's lane sent by sendfile");
        JournalLost = meter.CreateCounter<long>("opendata.journal.lost", "{download}", "Finished downloads that could not be kept for the journal");
        ConnectionsRefused = meter.CreateCounter<long>("opendata.connections.refused", "{connection}", "Connections closed at once because one client had too many");
    }

    /// <summary>Downloads that ended; tag <c>outcome</c>.</summary>
    public Counter<long> Downloads { get; }

    /// <summary>Bytes sent.</summary>
    public Counter<long> Bytes { get; }

    /// <summary>Seconds until the first byte.</summary>
    public Histogram<double> FirstByte { get; }

    /// <summary>Responses that did not pass through Kestrel's HTTP layer.</summary>
    public Counter<long> FastLane { get; }

    /// <summary>Responses that Kestrel began and the raw socket went on with.</summary>
    public Counter<long> SendFile { get; }

    /// <summary>Records lost.</summary>
    public Counter<long> JournalLost { get; }

    /// <summary>Connections refused.</summary>
    public Counter<long> ConnectionsRefused { get; }
}

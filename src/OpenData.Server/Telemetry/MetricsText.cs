using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace OpenData.Server.Telemetry;

/// <summary>
/// Listens to the meters of this host, and to those of the framework that belong to none, and writes what they say in the text format of Prometheus (version 0.0.4). An instrument keeps at most
/// <see cref="MaxSeries"/> sets of labels, so that a label with many values cannot fill the memory.
/// </summary>
public sealed class MetricsText : IDisposable
{
    /// <summary>The media type of the text.</summary>
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Most sets of labels of one instrument.</summary>
    public const int MaxSeries = 1000;

    private static readonly string[] s_meters = ["OpenData", "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http"];

    private readonly ConcurrentDictionary<Instrument, ConcurrentDictionary<string, Series>> _instruments = [];
    private readonly MeterListener _listener = new();

    /// <summary>Begins to listen; what was counted before is lost.</summary>
    public MetricsText(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (IsWanted(instrument.Meter.Name) && (instrument.Meter.Scope is null || instrument.Meter.Scope == meters))
            {
                _instruments.TryAdd(instrument, new ConcurrentDictionary<string, Series>(StringComparer.Ordinal));
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.MeasurementsCompleted = (instrument, _) => _instruments.TryRemove(instrument, out ConcurrentDictionary<string, Series>? _);
        _listener.SetMeasurementEventCallback<byte>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<short>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<float>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<decimal>((instrument, value, tags, _) => Take(instrument, (double)value, tags));
        _listener.Start();
    }

    /// <summary>Asks the observable instruments, and writes everything.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        StringBuilder text = new();
        foreach (IGrouping<string, (Instrument Instrument, ConcurrentDictionary<string, Series> Series)> metric in _instruments
            .Select(pair => (pair.Key, pair.Value))
            .Where(pair => !pair.Value.IsEmpty)
            .GroupBy(pair => PrometheusNames.Metric(pair.Key.Name, pair.Key.Unit, IsCounter(pair.Key)), StringComparer.Ordinal)
            .OrderBy(metric => metric.Key, StringComparer.Ordinal))
        {
            Instrument first = metric.First().Instrument;
            string type = IsHistogram(first) ? "histogram" : IsCounter(first) ? "counter" : "gauge";
            text.Append(CultureInfo.InvariantCulture, $"# HELP {metric.Key} {PrometheusNames.Help(first.Description ?? first.Name)}\n# TYPE {metric.Key} {type}\n");
            foreach ((string labels, Series series) in metric.SelectMany(pair => pair.Series).OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                Write(text, metric.Key, labels, series, IsHistogram(first));
            }
        }
        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private static void Write(StringBuilder text, string name, string labels, Series series, bool isHistogram)
    {
        (double value, long count, long[] buckets) = series.Read();
        if (!isHistogram)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {PrometheusNames.Number(value)}\n");
            return;
        }
        long below = 0;
        for (int i = 0; i < buckets.Length; i++)
        {
            below += buckets[i];
            double bound = i < series.Boundaries.Count ? series.Boundaries[i] : double.PositiveInfinity;
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{PrometheusNames.WithBound(labels, bound)} {below}\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"{name}_sum{labels} {PrometheusNames.Number(value)}\n{name}_count{labels} {count}\n");
    }

    private static bool IsWanted(string meter) => s_meters.Any(wanted => meter == wanted || meter.StartsWith(wanted + ".", StringComparison.Ordinal));

    private static bool IsHistogram(Instrument instrument) => TypeName(instrument) is "Histogram`1";

    private static bool IsCounter(Instrument instrument) => TypeName(instrument) is "Counter`1" or "ObservableCounter`1";

    private static string TypeName(Instrument instrument) => instrument.GetType().Name;

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!_instruments.TryGetValue(instrument, out ConcurrentDictionary<string, Series>? all))
        {
            return;
        }
        string labels = PrometheusNames.Labels(tags);
        if (!all.TryGetValue(labels, out Series? series))
        {
            if (all.Count >= MaxSeries)
            {
                return;
            }
            series = all.GetOrAdd(labels, _ => new Series(Series.Advised(instrument)));
        }
        if (IsHistogram(instrument))
        {
            series.Observe(value);
        }
        else if (instrument.IsObservable || TypeName(instrument) is "Gauge`1")
        {
            series.Set(value);
        }
        else
        {
            series.Add(value);
        }
    }
}

using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OpenData.Server;
using OpenData.Server.Storage;
using OpenData.Server.Telemetry;
using OpenData.Tests.Support;

namespace OpenData.Tests.Deploy;

/// <summary>Dashboard, alerts and scaling ask for metrics that the server has, under these very names.</summary>
public sealed partial class MetricNamesTests
{
    [Fact]
    public async Task Every_metric_of_dashboard_alerts_and_scaling_is_one_of_the_servers()
    {
        IReadOnlySet<string> known = await NamesAsync();
        known.ShouldContain("opendata_bandwidth_granted_bytes_total");
        using JsonDocument dashboard = JsonDocument.Parse(DeployFolder.Read("grafana/opendata.json"));
        string[] queries = [.. dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(panel => panel.TryGetProperty("targets", out _))
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!)];
        queries.Length.ShouldBeGreaterThan(15);
        string all = string.Join('\n', [.. queries, DeployFolder.Read("prometheus/alerts.yml"), DeployFolder.Read("kubernetes/adapter-rule.yaml").Replace("as: opendata_sent", "", StringComparison.Ordinal)]);
        string[] named = [.. Name().Matches(all).Select(match => match.Value).Distinct(StringComparer.Ordinal)];
        named.Length.ShouldBeGreaterThan(15);
        named.Where(name => !known.Contains(name)).ShouldBeEmpty();
    }

    /// <summary>The names of all instruments of a running server of both roles, and what a histogram adds to them.</summary>
    private static async Task<IReadOnlySet<string>> NamesAsync()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["deliveries"]); // workers look there at once
        await using WebApplication app = ServerApplication.Build(new ServerSettings(folder.Path, "http://127.0.0.1:0"), Roles.All);
        IMeterFactory meters = app.Services.GetRequiredService<IMeterFactory>();
        await app.PrepareAsync(CancellationToken.None);
        await app.StartAsync();
        using ChunkCache cache = ChunkCache.Open(folder["cache"], 1, TimeProvider.System, NullLogger<ChunkCache>.Instance); // there is none without a bucket
        ChunkCacheMetrics.Register(meters, cache);
        HashSet<string> names = [];
        using (MeterListener listener = new())
        {
            listener.InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Scope is null || instrument.Meter.Scope == meters)
                {
                    Type kind = instrument.GetType().GetGenericTypeDefinition();
                    string name = PrometheusNames.Metric(instrument.Name, instrument.Unit, kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>));
                    names.Add(name);
                    if (kind == typeof(Histogram<>))
                    {
                        names.UnionWith([name + "_bucket", name + "_sum", name + "_count"]);
                    }
                }
            };
            listener.Start();
        }
        await app.StopAsync();
        return names;
    }

    [GeneratedRegex(@"\b(opendata|dotnet|kestrel|http)_[a-z_]+\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Name();
}

using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenData.Format;
using OpenData.Server.Storage;
using OpenData.Tests.Gateway;
using OpenData.Tests.Support;

namespace OpenData.Tests.Telemetry;

public sealed partial class OperationsTests
{
    [Fact]
    public async Task A_node_is_alive_and_ready()
    {
        await using GatewayHost host = await GatewayHost.StartAsync();
        (await host.Client.GetStringAsync("/healthz")).ShouldBe("alive\n");
        (await host.Client.GetStringAsync("/readyz")).ShouldBe("ready\n");
    }

    [Fact]
    public async Task A_node_whose_store_is_away_is_alive_and_says_what_is_missing()
    {
        await using GatewayHost host = await GatewayHost.StartAsync();
        Directory.Delete(Path.Combine(host.Folder, "storage"), recursive: true);
        await File.WriteAllTextAsync(Path.Combine(host.Folder, "storage"), "no folder");
        (await host.Client.GetStringAsync("/healthz")).ShouldBe("alive\n");
        (HttpStatusCode status, Problem problem) = await host.ProblemAsync("/readyz");
        status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        problem.Detail!.ShouldContain("The store does not answer");
        problem.Detail!.ShouldNotContain("The database");
    }

    [Fact]
    public async Task A_store_that_hangs_makes_a_node_unready_in_time()
    {
        await using GatewayHost host = await GatewayHost.StartAsync(
            services => services.Replace(ServiceDescriptor.Singleton<BlobStore>(new HangingStore())),
            ("OpenData:Telemetry:ReadyTimeout", "00:00:03"));
        (HttpStatusCode status, Problem problem) = await host.ProblemAsync("/readyz");
        status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        problem.Detail.ShouldBe("The store did not answer within 3 s.");
    }

    [Fact]
    public async Task Metrics_are_text_that_Prometheus_reads()
    {
        await using GatewayHost host = await GatewayHost.StartAsync();
        (string path, byte[] archive) = await host.PublishRandomAsync(100_000);
        await host.Client.GetByteArrayAsync(path);
        string text = "";
        await Eventually.TrueAsync(
            async () => (text = await host.Client.GetStringAsync("/metrics")).Contains("opendata_downloads_total{outcome=\"complete\"} 1\n", StringComparison.Ordinal), "the download is counted");
        text.ShouldContain($"opendata_download_bytes_total {archive.Length}\n");
        text.ShouldContain("opendata_download_first_byte_duration_seconds_bucket{le=\"+Inf\"} 1\n");
        text.ShouldContain("# TYPE opendata_download_first_byte_duration_seconds histogram\n");
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldAllBe(line => line.StartsWith("# HELP ", StringComparison.Ordinal) || line.StartsWith("# TYPE ", StringComparison.Ordinal) || Sample().IsMatch(line));
        string[] series = [.. text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line[..line.LastIndexOf(' ')])];
        series.ShouldBeUnique();
    }

    [Theory]
    [InlineData("127.0.0.0/8", HttpStatusCode.OK)]
    [InlineData("10.0.0.0/8", HttpStatusCode.NotFound)]
    public async Task Metrics_are_for_the_networks_that_are_named(string network, HttpStatusCode expected)
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Telemetry:MetricsNetworks:0", network));
        (await host.SendAsync("/metrics")).StatusCode.ShouldBe(expected);
        (await host.SendAsync("/readyz")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Security_txt_is_there_where_somebody_is_named()
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Gateway:SecurityContact", "mailto:security@example.org"), ("OpenData:Gateway:PublicUrl", "https://data.example.org/"));
        string text = await host.Client.GetStringAsync("/.well-known/security.txt");
        text.ShouldStartWith("Contact: mailto:security@example.org\nExpires: ");
        text.ShouldContain("Canonical: https://data.example.org/.well-known/security.txt\n");
    }

    [Theory]
    [InlineData("OpenData:Gateway:PublicUrl", "ftp://example.org/")]
    [InlineData("OpenData:Gateway:Quarantine", "00:00:00")]
    [InlineData("OpenData:Gateway:EntryIndexes", "much")]
    [InlineData("OpenData:Gateway:SecurityContact", "nobody")]
    [InlineData("OpenData:Telemetry:ReadyTimeout", "1.00:00:00")]
    public async Task A_wrong_setting_stops_the_start_with_its_name(string name, string value) =>
        (await Should.ThrowAsync<Microsoft.Extensions.Options.OptionsValidationException>(async () => await GatewayHost.StartAsync((name, value)))).Message.ShouldContain(name);

    [Fact]
    public async Task A_network_for_metrics_that_is_none_stops_the_start_by_its_name() =>
        (await Should.ThrowAsync<Microsoft.Extensions.Options.OptionsValidationException>(GatewayHost.StartAsync(("OpenData:Telemetry:MetricsNetworks:0", "everybody")))).Message.ShouldContain("OpenData:Telemetry:MetricsNetworks has 'everybody'");

    [GeneratedRegex("""^[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*",?)*\})? (-?[0-9.]+(E[-+]?[0-9]+)?|[-+]Inf|NaN)$""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Sample();

    private sealed class HangingStore : BlobStore
    {
        public override string Place => "nowhere";

        public override Task ProbeAsync(CancellationToken stop) => Task.Delay(Timeout.Infinite, CancellationToken.None);

        public override Task<BlobWriter> CreateAsync(BlobKey key, CancellationToken stop) => throw new NotSupportedException();

        public override Task<BlobReader?> OpenAsync(BlobKey key, CancellationToken stop) => throw new NotSupportedException();

        public override IAsyncEnumerable<BlobInfo> ListAsync(string prefix, CancellationToken stop) => throw new NotSupportedException();

        public override Task DeleteAsync(BlobKey key, CancellationToken stop) => throw new NotSupportedException();

        public override Task<int> ClearUnfinishedAsync(TimeSpan olderThan, CancellationToken stop) => Task.FromResult(0);
    }
}

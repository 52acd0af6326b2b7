using System.Net;
using System.Text;
using Microsoft.Extensions.Options;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Proxies;
using IPNetwork = System.Net.IPNetwork;

namespace OpenData.Server.Telemetry;

/// <summary>Registers what the server tells of itself to those who run it.</summary>
public static class TelemetryServices
{
    /// <summary>Adds <see cref="MetricsText"/>, <see cref="Readiness"/> and the export, with the settings of <see cref="TelemetryOptions"/>.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<TelemetryOptions>().Bind(configuration.GetSection(TelemetryOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TelemetryOptions>, Validation>();
        services.AddMetrics();
        services.AddSingleton<MetricsText>();
        services.AddSingleton<Readiness>();
        services.AddHostedService<OtlpExport>();
        return services;
    }

    /// <summary>Maps <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>.</summary>
    public static IEndpointRouteBuilder MapTelemetry(this IEndpointRouteBuilder endpoints)
    {
        endpoints.ServiceProvider.GetRequiredService<MetricsText>(); // listens from here on, before anything is counted
        endpoints.MapGet("/healthz", () => TypedResults.Text("alive\n")).ExcludeFromDescription();
        endpoints.MapGet("/readyz", ReadyAsync).ExcludeFromDescription();
        IPNetwork[] readers = [.. endpoints.ServiceProvider.GetRequiredService<IOptions<TelemetryOptions>>().Value.MetricsNetworks.Select(TrustedProxies.Parse).OfType<IPNetwork>()];
        endpoints.MapGet("/metrics", (HttpContext http, MetricsText metrics) => Metrics(http, metrics, readers)).ExcludeFromDescription();
        return endpoints;
    }

    private static async Task<IResult> ReadyAsync(Readiness readiness, CancellationToken stop) =>
        await readiness.FaultsAsync(stop) is { Count: > 0 } faults ? Problems.Unavailable(string.Join(' ', faults)) : TypedResults.Text("ready\n");

    private static IResult Metrics(HttpContext http, MetricsText metrics, IPNetwork[] readers)
    {
        IPAddress? peer = http.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : http.Connection.RemoteIpAddress;
        return readers.Length > 0 && !(peer is not null && Array.Exists(readers, network => network.Contains(peer)))
            ? TypedResults.NotFound()
            : TypedResults.Text(metrics.Write(), MetricsText.MediaType, Encoding.UTF8);
    }

    private sealed class Validation : IValidateOptions<TelemetryOptions>
    {
        public ValidateOptionsResult Validate(string? name, TelemetryOptions options) =>
            options.Faults().ToArray() is { Length: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}

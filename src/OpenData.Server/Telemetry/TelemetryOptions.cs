using OpenData.Server.Gateway.Proxies;

namespace OpenData.Server.Telemetry;

/// <summary>What the server tells of itself. Configuration section <c>OpenData:Telemetry</c>.</summary>
public sealed record TelemetryOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "OpenData:Telemetry";

    /// <summary>Where metrics and traces are sent as OTLP over gRPC, such as <c>http://collector:4317</c>. Default: none, and nothing is sent.</summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>How long database and store may take to answer <c>/readyz</c>, 100 ms to 1 min; default 3 s.</summary>
    public TimeSpan ReadyTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Who may read <c>/metrics</c>: addresses or networks such as <c>10.1.0.0/16</c>; to others it is not there. Default: none is named, and everybody may.</summary>
    public IReadOnlyList<string> MetricsNetworks { get; init; } = [];

    /// <summary>What is wrong with these settings, each beginning with the setting's name.</summary>
    public IEnumerable<string> Faults()
    {
        if (OtlpEndpoint is { } endpoint && (!endpoint.IsAbsoluteUri || endpoint.Scheme is not ("http" or "https")))
        {
            yield return $"{Section}:OtlpEndpoint is '{endpoint.OriginalString}'; it must be an absolute http or https address.";
        }
        foreach (string network in MetricsNetworks.Where(network => TrustedProxies.Parse(network) is null))
        {
            yield return $"{Section}:MetricsNetworks has '{network}'; it must be an address or a network such as 10.1.0.0/16.";
        }
        if (ReadyTimeout < TimeSpan.FromMilliseconds(100) || ReadyTimeout > TimeSpan.FromMinutes(1))
        {
            yield return $"{Section}:ReadyTimeout is {ReadyTimeout}; it must be between 00:00:00.100 and 00:01:00.";
        }
    }
}

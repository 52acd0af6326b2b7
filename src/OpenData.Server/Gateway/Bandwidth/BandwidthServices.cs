using Microsoft.Extensions.DependencyInjection.Extensions;

namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>Registers the node's pacer.</summary>
public static class BandwidthServices
{
    /// <summary>Adds <see cref="Pacer"/> and the thread that drives it. A wrong setting stops the start with its name.</summary>
    public static IServiceCollection AddBandwidth(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton(BandwidthOptions.Read(configuration));
        services.AddSingleton<Pacer>();
        services.AddSingleton<BandwidthMetrics>();
        services.AddHostedService<PacerLoop>();
        return services;
    }
}

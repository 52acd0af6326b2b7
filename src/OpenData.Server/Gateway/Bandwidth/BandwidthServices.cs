using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenData.Server.Gateway.Bandwidth.Shares;

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
    /// <summary>Adds the exchange of demands with the other gateways. Only on PostgreSQL: SQLite serves one process. After <see cref="AddBandwidth"/>.</summary>
    public static IServiceCollection AddBandwidthShares(this IServiceCollection services, IConfiguration configuration)
    {
        if (string.Equals(configuration["OpenData:Database:Provider"], "postgresql", StringComparison.OrdinalIgnoreCase))
        {
            services.AddSingleton<BandwidthShares>();
            services.AddSingleton<ShareExchange, PostgresShareExchange>();
            services.AddHostedService<ShareRounds>();
        }
        return services;
    }
}

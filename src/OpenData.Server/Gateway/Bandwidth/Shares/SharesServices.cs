namespace OpenData.Server.Gateway.Bandwidth.Shares;

/// <summary>Registers what the gateways tell each other of their accounts; needs the pacer and the database.</summary>
public static class SharesServices
{
    /// <summary>Adds the exchange of demands with the other gateways. Only on PostgreSQL: SQLite serves one process.</summary>
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

namespace OpenData.Server.Feeds;

/// <summary>Registers what tells the world of releases; needs releases and the gateway.</summary>
public static class FeedsServices
{
    /// <summary>Adds <see cref="ChangeWatch"/>.</summary>
    public static IServiceCollection AddFeeds(this IServiceCollection services)
    {
        services.AddSingleton<ChangeWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<ChangeWatch>());
        return services;
    }

    /// <summary>Maps the folders below <c>/files/</c>, and the Metalinks in them.</summary>
    public static IEndpointRouteBuilder MapFeeds(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapDirectoryIndex();
        endpoints.MapMetalinks();
        return endpoints;
    }
}

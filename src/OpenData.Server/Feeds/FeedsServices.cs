using Microsoft.Extensions.Options;
using OpenData.Server.Feeds.Webhooks;
using OpenData.Server.Gateway.FastLane;

namespace OpenData.Server.Feeds;

/// <summary>Registers what tells the world of releases; needs the watch over their changes, and the gateway.</summary>
public static class FeedsServices
{
    /// <summary>Adds the change feed, the formats that catalogs and mirrors read, and what follows the feed, with the settings of <see cref="FeedsOptions"/>.</summary>
    public static IServiceCollection AddFeeds(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<FeedsOptions>().Bind(configuration.GetSection(FeedsOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<FeedsOptions>, Validation>();
        services.AddSingleton<ChangePages>();
        services.AddSingleton<ChangeStream>();
        services.AddSingleton<ChangeTimes>();
        services.AddSingleton<FeedIndexes>();
        services.AddSingleton<SignedHead>();
        services.AddSingleton<ILaneRoom, FeedLane>();
        services.AddSingleton<ReleaseMetadataReader>();
        services.AddSingleton<WebhookStore>();
        services.AddHostedService<WebhookSender>();
        return services;
    }

    /// <summary>Maps the change feed, the folders below <c>/files/</c>, the Metalinks in them, and feeds and catalogs at their well-known addresses.</summary>
    public static IEndpointRouteBuilder MapFeeds(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapChanges();
        endpoints.MapDirectoryIndex();
        endpoints.MapMetalinks();
        endpoints.MapCatalogs();
        endpoints.MapAtom();
        endpoints.MapResourceSync();
        endpoints.MapSitemaps();
        endpoints.MapWebhooks();
        return endpoints;
    }

    private sealed class Validation : IValidateOptions<FeedsOptions>
    {
        public ValidateOptionsResult Validate(string? name, FeedsOptions options) =>
            options.Faults().ToArray() is { Length: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}

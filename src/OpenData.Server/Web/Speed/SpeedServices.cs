using Microsoft.AspNetCore.OutputCaching;

namespace OpenData.Server.Web.Speed;

/// <summary>Makes public pages fast: compressed, and kept for a few seconds for those who are not signed in.</summary>
internal static class SpeedServices
{
    private const long MostBytes = 64 * 1024 * 1024;
    private const long LargestPage = 512 * 1024;
    private const string Policy = "pages";

    public static IServiceCollection AddSpeed(this IServiceCollection services)
    {
        PageCompression.Add(services);
        services.AddSingleton<KeptPages>();
        services.AddOutputCache(cache =>
        {
            cache.SizeLimit = MostBytes;
            cache.MaximumBodySize = LargestPage;
        });
        services.AddOptions<OutputCacheOptions>().Configure<KeptPages>((cache, pages) => cache.AddPolicy(Policy, pages));
        return services;
    }

    /// <summary>Kept pages are kept compressed: compression is within.</summary>
    public static IApplicationBuilder UseSpeed(this IApplicationBuilder site) => site.UseOutputCache().UseResponseCompression();

    /// <summary>Says of pages that they are the same for all who are not signed in.</summary>
    public static TBuilder KeepForReaders<TBuilder>(this TBuilder pages)
        where TBuilder : IEndpointConventionBuilder => pages.CacheOutput(Policy);
}

using Microsoft.Extensions.Options;

namespace OpenData.Server.Sources;

/// <summary>Registers the places where deliveries arrive.</summary>
public static class SourcesServices
{
    /// <summary>Adds the <see cref="SourceFactory"/> with section <see cref="SourcesOptions.Section"/>.</summary>
    public static IServiceCollection AddSources(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SourcesOptions>().Bind(configuration.GetSection(SourcesOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SourcesOptions>, SourcesOptionsCheck>();
        services.AddSingleton<SourceFactory>();
        return services;
    }
}

using Microsoft.Extensions.Options;

namespace OpenData.Server.Releases.Scrubbing;

/// <summary>Registers scrubbing; needs the database, the store and releases.</summary>
public static class ScrubServices
{
    /// <summary>Adds what reads and repairs stored files, with the settings of <see cref="ScrubOptions"/>.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="configuration">The program's settings.</param>
    /// <param name="worker">True where this process does so in the background.</param>
    public static IServiceCollection AddScrubbing(this IServiceCollection services, IConfiguration configuration, bool worker)
    {
        services.AddOptions<ScrubOptions>().Bind(configuration.GetSection(ScrubOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ScrubOptions>, Validation>();
        services.AddMetrics();
        services.AddSingleton<ScrubMetrics>();
        services.AddSingleton<ScrubLedger>();
        services.AddSingleton<StoredFileCheck>();
        services.AddSingleton<FileRepair>();
        services.AddSingleton<Scrub>();
        if (worker)
        {
            services.AddHostedService<ScrubService>();
        }
        return services;
    }

    private sealed class Validation : IValidateOptions<ScrubOptions>
    {
        public ValidateOptionsResult Validate(string? name, ScrubOptions options) =>
            options.Faults().ToArray() is { Length: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}

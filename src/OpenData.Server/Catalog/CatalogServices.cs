using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace OpenData.Server.Catalog;

/// <summary>Settings of the catalog, section <c>OpenData:Catalog</c>.</summary>
public sealed class CatalogOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "OpenData:Catalog";

    /// <summary>The catalog folder; by default the one that came with the program.</summary>
    public string Folder { get; set; } = Path.Combine(AppContext.BaseDirectory, "catalog");

    /// <summary>Seconds between two looks for changes, 1 to 3600; 2 by default.</summary>
    [Range(1, 3600)]
    public int RefreshSeconds { get; set; } = 2;

    /// <summary>Whether an edit that a curator makes on the site waits for a second curator; false by default.</summary>
    public bool ReviewEdits { get; set; }
}

/// <summary>Registration of the room.</summary>
public static class CatalogServices
{
    /// <summary>The catalog in force, and the watch over its folder.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="configuration">The program's settings.</param>
    /// <param name="cronFault">What is wrong with a cron expression, or null: the scheduler's word.</param>
    public static IServiceCollection AddCatalog(this IServiceCollection services, IConfiguration configuration, Func<string, string?> cronFault)
    {
        services.AddOptions<CatalogOptions>().Bind(configuration.GetSection(CatalogOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => new CurrentCatalog(
            provider.GetRequiredService<IOptions<CatalogOptions>>().Value.Folder,
            cronFault,
            provider.GetRequiredService<ILogger<CurrentCatalog>>()));
        services.AddSingleton<ICurrentCatalog>(provider => provider.GetRequiredService<CurrentCatalog>());
        services.AddHostedService<CatalogWatch>();
        return services;
    }
}

/// <summary>
/// Looks for a changed catalog every few seconds. Polling, because mounted shares and Kubernetes config maps do not tell of changes.
/// </summary>
internal sealed partial class CatalogWatch(CurrentCatalog catalog, IOptions<CatalogOptions> options, TimeProvider time, ILogger<CatalogWatch> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(options.Value.RefreshSeconds), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                catalog.Refresh();
            }
            catch (IOException e)
            {
                LogUnreadable(log, e.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The catalog could not be read just now and is tried again: {Why}")]
    private static partial void LogUnreadable(ILogger log, string why);
}

using Microsoft.Extensions.Options;

namespace OpenData.Server.Statistics;

/// <summary>Registration of the room: what was downloaded and looked at, summed up.</summary>
public static class StatisticsServices
{
    /// <summary>Adds the sums, their reading, and the service that keeps them; needs the database.</summary>
    public static IServiceCollection AddStatistics(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<StatisticsOptions>().Bind(configuration.GetSection(StatisticsOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<StatisticsOptions>, Validation>();
        services.AddSingleton<StatisticsRollup>();
        services.AddSingleton<StatisticsQueries>();
        services.AddSingleton<VisitCounter>();
        services.AddHostedService<StatisticsService>();
        return services;
    }

    private sealed class Validation : IValidateOptions<StatisticsOptions>
    {
        public ValidateOptionsResult Validate(string? name, StatisticsOptions options) =>
            options.Faults().ToArray() is { Length: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}

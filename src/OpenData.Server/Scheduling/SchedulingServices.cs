using Microsoft.Extensions.Options;
using OpenData.Server.Database;
using Quartz;

namespace OpenData.Server.Scheduling;

/// <summary>Registration of the room.</summary>
public static class SchedulingServices
{
    /// <summary>The pipeline for every process; the scheduler for workers.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="configuration">The program's settings.</param>
    /// <param name="worker">True where this process packages by schedule.</param>
    public static IServiceCollection AddScheduling(this IServiceCollection services, IConfiguration configuration, bool worker)
    {
        services.AddOptions<SchedulingOptions>().Bind(configuration.GetSection(SchedulingOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SchedulingOptions>, Validation>();
        services.AddSingleton<RunHistory>();
        services.AddSingleton<UpstreamTrust>();
        services.AddSingleton<UpstreamFetch>();
        services.AddSingleton<ImportReleases>();
        services.AddSingleton<PackageDataset>();
        services.AddSingleton<Redeliveries>();
        services.AddSingleton<RunRequests>();
        services.AddSingleton<RunNow>();
        services.AddSingleton<RebuildRelease>();
        services.AddSingleton<DueEditions>();
        services.AddSingleton<BackFiles>();
        services.AddSingleton<LateEditions>();
        services.AddSingleton<SchedulePauses>();
        services.AddSingleton<BackFileOrders>();
        if (worker)
        {
            AddQuartz(services, configuration);
        }
        return services;
    }

    private static void AddQuartz(IServiceCollection services, IConfiguration configuration)
    {
        SchedulingOptions options = configuration.GetSection(SchedulingOptions.Section).Get<SchedulingOptions>() ?? new();
        DatabaseOptions database = configuration.GetSection(DatabaseOptions.Section).Get<DatabaseOptions>() ?? new();
        services.AddQuartz(quartz =>
        {
            quartz.UseDefaultThreadPool(Math.Max(1, options.Parallel)); // a wrong setting is refused by its own name
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = "opendata";
                scheduler.GenerateInstanceId = true;
            });
            if (database.Provider == "postgresql")
            {
                quartz.UsePersistentStore(store => store
                    .UsePostgres(Npgsql.NpgsqlFactory.Instance, database.ConnectionString!)
                    .UseClustering(cluster =>
                    {
                        cluster.CheckinInterval = TimeSpan.FromSeconds(2);
                        cluster.CheckinMisfireThreshold = TimeSpan.FromSeconds(4);
                    })
                    .ProvisionSchema());
            }
            else
            {
                quartz.UseInMemoryStore();
            }
        });
        services.AddQuartzHostedService(hosted =>
        {
            // A run that is cut off is done again from its beginning to the same bytes: nothing is won by waiting for it.
            hosted.WaitForJobsToComplete = false;
            hosted.AwaitApplicationStarted = true;
        });
        services.AddSingleton<ScheduleSync>();
        services.AddHostedService(provider => provider.GetRequiredService<ScheduleSync>());
        services.AddHostedService<LateWatch>();
        services.AddHostedService<RequestWatch>();
        services.AddHostedService<BackFileWorker>();
    }

    private sealed class Validation : IValidateOptions<SchedulingOptions>
    {
        public ValidateOptionsResult Validate(string? name, SchedulingOptions options) =>
            options.Faults().ToArray() is { Length: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}

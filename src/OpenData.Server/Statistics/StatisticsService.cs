using System.Data.Common;
using Microsoft.Extensions.Options;
using OpenData.Server.Database;

namespace OpenData.Server.Statistics;

/// <summary>Sums up what is new every few seconds, and forgets every hour what is old. Where the database is away it tries again the next time.</summary>
public sealed partial class StatisticsService(
    StatisticsRollup rollup, VisitCounter visits, IOptions<StatisticsOptions> options, TimeProvider time, ILogger<StatisticsService> log) : BackgroundService
{
    private static readonly TimeSpan s_forgetting = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(options.Value.Interval, time);
        DateTimeOffset forgot = DateTimeOffset.MinValue;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                DateTimeOffset now = time.GetUtcNow();
                if (await TryAsync(stoppingToken) && now - forgot > s_forgetting)
                {
                    await TryAsync(() => rollup.ForgetAsync(now, stoppingToken));
                    forgot = now;
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops; what was counted is written below.
        }
        await TryAsync(() => visits.FlushAsync(CancellationToken.None));
    }

    private Task<bool> TryAsync(CancellationToken stop) => TryAsync(async () =>
    {
        await visits.FlushAsync(stop);
        await rollup.RunAsync(stop);
    });

    private async Task<bool> TryAsync(Func<Task> work)
    {
        try
        {
            await work();
            return true;
        }
        catch (Exception e) when (e is DbException or DatabaseUnavailableException or TimeoutException)
        {
            LogFailed(e);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Statistics could not be summed up; it is tried again")]
    private partial void LogFailed(Exception e);
}

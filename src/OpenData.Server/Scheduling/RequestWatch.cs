using System.Data.Common;
using OpenData.Server.Database;
using OpenData.Server.Releases;

namespace OpenData.Server.Scheduling;

/// <summary>
/// Sees to it that what was asked for on another node or from the shell happens soon and not only at the dataset's next firing: a look at a dataset, and
/// the packaging anew of an edition from which a document was withdrawn. A failed one is left to the schedule's own retries for a while.
/// </summary>
internal sealed partial class RequestWatch(EditionStates editions, RunRequests requests, ScheduleSync schedule, TimeProvider time, ILogger<RequestWatch> log) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_again = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Dictionary<string, DateTimeOffset> fired = new(StringComparer.Ordinal);
        using PeriodicTimer timer = new(s_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                foreach (string asked in await requests.TakeAsync(stoppingToken))
                {
                    await schedule.RunNowAsync(asked, stoppingToken);
                }
                HashSet<string> waiting = (await editions.ToRebuildAsync(null, stoppingToken)).Select(edition => edition.Dataset).ToHashSet(StringComparer.Ordinal);
                foreach (string done in fired.Keys.Where(dataset => !waiting.Contains(dataset)).ToArray())
                {
                    fired.Remove(done);
                }
                foreach (string dataset in waiting.Where(dataset => !fired.TryGetValue(dataset, out DateTimeOffset at) || time.GetUtcNow() - at > s_again))
                {
                    fired[dataset] = time.GetUtcNow();
                    await schedule.RunNowAsync(dataset, stoppingToken);
                }
            }
            catch (Exception e) when (e is DbException or DatabaseUnavailableException or Quartz.SchedulerException)
            {
                LogAway(log, e.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Editions that somebody asked for cannot be looked for just now: {Why}")]
    private static partial void LogAway(ILogger log, string why);
}

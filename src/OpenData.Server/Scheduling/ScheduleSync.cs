using Microsoft.Extensions.Options;
using OpenData.Server.Catalog;
using Quartz;

namespace OpenData.Server.Scheduling;

/// <summary>
/// Keeps Quartz's jobs and triggers as the catalog says: one job and one cron trigger for each dataset, aligned at start and after each
/// change of the catalog. At start every dataset is looked at once, which catches up whatever fell due while nothing ran.
/// </summary>
internal sealed partial class ScheduleSync(
    ICurrentCatalog catalog, ISchedulerFactory schedulers, IOptions<SchedulingOptions> options, ILogger<ScheduleSync> log) : BackgroundService
{
    private const string CatchUpGroup = "catch-up";
    private const string RerunGroup = "by-hand";

    private readonly SemaphoreSlim _changed = new(0);

    private SchedulingOptions Options => options.Value;

    /// <summary>Looks at a dataset now, as a curator asks for.</summary>
    public async Task RunNowAsync(string dataset, CancellationToken stop) =>
        await FireOnceAsync(await schedulers.GetScheduler(stop), dataset, RerunGroup, stop);

    public override void Dispose()
    {
        _changed.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        void OnChanged(DatasetCatalog changed) => _changed.Release();
        catalog.Changed += OnChanged;
        try
        {
            IScheduler scheduler = await schedulers.GetScheduler(stoppingToken);
            await AlignAsync(scheduler, stoppingToken);
            foreach (string dataset in catalog.Current.Datasets.Keys.Order(StringComparer.Ordinal))
            {
                await FireOnceAsync(scheduler, dataset, CatchUpGroup, stoppingToken);
            }
            while (true)
            {
                await _changed.WaitAsync(stoppingToken);
                await AlignAsync(scheduler, stoppingToken);
            }
        }
        finally
        {
            catalog.Changed -= OnChanged;
        }
    }

    private async Task AlignAsync(IScheduler scheduler, CancellationToken stop)
    {
        DatasetCatalog current = catalog.Current;
        foreach (Dataset dataset in current.Datasets.Values)
        {
            IJobDetail job = JobBuilder.Create<PackagingJob>()
                .WithIdentity(PackagingJob.KeyOf(dataset.Code))
                .WithDescription(dataset.Name.En)
                .RequestRecovery()
                .StoreDurably()
                .Build();
            await scheduler.AddJob(job, AddJobOptions.Replacing, stop);
            ITrigger trigger = TriggerBuilder.Create()
                .WithIdentity(dataset.Code, PackagingJob.Group)
                .ForJob(job.Key)
                .WithSchedule(CronScheduleBuilder.Create(dataset.Schedule.Cron)
                    .InTimeZone(dataset.Schedule.TimeZone)
                    .WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed))
                .WithRetryPolicy(Retries())
                .Build();
            // An unchanged trigger stays, with the misfire that it may have to catch up.
            if (await scheduler.GetTrigger(trigger.Key, stop) is not ICronTrigger known
                || known.CronExpressionString != dataset.Schedule.Cron || !known.TimeZone.Equals(dataset.Schedule.TimeZone))
            {
                await scheduler.ScheduleTrigger(trigger, TriggerConflict.Replace, stop);
            }
        }
        await RemoveOthersAsync(scheduler, current, stop);
        LogAligned(log, current.Datasets.Count);
    }

    private static async Task RemoveOthersAsync(IScheduler scheduler, DatasetCatalog current, CancellationToken stop)
    {
        JobQuery all = new() { Group = GroupMatcher<JobKey>.GroupEquals(PackagingJob.Group) };
        PagedResult<JobHeader> jobs = await scheduler.QueryJobs(all, stop);
        foreach (JobHeader job in jobs.Items.Where(j => !current.Datasets.ContainsKey(j.Key.Name)))
        {
            await scheduler.DeleteJob(job.Key, stop);
        }
    }

    private async Task FireOnceAsync(IScheduler scheduler, string dataset, string group, CancellationToken stop) =>
        await scheduler.ScheduleTrigger(
            TriggerBuilder.Create().WithIdentity(dataset, group).ForJob(PackagingJob.KeyOf(dataset)).StartNow().WithRetryPolicy(Retries()).Build(),
            TriggerConflict.Replace,
            stop);

    private RetryPolicy Retries() => Options.Retries == 0
        ? RetryPolicy.None
        : RetryPolicy.Exponential(Options.Retries, TimeSpan.FromSeconds(Options.RetrySeconds), 2, TimeSpan.FromMinutes(30), 0.2);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Datasets} datasets are scheduled")]
    private static partial void LogAligned(ILogger log, int datasets);
}

namespace OpenData.Server.Scheduling;

/// <summary>Has a dataset looked at now: on this node if it is a worker, else on the next one that asks.</summary>
public sealed class RunNow(IServiceProvider services, RunRequests requests)
{
    /// <summary>Asks. What is due is packaged within seconds, unless the dataset is paused.</summary>
    public async Task AskAsync(string dataset, CancellationToken stop)
    {
        if (services.GetService<ScheduleSync>() is { } schedule)
        {
            await schedule.RunNowAsync(dataset, stop);
        }
        else
        {
            await requests.AskAsync(dataset, stop);
        }
    }
}

using Quartz;

namespace OpenData.Server.Scheduling;

/// <summary>
/// Quartz's shim over <see cref="DueEditions"/>: the job's name is the dataset's code. Quartz never runs two at a time, repeats a failed one by
/// its trigger's retry policy, and hands the run of a dead node to another.
/// </summary>
[DisallowConcurrentExecution]
internal sealed class PackagingJob(DueEditions due) : IJob
{
    /// <summary>The group of the jobs and of their triggers.</summary>
    public const string Group = "datasets";

    public static JobKey KeyOf(string dataset) => new(dataset, Group);

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.CancellationToken);
        await due.PackageAsync(context.JobDetail.Key.Name, stop.Token);
    }
}

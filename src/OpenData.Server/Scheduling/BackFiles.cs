using Microsoft.Extensions.Options;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Sources;

namespace OpenData.Server.Scheduling;

/// <summary>
/// Packages history in the order of its days, beside the running schedule. The dataset's lease is held for one edition at a time and given up to whoever wants it
/// for today's: that waits for one edition at most.
/// </summary>
public sealed class BackFiles(SourceFactory sources, DueEditions due, SqlDatabase database, IOptions<SchedulingOptions> options, TimeProvider time)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    /// <summary>What waits to be packaged of a stretch of days, in their order.</summary>
    /// <param name="dataset">Of which dataset.</param>
    /// <param name="from">The first day.</param>
    /// <param name="to">The last day.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<IReadOnlyList<BackEdition>> PlanAsync(Dataset dataset, DateOnly from, DateOnly to, CancellationToken stop)
    {
        Source source = sources.For(dataset);
        List<BackEdition> plan = [];
        foreach (string edition in await due.OfAsync(dataset, source, stop))
        {
            await using Delivery? delivery = await source.OpenAsync(edition, stop);
            if (delivery is null || EditionDate.Of(edition, delivery.ReadyAt, dataset.Schedule.TimeZone) is var day && (day < from || day > to))
            {
                continue;
            }
            (long files, long bytes) = (0, 0);
            await foreach (DeliveryFile file in delivery.ListAsync(stop))
            {
                (files, bytes) = (files + 1, bytes + file.Size);
            }
            plan.Add(new BackEdition(edition, day, files, bytes));
        }
        return [.. plan.OrderBy(edition => edition.Day).ThenBy(edition => edition.Edition, StringComparer.Ordinal)];
    }

    /// <summary>Packages one of the plan, when nobody wants the dataset for anything else.</summary>
    /// <returns>Null where somebody else has packaged it meanwhile.</returns>
    public async Task<RunOutcome?> RunAsync(Dataset dataset, string edition, PackagingProgress progress, CancellationToken stop)
    {
        await using DatasetLease lease = await TakeAsync(dataset.Code, stop);
        return (await due.StillDueAsync(dataset, sources.For(dataset), [edition], stop)).Count == 0 ? null : await due.RunAsync(dataset, edition, lease, progress, stop);
    }

    private async Task<DatasetLease> TakeAsync(string code, CancellationToken stop)
    {
        while (true)
        {
            if (await DatasetLease.TryTakeAsync(database, time, TimeSpan.FromSeconds(options.Value.LeaseSeconds), code, yields: true, stop) is { } lease)
            {
                return lease;
            }
            await Task.Delay(s_pause, time, stop);
        }
    }
}

/// <summary>An edition of the back files that waits.</summary>
/// <param name="Edition">Its id.</param>
/// <param name="Day">Its day.</param>
/// <param name="Files">Files of its delivery.</param>
/// <param name="Bytes">Their size.</param>
public sealed record BackEdition(string Edition, DateOnly Day, long Files, long Bytes);

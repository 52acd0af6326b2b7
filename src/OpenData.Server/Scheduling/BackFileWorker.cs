using System.Data.Common;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Packaging;

namespace OpenData.Server.Scheduling;

/// <summary>Works on orders for back files, one at a time, edition by edition; it may be killed anywhere, and what is packaged already is not packaged again.</summary>
internal sealed partial class BackFileWorker(BackFileOrders orders, BackFiles backFiles, ICurrentCatalog catalog, TimeProvider time, ILogger<BackFileWorker> log) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_sign = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(s_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await orders.TakeAsync(stoppingToken) is { } order)
                {
                    await WorkAsync(order, stoppingToken);
                }
            }
            catch (Exception e) when (e is DbException or DatabaseUnavailableException)
            {
                LogAway(log, e.Message);
            }
        }
    }

    /// <summary>One order from where it stands to its end, or until it is cancelled.</summary>
    private async Task WorkAsync(BackFileOrder order, CancellationToken stop)
    {
        if (!catalog.Current.Datasets.TryGetValue(order.Dataset, out Dataset? dataset))
        {
            await orders.EndAsync(order, stop);
            return;
        }
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Kept kept = new(order);
        Task keeping = KeepAsync(kept, end);
        try
        {
            if (await PackageAsync(dataset, kept, end.Token))
            {
                await orders.EndAsync(kept.Order, stop);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            await orders.ReleaseAsync(kept.Order);
        }
        catch (Exception e) when (e is not (DbException or DatabaseUnavailableException or OperationCanceledException))
        {
            // The deliveries cannot be read just now: the order stays, and is taken up again when its hold is over.
            LogFailed(log, e, order.Dataset);
        }
        finally
        {
            await end.CancelAsync();
            await keeping;
        }
        stop.ThrowIfCancellationRequested();
    }

    /// <returns>False where the order was cancelled on the way, or is another worker's now.</returns>
    private async Task<bool> PackageAsync(Dataset dataset, Kept kept, CancellationToken stop)
    {
        IReadOnlyList<BackEdition> plan = await backFiles.PlanAsync(dataset, kept.Order.FirstDay, kept.Order.LastDay, stop);
        // What a worker before this one did is no longer in the plan.
        kept.Order = kept.Order with { Editions = kept.Order.DoneEditions + plan.Count, Bytes = kept.Order.DoneBytes + plan.Sum(edition => edition.Bytes) };
        foreach (BackEdition edition in plan)
        {
            RunOutcome? outcome = await backFiles.RunAsync(dataset, edition.Edition, new PackagingProgress(), stop);
            kept.Order = kept.Order with
            {
                DoneEditions = kept.Order.DoneEditions + 1,
                DoneBytes = kept.Order.DoneBytes + edition.Bytes,
                Failed = kept.Order.Failed + (outcome?.State is RunState.Failed or RunState.Cancelled ? 1 : 0),
            };
            if (!await orders.KeepAsync(kept.Order, stop))
            {
                return false;
            }
        }
        return await orders.KeepAsync(kept.Order, stop);
    }

    /// <summary>Gives the signs by which the order stays this worker's; where it is not any more, the run that is under way ends.</summary>
    private async Task KeepAsync(Kept kept, CancellationTokenSource end)
    {
        using PeriodicTimer timer = new(s_sign, time);
        try
        {
            while (await timer.WaitForNextTickAsync(end.Token))
            {
                if (!await orders.KeepAsync(kept.Order, end.Token))
                {
                    await end.CancelAsync();
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The work is over.
        }
        catch (Exception e) when (e is DbException or DatabaseUnavailableException)
        {
            LogAway(log, e.Message);
            await end.CancelAsync();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Back files that were ordered cannot be worked on just now: {Why}")]
    private static partial void LogAway(ILogger log, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "Back files of {Dataset} could not be read; they are tried again in half a minute")]
    private static partial void LogFailed(ILogger log, Exception e, string dataset);

    private sealed class Kept(BackFileOrder order)
    {
        private volatile BackFileOrder _order = order;

        public BackFileOrder Order
        {
            get => _order;
            set => _order = value;
        }
    }
}

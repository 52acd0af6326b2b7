using Microsoft.Extensions.Options;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Sources;
using OpenData.Server.Sources.Http;

namespace OpenData.Server.Scheduling;

/// <summary>Packages what a dataset's source has and nobody has taken up yet, in order of editions, one at a time.</summary>
public sealed partial class DueEditions(
    ICurrentCatalog catalog,
    SourceFactory sources,
    EditionStates editions,
    ReleaseQueries releases,
    Redeliveries redeliveries,
    Archiving archiving,
    PackageDataset pipeline,
    ImportReleases imports,
    RunHistory history,
    SchedulePauses pauses,
    SqlDatabase database,
    IOptions<SchedulingOptions> options,
    TimeProvider time,
    ILogger<DueEditions> log)
{
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMinutes(1);

    /// <summary>Packages every edition that is due, today's before history.</summary>
    /// <param name="code">The dataset's code.</param>
    /// <param name="stop">Stops between two steps; what was published stays.</param>
    /// <exception cref="RunFailedException">An edition failed; the others were done all the same.</exception>
    public async Task PackageAsync(string code, CancellationToken stop)
    {
        if (!catalog.Current.Datasets.TryGetValue(code, out Dataset? dataset))
        {
            return; // It left the catalog between the firing and now.
        }
        await RebuildAsync(dataset, stop);
        if (await pauses.IsPausedAsync(code, stop))
        {
            LogPaused(log, code);
            return;
        }
        try
        {
            await PackageDueAsync(dataset, stop);
        }
        finally
        {
            // Also where an edition failed: what is beyond the retention does not wait for it.
            await archiving.ApplyAsync(dataset, CancellationToken.None);
        }
    }

    private async Task PackageDueAsync(Dataset dataset, CancellationToken stop)
    {
        Source source = sources.For(dataset);
        if (await OfAsync(dataset, source, stop) is not { Count: > 0 } seen)
        {
            return;
        }
        await using DatasetLease lease = await TakeLeaseAsync(dataset.Code, stop);
        List<Exception> failures = [];
        HashSet<string> done = new(StringComparer.Ordinal);
        // Looked at again under the lease: another process may have done some meanwhile.
        Queue<string> waiting = new(await OrderAsync(dataset, await StillDueAsync(dataset, source, seen, stop), stop));
        DateTimeOffset looked = time.GetUtcNow();
        while (waiting.TryDequeue(out string? edition) && !(done.Count > 0 && await pauses.IsPausedAsync(dataset.Code, stop)))
        {
            RunOutcome outcome = await RunAsync(dataset, edition, lease, new PackagingProgress(), stop);
            done.Add(edition);
            if (outcome.Failure is { } failure)
            {
                failures.Add(failure);
            }
            if (waiting.Count > 0 && time.GetUtcNow() - looked > s_lookAgain)
            {
                // Today's edition may have come while history is packaged: it goes first.
                waiting = new Queue<string>(await OrderAsync(dataset, (await OfAsync(dataset, source, stop)).Where(due => !done.Contains(due)), stop));
                looked = time.GetUtcNow();
            }
        }
        if (failures.Count > 0)
        {
            throw new RunFailedException(dataset.Code, failures);
        }
    }

    /// <summary>Packages anew every edition of the dataset from which a document was withdrawn.</summary>
    /// <returns>How each ended.</returns>
    /// <exception cref="DatasetBusyException">Another process packages the dataset; it will do this next.</exception>
    public async Task<IReadOnlyList<RunOutcome>> RebuildAsync(Dataset dataset, CancellationToken stop)
    {
        if (await editions.ToRebuildAsync(dataset.Code, stop) is not { Count: > 0 })
        {
            return [];
        }
        await using DatasetLease lease = await TakeLeaseAsync(dataset.Code, stop);
        List<RunOutcome> outcomes = [];
        foreach ((_, string edition) in await editions.ToRebuildAsync(dataset.Code, stop))
        {
            outcomes.Add(await RunAsync(dataset, edition, lease, new PackagingProgress(), stop));
        }
        return outcomes.FirstOrDefault(outcome => outcome.Failure is not null) is { Failure: { } failure } ? throw new RunFailedException(dataset.Code, [failure]) : outcomes;
    }

    /// <summary>Editions that have arrived and are not published, held, rejected or withdrawn, or have come again since, in ordinal order.</summary>
    public async Task<IReadOnlyList<string>> OfAsync(Dataset dataset, Source source, CancellationToken stop)
    {
        if (source is HttpSource upstream)
        {
            return await imports.DueAsync(dataset, upstream, stop);
        }
        IReadOnlyList<string> delivered = await source.ListEditionsAsync(stop);
        return await DueAsync(dataset, source, delivered.Select((edition, i) => (edition, ListWhole: i >= delivered.Count - options.Value.Relisted)), stop);
    }

    /// <summary>Those of some editions that are due now.</summary>
    public Task<IReadOnlyList<string>> StillDueAsync(Dataset dataset, Source source, IReadOnlyList<string> seen, CancellationToken stop) =>
        source is HttpSource ? Task.FromResult(seen) : DueAsync(dataset, source, seen.Select(edition => (edition, true)), stop); // an import looks for itself

    private async Task<IReadOnlyList<string>> OrderAsync(Dataset dataset, IEnumerable<string> due, CancellationToken stop) =>
        EditionOrder.FrontFirst(due, (await releases.LatestAsync(dataset.Code, stop))?.Date);

    private async Task<IReadOnlyList<string>> DueAsync(Dataset dataset, Source source, IEnumerable<(string Edition, bool ListWhole)> delivered, CancellationToken stop)
    {
        IReadOnlyDictionary<string, SettledEdition> settled = await editions.SettledAsync(dataset.Code, stop);
        List<string> due = [];
        foreach ((string edition, bool listWhole) in delivered)
        {
            if (!settled.TryGetValue(edition, out SettledEdition? known) || await redeliveries.CameAgainAsync(dataset.Code, source, known, listWhole, stop))
            {
                due.Add(edition);
            }
        }
        return due;
    }

    /// <summary>Takes the dataset's lease, waiting for as long as a process that died could still hold it.</summary>
    /// <exception cref="DatasetBusyException">A living process holds it.</exception>
    public async Task<DatasetLease> TakeLeaseAsync(string code, CancellationToken stop)
    {
        TimeSpan length = TimeSpan.FromSeconds(options.Value.LeaseSeconds);
        DateTimeOffset patience = time.GetUtcNow() + length + TimeSpan.FromSeconds(2);
        while (true)
        {
            if (await DatasetLease.TryTakeAsync(database, time, length, code, stop) is { } lease)
            {
                return lease;
            }
            if (await DatasetLease.WantAsync(database, time, code, stop))
            {
                patience = time.GetUtcNow() + length + TimeSpan.FromSeconds(2); // back files: they give way after the edition that they are at
            }
            else if (time.GetUtcNow() > patience)
            {
                throw new DatasetBusyException(code);
            }
            await Task.Delay(TimeSpan.FromMilliseconds(250), time, stop);
        }
    }

    /// <summary>One run, written into the history from beginning to end. A failure is part of the outcome; only cancellation is thrown.</summary>
    /// <param name="dataset">Of which dataset.</param>
    /// <param name="edition">Which edition.</param>
    /// <param name="lease">The right to package the dataset.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="stop">Cancels the run.</param>
    public async Task<RunOutcome> RunAsync(Dataset dataset, string edition, DatasetLease lease, PackagingProgress progress, CancellationToken stop)
    {
        string run = await history.BeginAsync(dataset.Code, edition, stop);
        RunSteps steps = new(progress, time);
        using CancellationTokenSource asked = new();
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stop, lease.Lost, asked.Token);
        using CancellationTokenSource done = new();
        Task<string?> reporting = ReportAsync(run, progress, steps, asked, done.Token);
        RunOutcome outcome;
        string? reason;
        try
        {
            outcome = await TryAsync(dataset, edition, lease, progress, end.Token);
        }
        finally
        {
            await done.CancelAsync();
            reason = await reporting;
        }
        if (reason is not null && outcome.State is RunState.Cancelled && !stop.IsCancellationRequested)
        {
            Sentence why = Reasons.StoppedByCurator.With(reason);
            outcome = outcome with { Why = why };
            await editions.FailAsync(dataset.Code, edition, why, CancellationToken.None);
        }
        steps.Add(outcome.State.ToString().ToLowerInvariant(), outcome.Why, progress);
        await history.AddStepsAsync(run, steps.Take(), CancellationToken.None);
        await history.EndAsync(run, outcome.State.ToString().ToLowerInvariant(), outcome.Why, progress);
        LogEnded(log, dataset.Code, edition, outcome.State, progress.Bytes, progress.Entries, outcome.Reason ?? "");
        stop.ThrowIfCancellationRequested();
        return outcome;
    }

    private async Task<RunOutcome> TryAsync(Dataset dataset, string edition, DatasetLease lease, PackagingProgress progress, CancellationToken end)
    {
        try
        {
            return await pipeline.RunAsync(dataset, edition, lease, progress, end);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return new RunOutcome(RunState.Cancelled, lease.Lost.IsCancellationRequested ? Reasons.AnotherPackages : Reasons.Stopped);
        }
        catch (Exception e)
        {
            LogFailed(log, e, dataset.Code, edition);
            Words why = Words.OfFailure(e);
            await editions.FailAsync(dataset.Code, edition, why, CancellationToken.None);
            return new RunOutcome(RunState.Failed, why, Failure: e);
        }
    }

    /// <summary>Writes how far a run is once a second, and looks whether a curator wants it to end.</summary>
    /// <returns>Why one does, or null.</returns>
    private async Task<string?> ReportAsync(string run, PackagingProgress progress, RunSteps steps, CancellationTokenSource asked, CancellationToken done)
    {
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(1), time);
        try
        {
            while (await timer.WaitForNextTickAsync(done))
            {
                try
                {
                    if (await history.UpdateAsync(run, progress, done) is { } reason)
                    {
                        await asked.CancelAsync();
                        steps.Add("ending", reason, progress);
                        await history.AddStepsAsync(run, steps.Take(), CancellationToken.None);
                        return reason;
                    }
                    await history.AddStepsAsync(run, steps.Take(), CancellationToken.None); // once taken they must be written
                }
                catch (Exception e) when (e is System.Data.Common.DbException or IOException)
                {
                    // Figures are for show: the run goes on without them, and its end says what is true.
                    LogUnreported(log, run, e.Message);
                }
            }
        }
        catch (OperationCanceledException) when (done.IsCancellationRequested)
        {
            // The run ended.
        }
        return null;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Packaging {Dataset}/{Edition} failed")]
    private static partial void LogFailed(ILogger log, Exception e, string dataset, string edition);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Dataset} is paused: nothing of it is packaged")]
    private static partial void LogPaused(ILogger log, string dataset);

    [LoggerMessage(Level = LogLevel.Information, Message = "Packaging {Dataset}/{Edition} ended: {State}, {Bytes} bytes in {Entries} files. {Reason}")]
    private static partial void LogEnded(ILogger log, string dataset, string edition, RunState state, long bytes, long entries, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The progress of run {Run} could not be written: {Why}")]
    private static partial void LogUnreported(ILogger log, string run, string why);
}

/// <summary>How a run ended.</summary>
/// <param name="State">In which state.</param>
/// <param name="Why">Why it is held or failed, or what was found.</param>
/// <param name="Release">What was published, where something was.</param>
/// <param name="Failure">The cause of a failure.</param>
public sealed record RunOutcome(RunState State, Words? Why, Format.ReleaseId? Release = null, Exception? Failure = null)
{
    /// <summary><see cref="Why"/> in English.</summary>
    public string? Reason => Why?.English;
}

/// <summary>States in which a run ends; <see cref="Run.State"/> has their lower-case names.</summary>
public enum RunState
{
    /// <summary>A release is visible.</summary>
    Published,

    /// <summary>A curator must decide.</summary>
    Held,

    /// <summary>The delivery is the one that is published already.</summary>
    Unchanged,

    /// <summary>Something failed; it is tried again.</summary>
    Failed,

    /// <summary>The run was stopped.</summary>
    Cancelled,
}

/// <summary>A dataset's run failed.</summary>
/// <param name="dataset">Which dataset.</param>
/// <param name="failures">Why, an edition each.</param>
public sealed class RunFailedException(string dataset, IReadOnlyList<Exception> failures)
    : Exception($"{failures.Count} edition(s) of {dataset} failed: {string.Join("; ", failures.Select(f => f.Message))}", failures[0]);

/// <summary>Another living process packages the dataset.</summary>
/// <param name="dataset">Which dataset.</param>
public sealed class DatasetBusyException(string dataset) : InvalidOperationException($"{dataset} is being packaged by another process just now. Try again when it is done.");

using OpenData.Server.Catalog;
using OpenData.Server.Scheduling;

namespace OpenData.Server.Web.Desk;

/// <summary>Gathers the page of the schedule.</summary>
internal sealed class ScheduleOverview(ICurrentCatalog catalog, RunHistory runs, SchedulePauses pauses, LateEditions late, ActorNames names, TimeProvider time)
{
    /// <summary>All datasets in order of their codes.</summary>
    /// <param name="pausedOnly">Only those that are paused.</param>
    /// <param name="notice">What was just done, or why not.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<ScheduleView> ViewAsync(bool pausedOnly, string? notice, CancellationToken stop)
    {
        DateTimeOffset now = time.GetUtcNow();
        IReadOnlyDictionary<string, SchedulePause> paused = await pauses.ListAsync(stop);
        IReadOnlyDictionary<string, Run> latest = await runs.LatestAsync(stop);
        ILookup<string, LateEdition> lateOnes = (await late.ListAsync(null, stop)).ToLookup(edition => edition.Dataset, StringComparer.Ordinal);
        return new ScheduleView(
            [
                .. catalog.Current.Datasets.Values.Where(dataset => !pausedOnly || paused.ContainsKey(dataset.Code)).OrderBy(dataset => dataset.Code, StringComparer.Ordinal)
                    .Select(dataset => new ScheduleLine(
                        dataset,
                        Schedules.NextAfter(dataset.Schedule, now),
                        latest.GetValueOrDefault(dataset.Code),
                        paused.GetValueOrDefault(dataset.Code) is { } pause ? pause with { Actor = names.Of(pause.Actor) } : null,
                        [.. lateOnes[dataset.Code]])),
            ],
            pausedOnly,
            paused.Count,
            notice);
    }
}

/// <param name="Lines">A dataset each.</param>
/// <param name="PausedOnly">True where only paused ones are shown.</param>
/// <param name="Paused">How many are paused.</param>
/// <param name="Notice">What was just done, or why not: the name of a text, or null.</param>
public sealed record ScheduleView(IReadOnlyList<ScheduleLine> Lines, bool PausedOnly, int Paused, string? Notice);

/// <param name="Dataset">The dataset.</param>
/// <param name="Next">When it is looked at next, in UTC; null if never.</param>
/// <param name="Last">Its newest run, or null.</param>
/// <param name="Pause">Why and by whom it is paused, by name; or null.</param>
/// <param name="Late">What of it is late.</param>
public sealed record ScheduleLine(Dataset Dataset, DateTimeOffset? Next, Run? Last, SchedulePause? Pause, IReadOnlyList<LateEdition> Late);

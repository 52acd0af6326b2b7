using Microsoft.Extensions.Options;
using OpenData.Server.Catalog;
using OpenData.Server.Nodes;
using OpenData.Server.Releases;
using OpenData.Server.Releases.Scrubbing;
using OpenData.Server.Scheduling;

namespace OpenData.Server.Web.Desk;

/// <summary>
/// Gathers what the overview shows. One reading serves everybody who looks within a second, and what takes long to find out (what is late, what is known of the
/// stored files) is looked at twice a minute.
/// </summary>
internal sealed class DeskState(
    CurrentCatalog catalog,
    EditionStates editions,
    RunHistory runs,
    LateEditions lateEditions,
    SchedulePauses pauses,
    BackFileOrders orders,
    ScrubLedger scrub,
    NodeStates nodes,
    IOptions<ScrubOptions> scrubbing,
    TimeProvider time) : IDisposable
{
    private const int MostHeld = 200;

    private static readonly TimeSpan s_life = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_slowLife = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    private readonly SemaphoreSlim _one = new(1);
    private OverviewView? _view;
    private (DateTimeOffset At, IReadOnlyList<LateEdition> Late, ScrubTotals Stored, int Published)? _slow;

    /// <summary>The state of everything, at most a second old; what somebody just did shows at once with <paramref name="fresh"/>.</summary>
    public async Task<OverviewView> ViewAsync(bool fresh, CancellationToken stop)
    {
        if (!fresh && _view is { } known && time.GetUtcNow() - known.Now < s_life)
        {
            return known;
        }
        await _one.WaitAsync(stop);
        try
        {
            return !fresh && _view is { } meanwhile && time.GetUtcNow() - meanwhile.Now < s_life ? meanwhile : _view = await ReadAsync(stop);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<OverviewView> ReadAsync(CancellationToken stop)
    {
        DateTimeOffset now = time.GetUtcNow();
        DateOnly today = DateOnly.FromDateTime(now.UtcDateTime);
        if (_slow is not { } slow || now - slow.At > s_slowLife)
        {
            _slow = slow = (
                now,
                [.. (await lateEditions.ListAsync(null, stop)).OrderByDescending(late => late.Expected.DueAt)],
                await scrub.TotalsAsync(null, stop),
                (await runs.ListAsync(new RunFilter(State: "published", From: now - s_day), null, 1000, stop)).Count);
        }
        IReadOnlyList<Edition> held = await editions.PageAsync(null, EditionState.Held, null, MostHeld, stop);
        IReadOnlyDictionary<EditionState, int> counts = await editions.OpenCountsAsync(stop);
        int waiting = held.Count(edition => edition.Waits(today));
        IReadOnlyDictionary<string, SchedulePause> paused = await pauses.ListAsync(stop);
        return new OverviewView
        {
            Now = now,
            Running = await runs.ListAsync(new RunFilter(State: "running"), null, 50, stop),
            Held = [.. held.Where(edition => !edition.Waits(today)).OrderByDescending(edition => edition.UpdatedAt).Take(OverviewView.Shown)],
            HeldCount = counts.GetValueOrDefault(EditionState.Held) - waiting,
            WaitingCount = waiting,
            Failed = [.. (await editions.PageAsync(null, EditionState.Failed, null, MostHeld, stop)).OrderByDescending(edition => edition.UpdatedAt).Take(OverviewView.Shown)],
            FailedCount = counts.GetValueOrDefault(EditionState.Failed),
            Late = slow.Late,
            Due = [.. Looks(now).Where(look => !paused.ContainsKey(look.Dataset)).OrderBy(look => look.At).ThenBy(look => look.Dataset, StringComparer.Ordinal)],
            Paused = [.. paused.Values.OrderBy(pause => pause.Dataset, StringComparer.Ordinal)],
            Orders = [.. (await orders.ListAsync(50, stop)).Where(order => order.IsOpen)],
            Stored = slow.Stored,
            ScrubInterval = scrubbing.Value.Interval,
            Nodes = await nodes.ListAsync(stop),
            CatalogErrors = catalog.Refused,
            PublishedToday = slow.Published,
        };
    }

    private IEnumerable<DueLook> Looks(DateTimeOffset now) => catalog.Current.Datasets.Values
        .Select(dataset => (dataset.Code, At: Schedules.NextAfter(dataset.Schedule, now)))
        .Where(look => look.At is { } at && at - now <= s_day)
        .Select(look => new DueLook(look.Code, look.At!.Value));
}

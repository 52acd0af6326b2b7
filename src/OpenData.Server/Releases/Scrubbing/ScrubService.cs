using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Storage;

namespace OpenData.Server.Releases.Scrubbing;

/// <summary>
/// Reads stored files in the background, one at a time, on one worker at a time, at the rate of <see cref="ScrubPace"/>; what a gateway suspects
/// comes first, at the highest rate. It goes on where it, or another worker, was stopped or killed.
/// </summary>
internal sealed partial class ScrubService(
    ScrubLedger ledger, Scrub scrub, ScrubMetrics metrics, SecondStore second, IOptions<ScrubOptions> options, TimeProvider time, ILogger<ScrubService> log) : BackgroundService
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Replan = TimeSpan.FromMinutes(5);
    private const int Ahead = 100;

    private readonly string _holder = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}");
    private readonly ScrubThrottle _throttle = new(time);
    private readonly Queue<ScrubbedFile> _due = [];
    private ByteRate _rate = options.Value.Least;
    private DateTimeOffset _planned = DateTimeOffset.MinValue;
    private long _version = -1;
    private DateTimeOffset _looked;
    private bool _nothingDue;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Enabled)
        {
            return;
        }
        while (true)
        {
            TimeSpan pause;
            try
            {
                pause = await StepAsync(stoppingToken) ? TimeSpan.Zero : Idle;
            }
            catch (Exception e) when (e is DbException or IOException or UnauthorizedAccessException or TimeoutException)
            {
                LogFailed(e, AfterFailure);
                pause = AfterFailure;
                _due.Clear();
            }
            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, time, stoppingToken);
            }
            stoppingToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Reads the next file that is due.</summary>
    /// <returns>False where there is none, or another worker has the turn.</returns>
    private async Task<bool> StepAsync(CancellationToken stop)
    {
        if (!await ledger.TakeTurnAsync(_holder, stop))
        {
            _due.Clear();
            return false;
        }
        await PlanAsync(stop);
        if (!_due.TryDequeue(out ScrubbedFile? file))
        {
            return false;
        }
        _throttle.Rate = file.IsBad || file.Result is ScrubResult.Suspect ? options.Value.Most : _rate;
        ScrubOutcome outcome = await scrub.RunAsync(file, _throttle, options.Value.Repair && IsRepairable(file), () => MayGoOnAsync(stop), stop);
        if (!outcome.Ended)
        {
            _due.Clear();
        }
        return true;
    }

    /// <summary>Without a second store, what the database knows by heart can still be written again.</summary>
    private bool IsRepairable(ScrubbedFile file) => second.IsConfigured || file.Name is Manifest.FileName or Manifest.ChecksumsName;

    private async Task PlanAsync(CancellationToken stop)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (now - _planned >= Replan)
        {
            _planned = now;
            _rate = ScrubPace.Of(await ledger.AgesAsync(stop), now, options.Value.Interval, options.Value.Least, options.Value.Most);
            metrics.Show(await ledger.TotalsAsync(null, stop), _rate, now);
        }
        long version = await ledger.VersionAsync(stop);
        if (version == _version && (_due.Count > 0 || (_nothingDue && now - _looked < Replan)))
        {
            return;
        }
        if (version != _version)
        {
            metrics.Show(await ledger.TotalsAsync(null, stop), _rate, now);
        }
        (_version, _looked) = (version, now);
        _due.Clear();
        foreach (ScrubbedFile file in await ledger.DueAsync(null, ScrubPace.DueBefore(now, options.Value.Interval), now - ScrubLedger.Again, Ahead, stop))
        {
            _due.Enqueue(file);
        }
        _nothingDue = _due.Count == 0;
    }

    /// <summary>While one file is read for hours: the turn is kept, and something suspect elsewhere comes first.</summary>
    private async Task<bool> MayGoOnAsync(CancellationToken stop) =>
        await ledger.TakeTurnAsync(_holder, stop) && (await ledger.VersionAsync(stop) == _version || (await ledger.TotalsAsync(null, stop)).Suspect == 0);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Scrubbing stops for {Pause}: the store or the database cannot be used")]
    private partial void LogFailed(Exception e, TimeSpan pause);
}

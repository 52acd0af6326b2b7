using System.Data.Common;
using System.Diagnostics.Metrics;
using OpenData.Server.Database;

namespace OpenData.Server.Scheduling;

/// <summary>Counts late editions for <c>/metrics</c>, every five minutes.</summary>
internal sealed partial class LateWatch : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(5);

    private readonly LateEditions _late;
    private readonly TimeProvider _time;
    private readonly ILogger<LateWatch> _log;
    private IReadOnlyList<LateEdition> _known = [];

    public LateWatch(LateEditions late, IMeterFactory meters, TimeProvider time, ILogger<LateWatch> log)
    {
        (_late, _time, _log) = (late, time, log);
        meters.Create("OpenData.Scheduling").CreateObservableGauge(
            "opendata.editions.late",
            () => Volatile.Read(ref _known).GroupBy(edition => edition.Dataset, StringComparer.Ordinal)
                .Select(group => new Measurement<int>(group.Count(), new KeyValuePair<string, object?>("dataset", group.Key))),
            "{edition}",
            "Editions that are due by their schedules and have not come");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(s_interval, _time);
        do
        {
            try
            {
                IReadOnlyList<LateEdition> now = await _late.ListAsync(null, stoppingToken);
                foreach (LateEdition edition in now.Except(Volatile.Read(ref _known)))
                {
                    LogLate(_log, edition.Dataset, edition.Edition, edition.Reason);
                }
                Volatile.Write(ref _known, now);
            }
            catch (Exception e) when (e is DbException or DatabaseUnavailableException)
            {
                LogAway(_log, e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Dataset}/{Edition} is late. {Reason}")]
    private static partial void LogLate(ILogger log, string dataset, string edition, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Late editions cannot be looked for just now: {Why}")]
    private static partial void LogAway(ILogger log, string why);
}

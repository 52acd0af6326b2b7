using System.Data.Common;
using OpenData.Server.Database;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Server.Nodes;

/// <summary>Gives this process's sign of life every five seconds. Where the database is away there is none, and that is what the desk then shows.</summary>
internal sealed partial class NodeSigns(NodeStates states, NodeRoles roles, Pacer pacer, BandwidthOptions bandwidth, TimeProvider time, ILogger<NodeSigns> log) : BackgroundService
{
    /// <summary>Time between two signs.</summary>
    public static TimeSpan Interval { get; } = TimeSpan.FromSeconds(5);

    private readonly DateTimeOffset _started = time.GetUtcNow();
    private (long At, long Granted) _before = (time.GetTimestamp(), 0);
    private bool _away;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryAsync(() => states.LeaveAsync(NodeRoles.Node, cancellationToken));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, time);
        do
        {
            await TryAsync(() => states.SignAsync(State(), stoppingToken));
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private NodeState State()
    {
        (TierTotals[] tiers, int streams, _) = pacer.Read();
        long granted = tiers.Sum(tier => tier.Granted);
        long now = time.GetTimestamp();
        double seconds = time.GetElapsedTime(_before.At, now).TotalSeconds;
        long rate = seconds > 0 ? (long)((granted - _before.Granted) / seconds) : 0;
        _before = (now, granted);
        return new NodeState
        {
            Node = NodeRoles.Node,
            Roles = roles.Text,
            StartedAt = _started,
            SeenAt = time.GetUtcNow(),
            Streams = streams,
            Rate = rate,
            Link = bandwidth.LinkRate.BytesPerSecond,
        };
    }

    private async Task TryAsync(Func<Task> say)
    {
        try
        {
            await say();
            _away = false;
        }
        catch (Exception e) when (e is DbException or DatabaseUnavailableException or TimeoutException)
        {
            if (!_away)
            {
                _away = true;
                LogAway(log, e.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The desk is without signs of this node: {Why}")]
    private static partial void LogAway(ILogger log, string why);
}

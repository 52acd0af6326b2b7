using System.Data.Common;
using OpenData.Server.Database;

namespace OpenData.Server.Gateway.Bandwidth.Shares;

/// <summary>Exchanges demands with the other nodes, as often as <see cref="RoundPace"/> says.</summary>
public sealed partial class ShareRounds(BandwidthShares shares, ShareExchange exchange, TimeProvider time, ILogger<ShareRounds> log) : BackgroundService
{
    private readonly long _epoch = time.GetTimestamp();
    private readonly RoundPace _pace = new();
    private bool _away;

    /// <summary>Learns of the other nodes before the first download is served.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await RunAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await exchange.LeaveAsync(cancellationToken);
        }
        catch (Exception e) when (IsAway(e))
        {
            LogAway(e);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(RoundPace.Look, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (_pace.IsDue(time.GetElapsedTime(_epoch), shares.Nodes, () => shares.HasNew))
            {
                await RunAsync(stoppingToken);
            }
        }
    }

    private async Task RunAsync(CancellationToken stop)
    {
        _pace.Begin(time.GetElapsedTime(_epoch));
        try
        {
            IReadOnlyList<byte[]> reports = await exchange.ExchangeAsync(shares.Report(), stop);
            shares.Apply(reports, mayRise: _pace.Succeed(time.GetElapsedTime(_epoch)));
            if (_away)
            {
                _away = false;
                LogBack();
            }
        }
        catch (Exception e) when (IsAway(e))
        {
            _pace.Fail();
            if (!_away)
            {
                _away = true;
                LogAway(e);
            }
        }
    }

    private static bool IsAway(Exception e) => e is DbException or DatabaseUnavailableException or TimeoutException;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Demands cannot be exchanged with the other gateways; every account keeps its share of the rate here")]
    private partial void LogAway(Exception e);

    [LoggerMessage(Level = LogLevel.Information, Message = "Demands are exchanged with the other gateways again")]
    private partial void LogBack();
}

using System.Data.Common;
using OpenData.Server.Database;

namespace OpenData.Server.Gateway.Bandwidth.Shares;

/// <summary>Exchanges demands with the other nodes once a second, and four times a second while an account is new here.</summary>
public sealed partial class ShareRounds(BandwidthShares shares, ShareExchange exchange, TimeProvider time, ILogger<ShareRounds> log) : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

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
        using PeriodicTimer timer = new(Look, time);
        long last = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // A little less than the round, or one that comes early would be left out.
            if (time.GetElapsedTime(last) > Round - (Look / 2) || shares.HasNew)
            {
                last = time.GetTimestamp();
                await RunAsync(stoppingToken);
            }
        }
    }

    private async Task RunAsync(CancellationToken stop)
    {
        try
        {
            shares.Apply(await exchange.ExchangeAsync(shares.Report(), stop));
            if (_away)
            {
                _away = false;
                LogBack();
            }
        }
        catch (Exception e) when (IsAway(e))
        {
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

using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;

namespace OpenData.Server.Gateway;

/// <summary>
/// The orderly end of a gateway behind a load balancer: from SIGTERM on it says that it is not ready, and goes on serving for
/// <see cref="GatewayOptions.DrainDelay"/> so that the balancer notices; then running downloads have until <see cref="GatewayOptions.DrainTimeout"/> to
/// end. What runs longer is broken off and resumes on another gateway. A Ctrl-C, or a second SIGTERM, ends it at once.
/// </summary>
internal sealed partial class Drain(RunningDownloads running, IOptions<GatewayOptions> options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Drain> log)
    : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _hurry = new();
    private readonly List<PosixSignalRegistration> _signals = [];

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Hurry()));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ =>
        {
            if (lifetime.ApplicationStopping.IsCancellationRequested)
            {
                Hurry();
            }
        }));
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs before anything else is stopped; Kestrel still accepts.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // It was called already where a signal ends the process; not where its host is stopped by hand.
        lifetime.StopApplication();
        using CancellationTokenSource hurry = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _hurry.Token);
        try
        {
            await WaitAsync(hurry.Token);
        }
        catch (OperationCanceledException)
        {
            // Whoever ends it has waited long enough.
        }
        if (running.Count > 0)
        {
            LogBrokenOff(running.Count);
        }
        running.EndAll();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _signals.ForEach(signal => signal.Dispose());
        _hurry.Dispose();
    }

    private async Task WaitAsync(CancellationToken stop)
    {
        await Task.Delay(options.Value.DrainDelay, time, stop);
        if (running.Count > 0)
        {
            LogWaiting(running.Count, options.Value.DrainTimeout);
        }
        long began = time.GetTimestamp();
        while (running.Count > 0 && time.GetElapsedTime(began) < options.Value.DrainTimeout)
        {
            await Task.Delay(Look, time, stop);
        }
    }

    private void Hurry()
    {
        try
        {
            _hurry.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The end was reached meanwhile.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: {Count} downloads have {Timeout} to end; press Ctrl-C to end them now")]
    private partial void LogWaiting(int count, TimeSpan timeout);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stopping: {Count} downloads are broken off; their clients can resume")]
    private partial void LogBrokenOff(int count);
}

namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>
/// The thread that drives the node's pacer. It sleeps while nothing is due, and wakes at most once a tick: so grants come in batches, and an idle
/// node costs nothing. All waiting copiers are run on it.
/// </summary>
public sealed class PacerLoop(Pacer pacer, BandwidthOptions options, TimeProvider time, BandwidthMetrics metrics) : IHostedService, IDisposable
{
    private readonly AutoResetEvent _wake = new(false);
    private Thread? _thread;
    private volatile bool _stopping;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        pacer.Woken += Wake;
        _thread = new Thread(Run) { Name = "Pacer", IsBackground = true };
        _thread.Start();
        return Task.CompletedTask;
    }

    /// <summary>Cancels the downloads that still run and ends the thread.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        pacer.CancelWhere(static _ => true, CancelReason.Shutdown);
        EndThread();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        EndThread();
        _wake.Dispose();
    }

    private void EndThread()
    {
        if (_thread is { } thread)
        {
            _stopping = true;
            _wake.Set();
            if (thread != Thread.CurrentThread)
            {
                thread.Join();
            }
            _thread = null;
            pacer.Woken -= Wake;
        }
    }

    private void Wake() => _wake.Set();

    private void Run()
    {
        long spacing = pacer.Ticks(options.Tick);
        while (!_stopping)
        {
            long began = time.GetTimestamp();
            long due = pacer.Tick();
            SleepUntil(due, wakeable: true);
            SleepUntil(began + spacing, wakeable: false);
            if (due < long.MaxValue)
            {
                metrics.Late(time.GetElapsedTime(Math.Max(due, began + spacing)));
            }
        }
    }

    private void SleepUntil(long due, bool wakeable)
    {
        while (!_stopping)
        {
            // Milliseconds rounded up: waking before the time would only mean to wait again.
            double left = due == long.MaxValue ? -1 : Math.Max(0, Math.Ceiling((due - time.GetTimestamp()) * 1000.0 / time.TimestampFrequency));
            if (left == 0 || (_wake.WaitOne((int)Math.Min(left, int.MaxValue)) && wakeable))
            {
                return;
            }
        }
    }
}

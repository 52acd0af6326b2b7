using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Tests.Bandwidth;

/// <summary>A download as the gateway would run it: grant, send, again. Its client takes bytes at once, or at a speed of its own.</summary>
internal sealed class Copier(PacerClock clock, PacedStream stream, double speed, Func<int> want)
{
    private TaskCompletionSource? _sending;
    private double _sentAt;

    public List<(double At, int Bytes)> Grants { get; } = [];

    public long Bytes => Grants.Sum(grant => (long)grant.Bytes);

    public PacedStream Stream => stream;

    public CancelReason Ended => stream.Cancelled;

    /// <summary>Bytes a second that the client takes; infinity for at once, 0 for never.</summary>
    public double Speed { get; set; } = speed;

    /// <summary>Ends with the download; fails if the download broke.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    public void Start() => Running = RunAsync();

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                int granted = await stream.GrantAsync(want()).ConfigureAwait(false);
                Grants.Add((clock.Seconds, granted));
                if (!double.IsInfinity(Speed))
                {
                    _sentAt = Math.Max(_sentAt, clock.Seconds) + (granted / Speed);
                    TaskCompletionSource sending = _sending = new TaskCompletionSource();
                    await using CancellationTokenRegistration stopped = stream.Stopped.UnsafeRegister(_ => sending.TrySetCanceled(), null);
                    await sending.Task.ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // Cancelled, or told to leave.
        }
        finally
        {
            stream.Dispose();
        }
    }

    /// <summary>The client has taken what was due by now.</summary>
    public void Step()
    {
        if (_sending is { } sending && clock.Seconds >= _sentAt)
        {
            _sending = null;
            sending.TrySetResult();
        }
    }
}

using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace OpenData.Server.Gateway.FastLane;

/// <summary>
/// Waits for the next bytes of a connection as Kestrel does: not longer than its keep-alive time-out, and not when the server stops. Costs no
/// timer: Kestrel's heartbeat looks at every connection once a second.
/// </summary>
internal sealed class RequestWait : IDisposable
{
    private readonly PipeReader _input;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly CancellationToken _closing;
    private readonly CancellationTokenRegistration _onClosing;
    private readonly Lock _lock = new();
    private long _since;
    private bool _waiting;
    private bool _expired;

    public RequestWait(ConnectionContext connection, TimeSpan patience, TimeProvider time)
    {
        _input = connection.Transport.Input;
        _patience = patience;
        _time = time;
        connection.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(static wait => ((RequestWait)wait).Beat(), this);
        _closing = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        _onClosing = _closing.UnsafeRegister(static wait => ((RequestWait)wait!).EndWait(), this);
    }

    /// <summary>True once the server wants the connection closed.</summary>
    public bool IsClosing => _closing.IsCancellationRequested;

    /// <summary>What came, of which nothing is consumed yet; null where the connection is to be closed.</summary>
    public async ValueTask<ReadResult?> NextAsync()
    {
        while (true)
        {
            lock (_lock)
            {
                if (_expired || IsClosing)
                {
                    return null;
                }
                _since = _time.GetTimestamp();
                _waiting = true;
            }
            ReadResult read;
            try
            {
                read = await _input.ReadAsync(CancellationToken.None);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                return null; // the client reset it, or it was aborted
            }
            finally
            {
                lock (_lock)
                {
                    _waiting = false;
                }
            }
            if (!read.IsCanceled && !(read.IsCompleted && read.Buffer.IsEmpty))
            {
                return read;
            }
            _input.AdvanceTo(read.Buffer.Start);
            if (read.IsCompleted)
            {
                return null;
            }
        }
    }

    /// <summary>After this the connection is somebody else's, and never disturbed from here.</summary>
    public void Dispose() => _onClosing.Dispose();

    private void Beat()
    {
        lock (_lock)
        {
            if (!_waiting || _time.GetElapsedTime(_since) <= _patience)
            {
                return;
            }
            _expired = true;
        }
        EndWait();
    }

    private void EndWait()
    {
        lock (_lock)
        {
            if (_waiting)
            {
                _input.CancelPendingRead();
            }
        }
    }
}

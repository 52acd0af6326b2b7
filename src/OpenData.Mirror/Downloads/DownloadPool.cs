using OpenData.Mirror.Progress;
using OpenData.Mirror.Remote;

namespace OpenData.Mirror.Downloads;

/// <summary>What all downloads of a command share: the server, the connections, the rate. Any number of files may be asked for at once.</summary>
internal sealed class DownloadPool : IDisposable
{
    private readonly SemaphoreSlim _connections;
    private readonly Lock _gate = new();
    private readonly List<Task> _withheld = [];
    private int _allowed;

    public DownloadPool(Server server, DownloadOptions options, TransferBoard board, TimeProvider time)
    {
        Server = server;
        Options = options;
        Board = board;
        Limiter = options.MaxRate is { } rate ? new RateLimiter(rate, time) : null;
        _connections = new SemaphoreSlim(options.Connections);
        _allowed = options.Connections;
        server.ConcurrentRequests = Allow;
    }

    public Server Server { get; }

    public DownloadOptions Options { get; }

    public TransferBoard Board { get; }

    public RateLimiter? Limiter { get; }

    /// <summary>
    /// Brings a file, whole, verified and flushed, to its target; what is there already is checked and mended. When it fails or is cancelled, what was
    /// received stays beside the target and the next call goes on from there.
    /// </summary>
    /// <exception cref="MirrorException">It cannot be had.</exception>
    public async Task DownloadAsync(RemoteFile file, CancellationToken stop)
    {
        try
        {
            await new ResumableDownload(this, file).RunAsync(stop);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskFailure.Of(e, file.Target);
        }
    }

    /// <summary>Brings several files, sharing the connections; the first that fails ends the others.</summary>
    public Task DownloadAsync(IEnumerable<RemoteFile> files, CancellationToken stop) => Parallel.ForEachAsync(
        files,
        new ParallelOptions { MaxDegreeOfParallelism = Options.Connections, CancellationToken = stop },
        async (file, cancelled) => await DownloadAsync(file, cancelled));

    /// <summary>Takes one of the connections until the result is disposed.</summary>
    public async ValueTask<Slot> EnterAsync(CancellationToken stop)
    {
        await _connections.WaitAsync(stop);
        return new Slot(_connections);
    }

    public void Dispose()
    {
        Server.ConcurrentRequests = null;
        _connections.Dispose();
    }

    /// <summary>The server says how many downloads it lets this account have at a time: more connections would only be sent away to wait.</summary>
    private void Allow(int requests)
    {
        int most = Math.Clamp(requests, 1, Options.Connections);
        lock (_gate)
        {
            for (; _allowed > most; _allowed--)
            {
                _withheld.Add(_connections.WaitAsync()); // Taken as soon as one is free, and kept.
            }
            for (; _allowed < most; _allowed++)
            {
                _connections.Release();
            }
        }
    }

    internal readonly struct Slot(SemaphoreSlim connections) : IDisposable
    {
        public void Dispose() => connections.Release();
    }
}

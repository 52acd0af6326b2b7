using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace OpenData.Tests.Mirror.Sync;

/// <summary>
/// Stands between a mirror and a server: sends at the rate of a line, drops connections, flips bits of files, and knows of each byte of a file how often it passed.
/// A byte passed when the kernel sent it, not when it was given to the kernel: what waits to be sent when a connection ends never crosses.
/// </summary>
internal sealed class ChaosProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly HttpClient _server;
    private readonly PacedLine _line;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<ProxiedConnection, Task> _connections = [];
    private readonly ConcurrentDictionary<string, PassedBytes> _passed = [];
    private readonly ConcurrentDictionary<string, PassedBytes> _sinceDeath = [];
    private readonly Lock _gate = new();
    private readonly List<(long At, TaskCompletionSource Reached)> _marks = [];
    private readonly Task _accepting;
    private long _bytes;
    private long _flipAfter = long.MaxValue;

    private ChaosProxy(Uri server, long bytesPerSecond)
    {
        _server = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, MaxResponseDrainSize = 0 }) { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        // Otherwise megabytes wait in the buffers of both ends, which no line of this rate has under way.
        _line = new PacedLine(bytesPerSecond, TimeProvider.System);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Bytes of files that passed.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public int Flipped { get; private set; }

    public static Task<ChaosProxy> StartAsync(Uri server, long bytesPerSecond) => Task.FromResult(new ChaosProxy(server, bytesPerSecond));

    /// <summary>Completes when so many more bytes of files have passed.</summary>
    public Task AfterAsync(long bytes)
    {
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _marks.Add((_bytes + bytes, reached));
        }
        return reached.Task;
    }

    /// <summary>Breaks every connection that is at work.</summary>
    public void Drop()
    {
        foreach (ProxiedConnection connection in _connections.Keys)
        {
            if (connection.Drop() is { } path && _passed.TryGetValue(path, out PassedBytes? passed))
            {
                passed.Blame(Blow.Drop);
            }
        }
    }

    /// <summary>Flips a bit of a byte of a file, so many bytes from now.</summary>
    public void Flip(long after)
    {
        lock (_gate)
        {
            _flipAfter = _bytes + after;
        }
    }

    /// <summary>How many bytes of files passed that had passed before.</summary>
    /// <param name="suffix">Only of files whose names end so.</param>
    public long Again(string suffix = "") => _passed.Where(p => p.Key.EndsWith(suffix, StringComparison.Ordinal)).Sum(p => p.Value.Again);

    /// <summary>How many of those after such a blow.</summary>
    public long AgainAfter(Blow blow) => _passed.Values.Sum(p => p.AgainAfter(blow));

    /// <summary>How many of those for no reason that is known here.</summary>
    public long AgainWithoutBlow() => _passed.Values.Sum(p => p.WithoutBlow);

    /// <summary>How many of those were on the mirror's disk when it died.</summary>
    public long ThrownAway() => _passed.Values.Sum(p => p.ThrownAway);

    /// <summary>The mirror's process is dead. Waits until its connections are.</summary>
    public async Task BuriedAsync()
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        while (!_connections.IsEmpty)
        {
            await Task.Delay(1, patience.Token);
        }
    }

    /// <summary>Takes in what the mirror's process left.</summary>
    /// <param name="blow">What it died of.</param>
    /// <param name="kept">Of a path, how many bytes are on disk, from the first; null where the mirror does not want them any more.</param>
    /// <returns>Bytes that passed since the death before and are not on disk.</returns>
    public long Died(Blow blow, Func<string, long?> kept)
    {
        long lost = 0;
        foreach ((string path, PassedBytes passed) in _sinceDeath)
        {
            passed.Blame(blow);
            lost += kept(path) is { } bytes ? passed.Died(bytes) : 0;
        }
        _sinceDeath.Clear();
        return lost;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections.Values);
        _server.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptAsync(_stop.Token);
                ProxiedConnection connection = new(socket, _server, _line, Flips, Passes);
                TaskCompletionSource known = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _connections[connection] = known.Task.ContinueWith(_ => ServeAsync(connection), TaskScheduler.Default).Unwrap();
                known.SetResult();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(ProxiedConnection connection)
    {
        await connection.RunAsync(_stop.Token);
        _connections.TryRemove(connection, out _);
    }

    private void Flips(string path, Span<byte> bytes)
    {
        lock (_gate)
        {
            if (_bytes + bytes.Length > _flipAfter)
            {
                _flipAfter = long.MaxValue;
                bytes[Random.Shared.Next(bytes.Length)] ^= (byte)(1 << Random.Shared.Next(8));
                Flipped++;
                _passed.GetOrAdd(path, _ => new PassedBytes()).Blame(Blow.Flip);
            }
        }
    }

    private void Passes(string path, long at, long bytes)
    {
        PassedBytes passed = _passed.GetOrAdd(path, _ => new PassedBytes());
        passed.Pass(at, bytes);
        _sinceDeath[path] = passed;
        lock (_gate)
        {
            _bytes += bytes;
            foreach ((long _, TaskCompletionSource reached) in _marks.Where(m => m.At <= _bytes))
            {
                reached.TrySetResult();
            }
            _marks.RemoveAll(m => m.At <= _bytes);
        }
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using OpenData.Format;
using OpenData.Server.Releases;
using OpenData.Tests.Gateway;

namespace OpenData.Tests.EndToEnd;

/// <summary>The server's people at work: they publish, correct and withdraw. Several at a time, or the mirror would wait for them and not for the line.</summary>
internal sealed class BusyPublisher(GatewayHost host, string mirror, int seed)
{
    // From so many on the tree grows no more: a thousand blows must fit on a disk in memory.
    private const int Many = 300;
    private const int People = 3;
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly List<ReleaseId> _current = [];
    private readonly Dictionary<ReleaseId, long> _ahead = [];
    private int _editions;
    private int _releases;
    private int _corrected;
    private int _withdrawn;

    public int Releases => _releases;

    public int Corrected => _corrected;

    public int Withdrawn => _withdrawn;

    /// <summary>Of every file that was ever published.</summary>
    public ConcurrentDictionary<string, Sha256Digest> Digests { get; } = new(StringComparer.Ordinal);

    /// <summary>Sees to it that the mirror is at least so many bytes behind.</summary>
    public Task KeepAheadAsync(long bytes, CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, People).Select(_ => Task.Run(() => WorkAsync(bytes, stop), CancellationToken.None)));

    private async Task WorkAsync(long bytes, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (Next(bytes) is { } act)
            {
                await act();
            }
            else
            {
                await Task.Delay(20, CancellationToken.None);
            }
        }
    }

    /// <summary>What to do; null while the mirror is far enough behind.</summary>
    private Func<Task>? Next(long bytes)
    {
        lock (_gate)
        {
            foreach (ReleaseId there in _ahead.Keys.Where(r => File.Exists(Path.Combine(mirror, r.ToString(), Manifest.FileName))).ToList())
            {
                _ahead.Remove(there);
            }
            if (_ahead.Values.Sum() >= bytes)
            {
                return null;
            }
            int what = _current.Count == 0 ? 0 : _random.Next(10);
            // Mostly what resumes at any byte, some of what comes in one go.
            (int size, int seed) = (_random.Next(5) == 0 ? _random.Next(100, 20_000) : _random.Next(300_000, 900_000), _random.Next());
            if (what < (_current.Count < Many ? 6 : 1))
            {
                ReleaseId first = GatewayHost.Release(edition: string.Create(CultureInfo.InvariantCulture, $"e{++_editions:00000}"));
                return () => PublishAsync(first, size, seed);
            }
            int which = _random.Next(_current.Count);
            ReleaseId release = _current[which];
            _current.RemoveAt(which);
            _ahead.Remove(release);
            return what < 9
                ? () => PublishAsync(release with { Revision = release.Revision + 1 }, size, seed)
                : () => WithdrawAsync(release);
        }
    }

    private async Task PublishAsync(ReleaseId release, int size, int seed)
    {
        await host.PublishRandomAsync(size, release, seed);
        IReadOnlyList<ReleaseFile> files = await host.Of<ReleaseQueries>().FilesAsync(release, CancellationToken.None);
        foreach (ReleaseFile file in files)
        {
            Digests[$"{release}/{file.Name}"] = file.Sha256;
        }
        lock (_gate)
        {
            _releases++;
            _corrected += release.Revision > 1 ? 1 : 0;
            _ahead[release] = files.Sum(f => f.Bytes);
            _current.Add(release);
        }
    }

    private async Task WithdrawAsync(ReleaseId release)
    {
        (await host.Of<Withdrawals>().WithdrawAsync(release, "a test said so", CancellationToken.None)).ShouldBeTrue();
        Interlocked.Increment(ref _withdrawn);
    }
}

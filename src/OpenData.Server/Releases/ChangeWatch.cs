using System.Data.Common;
using OpenData.Format;
using OpenData.Server.Database;

namespace OpenData.Server.Releases;

/// <summary>
/// Follows the change feed for this process: one number in one row is read twice a second, whoever on whichever node publishes, and what is new
/// is read once. Those who wait for changes (long polls, streams, running downloads) wait here, read <see cref="Tail"/> and cost the database
/// nothing. While the database is away nothing changes.
/// </summary>
public sealed partial class ChangeWatch(ChangeFeed feed, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<ChangeWatch> log) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);
    private const int PageSize = 1000;

    private readonly TimeProvider _time = time;
    private readonly ChangeWaiters _waiters = new(time);
    private volatile ChangeTail _tail = new(0, []);
    private CancellationTokenRegistration _stopping;
    private bool _away;

    /// <summary>Raised with new changes, in order, one page at a time.</summary>
    public event Action<IReadOnlyList<Change>>? Changed;

    /// <summary>The newest changes that were seen here.</summary>
    public ChangeTail Tail => _tail;

    /// <summary>The newest serial that was seen here.</summary>
    public long Head => _tail.Head;

    /// <summary>How many wait just now.</summary>
    public int Waiting => _waiters.Count;

    /// <summary>
    /// Completes when a serial above this one is known, after so long a time (a quarter of a second late at most), when the caller has gone, or when the process is asked to stop. A waiter
    /// costs a few hundred bytes.
    /// </summary>
    /// <returns>True where there is one.</returns>
    public ValueTask<bool> WaitAsync(long after, TimeSpan atMost, CancellationToken stop)
    {
        if (Head > after || atMost <= TimeSpan.Zero || stop.IsCancellationRequested)
        {
            return ValueTask.FromResult(Head > after);
        }
        Task<bool> wait = _waiters.WaitAsync(after, atMost, stop);
        // What came between the look and the wait has woken nobody.
        if (Head > after || lifetime.ApplicationStopping.IsCancellationRequested)
        {
            Wake();
        }
        return new ValueTask<bool>(wait);
    }

    /// <summary>Looks now: call it after a change of one's own.</summary>
    public async Task RefreshAsync(CancellationToken stop)
    {
        long head = await feed.HeadAsync(stop);
        if (head < Head)
        {
            _tail = await ReadTailAsync(stop); // the database was restored from a backup
        }
        while (Head < head && await feed.AfterAsync(Head, PageSize, stop) is { Count: > 0 } changes)
        {
            _tail = _tail.With(changes);
            Wake();
            Changed?.Invoke(changes);
        }
    }

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _tail = await ReadTailAsync(cancellationToken);
        _stopping = lifetime.ApplicationStopping.Register(Wake);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _stopping.Dispose();
        _waiters.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(s_interval, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RefreshAsync(stoppingToken);
                _away = false;
            }
            catch (Exception e) when (e is DbException or DatabaseUnavailableException or TimeoutException)
            {
                if (!_away)
                {
                    LogAway(e);
                }
                _away = true;
            }
        }
    }

    private async Task<ChangeTail> ReadTailAsync(CancellationToken stop)
    {
        long start = Math.Max(0, await feed.HeadAsync(stop) - ChangeTail.Capacity);
        return new ChangeTail(start, await feed.AfterAsync(start, ChangeTail.Capacity, stop));
    }

    private void Wake()
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            _waiters.EndAll();
        }
        else
        {
            _waiters.EndBelow(Head);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The change feed cannot be read just now; it is tried again")]
    private partial void LogAway(Exception e);
}

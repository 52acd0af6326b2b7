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

    private volatile TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ChangeTail _tail = new(0, []);
    private CancellationTokenRegistration _stopping;
    private bool _away;

    /// <summary>Raised with new changes, in order, one page at a time.</summary>
    public event Action<IReadOnlyList<Change>>? Changed;

    /// <summary>The newest changes that were seen here.</summary>
    public ChangeTail Tail => _tail;

    /// <summary>The newest serial that was seen here.</summary>
    public long Head => _tail.Head;

    /// <summary>Completes when a serial above this one is known, after so long a time, or when the process is asked to stop. A waiter costs a few hundred bytes.</summary>
    /// <returns>True where there is one.</returns>
    public async ValueTask<bool> WaitAsync(long after, TimeSpan atMost, CancellationToken stop)
    {
        long began = time.GetTimestamp();
        while (true)
        {
            Task next = _next.Task;
            TimeSpan left = atMost - time.GetElapsedTime(began);
            if (Head > after || left <= TimeSpan.Zero || stop.IsCancellationRequested || lifetime.ApplicationStopping.IsCancellationRequested)
            {
                return Head > after;
            }
            // A time-out is the rule here and not worth throwing; a cancelled wait is seen above.
            await next.WaitAsync(left, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
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
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(s_interval, time);
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

    private void Wake() => Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The change feed cannot be read just now; it is tried again")]
    private partial void LogAway(Exception e);
}

using System.Data.Common;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>
/// Follows the change feed for this process: one number in one row is read twice a second, whoever on whichever node publishes. Those who wait
/// for changes (long polls, running downloads) wait here and cost the database nothing. While the database is away nothing changes.
/// </summary>
public sealed partial class ChangeWatch(ChangeFeed feed, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<ChangeWatch> log) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);
    private const int PageSize = 1000;

    private volatile TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _head;
    private bool _away;

    /// <summary>Raised with new changes, in order, one page at a time.</summary>
    public event Action<IReadOnlyList<Change>>? Changed;

    /// <summary>The newest serial that was seen here.</summary>
    public long Head => Volatile.Read(ref _head);

    /// <summary>Completes when a serial above this one is known, after so long a time, or when the process is asked to stop.</summary>
    /// <returns>True where there is one.</returns>
    public async Task<bool> WaitAsync(long after, TimeSpan atMost, CancellationToken stop)
    {
        using CancellationTokenSource timeout = new(atMost, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(stop, timeout.Token, lifetime.ApplicationStopping);
        try
        {
            while (true)
            {
                Task next = _next.Task;
                if (Head > after)
                {
                    return true;
                }
                await next.WaitAsync(either.Token);
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Looks now: call it after a change of one's own.</summary>
    public async Task RefreshAsync(CancellationToken stop)
    {
        long head = await feed.HeadAsync(stop);
        while (Head < head && await feed.AfterAsync(Head, PageSize, stop) is { Count: > 0 } changes)
        {
            Advance(changes[^1].Serial);
            Changed?.Invoke(changes);
        }
        if (head < Head)
        {
            Volatile.Write(ref _head, head); // the database was restored from a backup
        }
    }

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        Advance(await feed.HeadAsync(cancellationToken));
        await base.StartAsync(cancellationToken);
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

    private void Advance(long head)
    {
        Volatile.Write(ref _head, head);
        Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The change feed cannot be read just now; it is tried again")]
    private partial void LogAway(Exception e);
}

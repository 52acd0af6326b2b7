namespace OpenData.Mirror.Remote;

/// <summary>
/// Shared by everything that one command transfers: waits between tries, and gives up when nothing at all has arrived for <paramref name="giveUpAfter"/>.
/// Thread-safe.
/// </summary>
/// <param name="giveUpAfter">The longest time without a byte of progress.</param>
/// <param name="time">The clock.</param>
/// <param name="notice">Told what is waited for, at most once in five seconds.</param>
/// <param name="mostFailures">How often in a row the server may fail over one file before that file is left for later; by default it never is.</param>
internal sealed class Patience(TimeSpan giveUpAfter, TimeProvider time, Action<Words> notice, int mostFailures = int.MaxValue)
{
    // One file must not keep a connection waiting for longer, where there are others to fetch.
    private static readonly TimeSpan LongestWish = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan NoticeInterval = TimeSpan.FromSeconds(5);
    private long _progress = time.GetTimestamp();
    private long _noticed = long.MinValue;

    /// <summary>Bytes arrived.</summary>
    public void Progressed() => Volatile.Write(ref _progress, time.GetTimestamp());

    /// <summary>Waits before the next try.</summary>
    /// <exception cref="MirrorException">It would be longer than patience lasts; the message names <paramref name="what"/> and the obstacle.</exception>
    public async Task WaitAsync(string what, Obstacle obstacle, int failures, CancellationToken stop)
    {
        TimeSpan delay = RetryPolicy.Delay(failures, obstacle.RetryAfter, Random.Shared.NextDouble());
        if (obstacle.IsOfThisFile && mostFailures < int.MaxValue && (failures >= mostFailures || obstacle.RetryAfter > LongestWish))
        {
            throw obstacle.ToException(what);
        }
        TimeSpan without = time.GetElapsedTime(Volatile.Read(ref _progress));
        if (without + delay > giveUpAfter)
        {
            Words? wish = obstacle.RetryAfter is { } asked ? new($" It asks to wait {asked.TotalSeconds:0} s.", $"服务器要求等待 {asked.TotalSeconds:0} 秒。") : null;
            throw new MirrorException(obstacle.ExitCode, new(
                $"{what}: {obstacle.Reason}.{wish} Given up after {without.TotalSeconds:0} s without progress (--give-up-after {giveUpAfter.TotalSeconds:0}s). The same command goes on from here.",
                $"{what}：{obstacle.Reason}。{wish}已有 {without.TotalSeconds:0} 秒没有进展，不再重试（--give-up-after {giveUpAfter.TotalSeconds:0}s）。再次执行同一命令即可从此处继续。"))
            {
                EndsAll = true,
                Status = obstacle.Status,
            };
        }
        if (IsTimeToTell())
        {
            notice(new($"{what}: {obstacle.Reason}; trying again in {delay.TotalSeconds:0.#} s", $"{what}：{obstacle.Reason}；{delay.TotalSeconds:0.#} 秒后重试"));
        }
        await Task.Delay(delay, time, stop);
    }

    private bool IsTimeToTell()
    {
        long now = time.GetTimestamp();
        long last = Volatile.Read(ref _noticed);
        return (last == long.MinValue || time.GetElapsedTime(last, now) >= NoticeInterval) && Interlocked.CompareExchange(ref _noticed, now, last) == last;
    }
}

using OpenData.Format;
using OpenData.Mirror.Feed;
using OpenData.Mirror.Progress;
using OpenData.Mirror.Releases;

namespace OpenData.Mirror.Sync;

/// <summary>
/// Keeps a folder the same as what a server publishes:
/// <list type="number">
/// <item>the signed head of the feed is checked: what is older than what was seen is refused;</item>
/// <item>pages of changes after the cursor are read; what is published is put on the to-do list, what is withdrawn or replaced is taken away;</item>
/// <item>list and cursor are written in one file, then the next page is read, as long as little waits;</item>
/// <item>workers bring the releases of the list; what fails stays on it.</item>
/// </list>
/// It may be killed anywhere: what a page asks for can be done twice, and the cursor passes a page only with all of it done or on the list.
/// </summary>
internal sealed class MirrorSync(
    ChangeReader feed, ReleaseTransfer transfer, SmallRequest probe, MirrorFolder folder, ReleaseIndex index, SyncOptions options, SyncReport report, TransferBoard board, TimeProvider time)
{
    private MirrorState _state = new();
    private WorkList _work = null!;
    private MirrorException? _ended;
    private long _pausedUntil = long.MinValue;
    private long _headAt;
    private long _probedAt;

    /// <summary>Runs until everything is there, or for ever.</summary>
    /// <exception cref="MirrorException">Something could not be had; all else is there.</exception>
    public async Task RunAsync(string server, CancellationToken stop)
    {
        _state = Begin(MirrorState.Load(folder), server);
        _work = new WorkList(ReadTodo(), _state.Refused, time);
        _work.Resume();
        folder.EmptyTrash();
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task[] workers = [.. Enumerable.Range(0, options.Releases).Select(_ => Task.Run(() => WorkAsync(ended), CancellationToken.None))];
        try
        {
            if (options.Follow)
            {
                await FollowAsync(ended.Token);
            }
            else
            {
                await ProbeRefusedAsync(ended.Token);
                await WalkAsync(ended.Token);
                await DrainAsync(0, ended.Token);
                report.UpToDate(_state.After, _work.Waiting);
            }
        }
        catch (OperationCanceledException) when (_ended is not null && !stop.IsCancellationRequested)
        {
            // A worker met what ends all; it is told below.
        }
        finally
        {
            await ended.CancelAsync();
            await Task.WhenAll(workers);
            Save();
        }
        if ((_ended ?? Failure()) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>What of an earlier run still holds.</summary>
    private MirrorState Begin(MirrorState before, string server)
    {
        string selection = options.Selection.Text;
        if (options.RestartFeed || (before.Server is not null && before.Server != server))
        {
            report.Notice(new($"the feed of {server} is read from its beginning; what is there is not fetched again", $"从头读取 {server} 的变更通知；已有的内容不会重新下载"));
            return new MirrorState { Server = server, Selection = selection };
        }
        if (before.Selection is not null && before.Selection != selection)
        {
            report.Notice(new(
                "the selection changed: the feed is read from its beginning; what is there is not fetched again",
                "所选范围有变，从头读取变更通知；已有的内容不会重新下载"));
            return new MirrorState { Server = server, Selection = selection, Head = before.Head };
        }
        return before with { Server = server, Selection = selection };
    }

    private Todo ReadTodo()
    {
        try
        {
            return new Todo(_state.Todo);
        }
        catch (FormatException e)
        {
            throw MirrorException.Failed(new(
                $"{folder.StateFolder}: the to-do list in state.json is damaged ({e.Message}). Remove the file: the feed is read anew, and nothing that is there is fetched again.",
                $"{folder.StateFolder}：state.json 中的待办清单已损坏。请删除该文件：变更通知将重新读取，已有的内容不会重新下载。"), e);
        }
    }

    private async Task FollowAsync(CancellationToken stop)
    {
        int failures = 0;
        while (true)
        {
            try
            {
                if (time.GetElapsedTime(_probedAt) >= options.RefusalInterval || _probedAt == 0)
                {
                    await ProbeRefusedAsync(stop);
                }
                await WalkAsync(stop);
                failures = 0;
                do
                {
                    report.UpToDate(_state.After, _work.Waiting);
                    _work.Retry();
                    Save();
                    if ((await feed.PageAsync(_state.After, options.PollWait, stop)).Items.Count > 0)
                    {
                        break;
                    }
                }
                while (time.GetElapsedTime(_headAt) < options.HeadInterval);
            }
            catch (Exception e) when (e is MirrorException or IOException or UnauthorizedAccessException)
            {
                TimeSpan delay = Backoff(++failures);
                report.Notice(new($"{Words.Of(e)}; trying again in {PlainProgress.Duration(delay)}", $"{Words.Of(e)}；{PlainProgress.Duration(delay)}后重试"));
                await Task.Delay(delay, time, stop);
            }
        }
    }

    /// <summary>Reads the feed up to its signed head.</summary>
    private async Task WalkAsync(CancellationToken stop)
    {
        FeedHead head = await feed.HeadAsync(_state.Head, stop);
        _headAt = time.GetTimestamp();
        _state = _state with { Head = _state.Head.With(head) };
        while (true)
        {
            await DrainAsync(options.MostWaiting, stop);
            FeedPage page = await feed.PageAsync(_state.After, TimeSpan.Zero, stop);
            foreach (Change change in page.Items)
            {
                await ApplyAsync(change);
            }
            if (page.Items.Count > 0)
            {
                _state = _state with { After = page.Items[^1].Serial };
                Save();
            }
            if (page.Items.Count == 0 || page.Next is null)
            {
                break;
            }
        }
        if (_state.After < head.Serial)
        {
            throw MirrorException.Integrity(new(
                $"/api/v1/changes: ends at serial {_state.After}, but its signed head says {head.Serial}: some cache on the way shows an old copy",
                $"/api/v1/changes：止于序号 {_state.After}，而已签名的最新序号为 {head.Serial}：途中某个缓存给出了旧的副本"));
        }
    }

    /// <summary>Waits until only so much waits, noting progress now and then.</summary>
    private async Task DrainAsync(int most, CancellationToken stop)
    {
        while (!await _work.DownToAsync(most, TimeSpan.FromSeconds(5), stop))
        {
            Save();
        }
        stop.ThrowIfCancellationRequested();
    }

    private async Task ApplyAsync(Change change)
    {
        Act act = _work.Apply(change, options.Selection, r => folder.Has(r) || Tombstone.Marks(folder, r));
        if (act is Act.Nothing or Act.Fetch)
        {
            return;
        }
        ReleaseId release = new(change.Dataset, change.Edition!, change.Revision!.Value);
        await _work.CallOffAsync(release);
        if (act == Act.Remove)
        {
            TakeAway(release, keep: false);
            report.Removed(release);
            Settled(release);
            return;
        }
        bool there = folder.Has(release);
        if (there || options.Selection.Wants(release.Dataset))
        {
            new Tombstone(release.ToString(), change.At, change.Reason, change.Serial).Write(folder, release);
        }
        TakeAway(release, keep: options.KeepWithdrawn && there);
        if (there)
        {
            report.Withdrawn(release, change.Reason, options.KeepWithdrawn);
        }
        Settled(release);
    }

    private void TakeAway(ReleaseId release, bool keep)
    {
        if (folder.Has(release))
        {
            index.Remove(release); // First: whoever dies in between finds it there and does both again.
        }
        folder.TakeAway(release, keep);
    }

    private void Settled(ReleaseId release)
    {
        foreach (ReleaseId replaced in _work.Settle(release))
        {
            TakeAway(replaced, keep: false);
            _work.Removed(replaced);
            report.Removed(replaced);
        }
        board.Waiting = _work.Waiting;
    }

    private async Task WorkAsync(CancellationTokenSource ended)
    {
        try
        {
            await foreach (ReleaseId release in _work.TakeAsync(ended.Token))
            {
                await PausedAsync(ended.Token);
                if (_work.Begin(release, ended.Token) is { } stop)
                {
                    try
                    {
                        await FetchAsync(release, ended, stop);
                    }
                    finally
                    {
                        _work.End(release);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The sync ends.
        }
    }

    private async Task FetchAsync(ReleaseId release, CancellationTokenSource ended, CancellationToken stop)
    {
        try
        {
            if (folder.Has(release))
            {
                index.Add([release]); // A process that was killed came so far.
                Settled(release);
            }
            else if (await transfer.RunAsync(release, stop) is { } bytes)
            {
                Settled(release);
                report.Fetched(release, bytes);
            }
            else
            {
                Settled(release); // Too old by its manifest.
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Called off: it was withdrawn or replaced meanwhile, or nothing can be had for a while, or the sync ends.
        }
        catch (MirrorException e)
        {
            await FailedAsync(release, e, ended);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await FailedAsync(release, Downloads.DiskFailure.Of(e, folder.Of(release)), ended);
        }
    }

    private async Task FailedAsync(ReleaseId release, MirrorException e, CancellationTokenSource ended)
    {
        if (e.Status == 410)
        {
            // Withdrawn a moment ago; the feed will say so.
            folder.TakeAway(release, keep: false);
            Settled(release);
        }
        else if (e.Status is 403 or 451)
        {
            if (_work.Refuse(release))
            {
                report.Refused(release.Dataset, e.Words);
            }
        }
        else
        {
            int attempts = _work.Fail(release, e, Backoff);
            report.Failed(release, e, attempts);
            if (e.EndsAll && !options.Follow)
            {
                Interlocked.CompareExchange(ref _ended, e, null);
                await ended.CancelAsync();
            }
            else if (e.EndsAll)
            {
                Volatile.Write(ref _pausedUntil, time.GetTimestamp() + (long)(Backoff(attempts).TotalSeconds * time.TimestampFrequency));
                _work.PutBack(); // Each of the others would ask, receive and throw away, to learn the same.
            }
        }
    }

    /// <summary>While nothing can succeed, nothing is tried.</summary>
    private async Task PausedAsync(CancellationToken stop)
    {
        while (Volatile.Read(ref _pausedUntil) is var until && until != long.MinValue && time.GetElapsedTime(time.GetTimestamp(), until) is { Ticks: > 0 } left)
        {
            await Task.Delay(left, time, stop);
        }
    }

    /// <summary>Reads the changes of datasets anew that were refused and can be had now.</summary>
    private async Task ProbeRefusedAsync(CancellationToken stop)
    {
        _probedAt = time.GetTimestamp();
        foreach ((string dataset, Refusal refusal) in _work.Refused)
        {
            if (!options.Selection.Wants(dataset) || (ReleaseId.TryParse(refusal.Release, out ReleaseId release) && await probe(SignedRelease.FilePath(release, Manifest.SignatureName), stop) is 401 or 403 or 451))
            {
                report.Refused(dataset, new($"{dataset}: the server still refuses it", $"{dataset}：服务器仍不允许获取"));
                continue;
            }
            _state = _state with { After = Math.Min(_state.After, _work.Allow(dataset) - 1) };
        }
    }

    private void Save()
    {
        board.Waiting = _work.Waiting;
        (_state with { Todo = _work.Entries, Refused = _work.Refused }).Save(folder);
    }

    /// <summary>One sentence for all that could not be had; each was told when it failed.</summary>
    private MirrorException? Failure()
    {
        IReadOnlyList<FailedRelease> failed = _work.Failed;
        IReadOnlyDictionary<string, Refusal> refused = _work.Refused;
        if (failed.Count == 0)
        {
            string datasets = string.Join(", ", refused.Keys.Order(StringComparer.Ordinal));
            return refused.Count == 0 ? null : new MirrorException(ExitCode.NotAuthorized, new($"not authorized for {datasets}; everything else is there", $"未获授权：{datasets}；其余均已到齐"));
        }
        int code = failed.Any(f => f.Cause.ExitCode == ExitCode.Integrity) ? ExitCode.Integrity : failed[0].Cause.ExitCode;
        string names = string.Join(", ", failed.Take(10).Select(f => f.Release)) + (failed.Count > 10 ? " …" : "");
        return new MirrorException(code, new(
            $"{failed.Count} releases could not be had: {names}. Everything else is there; the same command tries them again.",
            $"有 {failed.Count} 个版本未能下载：{names}。其余均已到齐；再次执行同一命令将重试。"));
    }

    private static TimeSpan Backoff(int failures) =>
        TimeSpan.FromSeconds(Math.Min(15 * 60, 5 * Math.Pow(2, Math.Min(failures - 1, 20))) * (1 - 0.5 * Random.Shared.NextDouble()));
}

/// <summary>Asks for a file and says with what status the server answers.</summary>
internal delegate Task<int> SmallRequest(string path, CancellationToken stop);

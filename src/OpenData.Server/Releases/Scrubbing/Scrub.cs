namespace OpenData.Server.Releases.Scrubbing;

/// <summary>
/// Reads one stored file, and sees to what is found:
/// <list type="number">
/// <item>Read: each block is compared; how far it is is written down every ten seconds.</item>
/// <item>Refuse: with the first bad block the file is on record as damaged, and no gateway serves it from then on.</item>
/// <item>Repair, where that is asked for: see <see cref="FileRepair"/>.</item>
/// <item>Read again: only a file that reads well from its first byte to its last is good, and is served again.</item>
/// </list>
/// </summary>
public sealed partial class Scrub(ScrubLedger ledger, StoredFileCheck check, FileRepair repair, ScrubMetrics metrics, TimeProvider time, ILogger<Scrub> log)
{
    private static readonly TimeSpan Checkpoint = TimeSpan.FromSeconds(10);

    /// <summary>Reads a file from where an earlier pass stopped.</summary>
    /// <param name="file">Which, as the ledger has it.</param>
    /// <param name="throttle">At what rate.</param>
    /// <param name="mayRepair">Whether what is bad is put right.</param>
    /// <param name="goOn">Asked every ten seconds; false to stop there and come back later. Null: always.</param>
    /// <param name="stop">Stops within a block; what was read up to the last ten seconds is on record.</param>
    /// <exception cref="IOException">The store or the database cannot be used just now: nothing is known of the file.</exception>
    public async Task<ScrubOutcome> RunAsync(ScrubbedFile file, ScrubThrottle throttle, bool mayRepair, Func<Task<bool>>? goOn, CancellationToken stop)
    {
        Pass pass = await ReadAsync(file, throttle, goOn, stop);
        if (!pass.Ended || !pass.File.IsBad)
        {
            return new ScrubOutcome(pass.File, pass.Ended);
        }
        LogBad(file.Key.Path, pass.File.Result, pass.File.Reason ?? "", pass.File.BadBlocks);
        if (!mayRepair)
        {
            return new ScrubOutcome(pass.File, true);
        }
        RepairOutcome repaired = await RepairAsync(pass.File, stop);
        metrics.Repairs.Add(1, new KeyValuePair<string, object?>("outcome", repaired.Done ? "done" : "failed"));
        if (!repaired.Done)
        {
            LogNotRepaired(file.Key.Path, repaired.What);
            return new ScrubOutcome(pass.File, true, repaired);
        }
        Pass again = await ReadAsync(pass.File, throttle, null, stop);
        if (!again.File.IsBad)
        {
            LogRepaired(file.Key.Path, repaired.What);
        }
        return new ScrubOutcome(again.File, true, repaired);
    }

    private async Task<RepairOutcome> RepairAsync(ScrubbedFile file, CancellationToken stop)
    {
        try
        {
            return await repair.RunAsync(file, stop);
        }
        catch (IOException e)
        {
            return new RepairOutcome(false, e.Message); // a full disk, say: the file is as bad as before, and others may be luckier
        }
    }

    private async Task<Pass> ReadAsync(ScrubbedFile file, ScrubThrottle throttle, Func<Task<bool>>? goOn, CancellationToken stop)
    {
        ScrubResult began = file.Result;
        ScrubbedFile now = file.Position > 0 ? file : file with { StartedAt = time.GetUtcNow(), BadBlocks = 0, FirstBad = null };
        DateTimeOffset written = time.GetUtcNow();
        long bytes = throttle.Bytes;
        bool suspected = false;
        FileVerdict verdict = await check.RunAsync(
            file,
            file.Position,
            throttle,
            async block =>
            {
                bool firstBad = block.Fault is not null && now.BadBlocks == 0;
                now = now with { Position = block.Next };
                if (block.Fault is not null)
                {
                    metrics.BadBlocks.Add(1);
                    now = now with
                    {
                        Result = ScrubResult.Damaged,
                        Reason = now.BadBlocks == 0 ? block.Fault : now.Reason,
                        FirstBad = now.FirstBad ?? block.Offset,
                        BadBlocks = now.BadBlocks + 1,
                    };
                }
                if (block.Next >= file.Bytes || (!firstBad && time.GetUtcNow() - written < Checkpoint))
                {
                    return true;
                }
                written = time.GetUtcNow();
                suspected = !await ledger.WriteAsync(now, began);
                return !suspected && (goOn is null || await goOn());
            },
            stop);
        metrics.Bytes.Add(throttle.Bytes - bytes);
        if (verdict.Stopped)
        {
            return new Pass(now, Ended: false);
        }
        if (verdict.Mended is { } blocks)
        {
            await ledger.MendBlocksAsync(file, blocks);
            LogMended(file.Key.Path);
        }
        // What an earlier part of this pass found counts, too.
        bool bad = !verdict.IsGood || now.BadBlocks > 0;
        now = now with
        {
            Result = !bad ? ScrubResult.Good : verdict.IsGood ? ScrubResult.Damaged : verdict.Result,
            Reason = !bad ? null : now.BadBlocks > 0 ? now.Reason : verdict.Reason,
            SeenAt = now.StartedAt ?? time.GetUtcNow(),
            StartedAt = null,
            Position = 0,
            BadBlocks = !bad ? 0 : Math.Max(now.BadBlocks, verdict.BadBlocks),
            FirstBad = !bad ? null : now.FirstBad ?? verdict.FirstBad,
        };
        suspected = !await ledger.WriteAsync(now, began, renewed: verdict.Mended is not null);
        if (!suspected)
        {
            metrics.Files.Add(1, new KeyValuePair<string, object?>("result", now.Result.ToString().ToLowerInvariant()));
        }
        return new Pass(now, Ended: !suspected);
    }

    /// <param name="File">What is known now.</param>
    /// <param name="Ended">False where it must be gone on with later.</param>
    private sealed record Pass(ScrubbedFile File, bool Ended);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The stored file {File} is {Result} and is not served: {Reason}; {Blocks} blocks of 1 MiB are bad")]
    private partial void LogBad(string file, ScrubResult result, string reason, long blocks);

    [LoggerMessage(Level = LogLevel.Error, Message = "The stored file {File} could not be repaired: {Why}")]
    private partial void LogNotRepaired(string file, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The stored file {File} was repaired and is served again: {What}")]
    private partial void LogRepaired(string file, string what);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The checksums of the blocks of {File} on record were wrong, as its SHA-256 proves; they were put right")]
    private partial void LogMended(string file);
}

/// <summary>What became of a file.</summary>
/// <param name="File">What is known now.</param>
/// <param name="Ended">False where the pass was stopped, and goes on later.</param>
/// <param name="Repair">The repair, where one was tried.</param>
public sealed record ScrubOutcome(ScrubbedFile File, bool Ended, RepairOutcome? Repair = null);

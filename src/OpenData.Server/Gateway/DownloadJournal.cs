using System.Data.Common;
using System.Threading.Channels;
using Dapper;
using Microsoft.Extensions.Options;
using OpenData.Server.Database;

namespace OpenData.Server.Gateway;

/// <summary>
/// Who downloaded what: the audit trail, and what usage is summed up from. Downloads hand their record over and go on; records are written in
/// batches, every second or as soon as there are a thousand. While the database is away they wait, up to a bound. An orderly stop writes all.
/// </summary>
public sealed partial class DownloadJournal : BackgroundService
{
    private const int BatchSize = 1000;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly SqlDatabase _database;
    private readonly TimeProvider _time;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger<DownloadJournal> _log;
    private readonly Channel<DownloadRecord> _waiting;

    /// <summary>Made once for each process.</summary>
    public DownloadJournal(SqlDatabase database, IOptions<GatewayOptions> options, TimeProvider time, GatewayMetrics metrics, ILogger<DownloadJournal> log)
    {
        _database = database;
        _time = time;
        _metrics = metrics;
        _log = log;
        _waiting = Channel.CreateBounded<DownloadRecord>(new BoundedChannelOptions(options.Value.JournalCapacity) { SingleReader = true });
    }

    /// <summary>Takes a record. Never waits: where the bound is reached the record is counted as lost.</summary>
    public void Add(DownloadRecord record)
    {
        if (!_waiting.Writer.TryWrite(record))
        {
            _metrics.JournalLost.Add(1);
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // Hosted services stop in reverse order of their start: the web server, which comes last, has ended its downloads by now.
        _waiting.Writer.TryComplete();
        if (ExecuteTask is { } writing)
        {
            await Task.WhenAny(writing, Task.Delay(Timeout.Infinite, cancellationToken));
        }
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<DownloadRecord> batch = new(BatchSize);
        while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
        {
            await FillAsync(batch, stoppingToken);
            while (!await TryWriteAsync(batch, stoppingToken))
            {
                await Task.Delay(s_interval, _time, stoppingToken);
            }
            batch.Clear();
        }
    }

    /// <summary>Takes what comes within the interval, or a full batch, or what is left at the end.</summary>
    private async Task FillAsync(List<DownloadRecord> batch, CancellationToken stop)
    {
        Task interval = Task.Delay(s_interval, _time, stop);
        while (batch.Count < BatchSize)
        {
            if (_waiting.Reader.TryRead(out DownloadRecord? record))
            {
                batch.Add(record);
                continue;
            }
            Task<bool> more = _waiting.Reader.WaitToReadAsync(stop).AsTask();
            if (await Task.WhenAny(more, interval) == interval || !await more)
            {
                return;
            }
        }
    }

    private async Task<bool> TryWriteAsync(List<DownloadRecord> batch, CancellationToken stop)
    {
        try
        {
            await _database.WriteAsync(
                async transaction =>
                {
                    // Held until the commit, so that batches become visible in their order: statistics are summed up behind the last one they saw.
                    long number = await transaction.Connection!.ExecuteScalarAsync<long>("UPDATE journal_head SET batch = batch + 1 WHERE id = 1 RETURNING batch", transaction: transaction);
                    await transaction.Connection!.ExecuteAsync(
                        $"""
                        INSERT INTO downloads (id, at, day, duration, account_id, key_id, address, dataset, edition, revision, file, status, ranges, asked, sent, whole, outcome, batch)
                        VALUES (@Id, @At, @Day, @Duration, @AccountId, @KeyId, @Address, @Dataset, @Edition, @Revision, @File, @Status, @Ranges, @Asked, @Sent, @Whole, @Outcome, {number})
                        ON CONFLICT (id) DO NOTHING
                        """,
                        batch,
                        transaction);
                },
                stop);
            return true;
        }
        catch (Exception e) when (e is DbException or DatabaseUnavailableException or TimeoutException)
        {
            LogWriteFailed(e, batch.Count);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} finished downloads could not be written to the journal; they are tried again")]
    private partial void LogWriteFailed(Exception e, int count);
}

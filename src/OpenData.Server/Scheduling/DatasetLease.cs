using System.Data.Common;
using Dapper;
using OpenData.Server.Database;

namespace OpenData.Server.Scheduling;

/// <summary>
/// The right to package one dataset, held by one process at a time on all machines that share the database. It is renewed while it is held;
/// a process that dies loses it when it runs out. Each holder has a higher number than the one before: whoever lost the lease is
/// refused at the publishing transaction by <see cref="CheckAsync"/>, even if it only slept.
/// </summary>
public sealed class DatasetLease : IAsyncDisposable
{
    private static readonly TimeSpan s_wanted = TimeSpan.FromSeconds(30);

    private readonly SqlDatabase _database;
    private readonly TimeProvider _time;
    private readonly TimeSpan _length;
    private readonly string _dataset;
    private readonly long _number;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _done = new();
    private readonly Task _renewal;

    private DatasetLease(SqlDatabase database, TimeProvider time, TimeSpan length, string dataset, long number)
    {
        (_database, _time, _length, _dataset, _number) = (database, time, length, dataset, number);
        _renewal = RenewAsync();
    }

    /// <summary>Cancelled when the lease was lost: stop working.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Takes the lease, or returns null where another process holds it.</summary>
    /// <param name="database">Where leases are kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="length">For how long it holds without being renewed; it is renewed each third of it.</param>
    /// <param name="dataset">The dataset's code.</param>
    /// <param name="stop">Cancels the attempt.</param>
    public static Task<DatasetLease?> TryTakeAsync(SqlDatabase database, TimeProvider time, TimeSpan length, string dataset, CancellationToken stop) =>
        TryTakeAsync(database, time, length, dataset, yields: false, stop);

    /// <summary>Takes the lease, or returns null where another process holds it, or waits for it and this one yields.</summary>
    /// <param name="database">Where leases are kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="length">For how long it holds without being renewed.</param>
    /// <param name="dataset">The dataset's code.</param>
    /// <param name="yields">True for one who gives way to everybody who does not: back files. Those wait for such a holder, however long it takes.</param>
    /// <param name="stop">Cancels the attempt.</param>
    public static async Task<DatasetLease?> TryTakeAsync(SqlDatabase database, TimeProvider time, TimeSpan length, string dataset, bool yields, CancellationToken stop)
    {
        DateTimeOffset now = time.GetUtcNow();
        await using DbConnection connection = await database.OpenAsync(stop);
        long? number = await connection.QuerySingleOrDefaultAsync<long?>(
            """
            INSERT INTO dataset_leases (dataset, holder, number, until, yields) VALUES (@dataset, @Node, 1, @until, @yields)
            ON CONFLICT (dataset) DO UPDATE SET holder = @Node, number = dataset_leases.number + 1, until = @until, yields = @yields
            WHERE dataset_leases.until < @now AND (dataset_leases.wanted_until < @now OR NOT @yields)
            RETURNING number
            """,
            new { dataset, RunHistory.Node, now, until = now + length, yields });
        return number is { } taken ? new DatasetLease(database, time, length, dataset, taken) : null;
    }

    /// <summary>Says that somebody waits for the lease: for the next half minute no one who yields takes it.</summary>
    /// <returns>True where the holder yields: it gives the lease up after its edition, and is worth waiting for.</returns>
    public static async Task<bool> WantAsync(SqlDatabase database, TimeProvider time, string dataset, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<bool>(
            "UPDATE dataset_leases SET wanted_until = @until WHERE dataset = @dataset RETURNING yields", new { dataset, until = time.GetUtcNow() + s_wanted });
    }

    /// <summary>Within a writing transaction: fails unless the lease is still held, and keeps it from being taken until the transaction ends.</summary>
    /// <exception cref="LeaseLostException">Another process has the lease now; the transaction must not be committed.</exception>
    public async Task CheckAsync(DbTransaction transaction)
    {
        int held = await transaction.Connection!.ExecuteAsync(
            "UPDATE dataset_leases SET until = until WHERE dataset = @_dataset AND number = @_number",
            new { _dataset, _number },
            transaction);
        if (held == 0)
        {
            throw new LeaseLostException(_dataset);
        }
    }

    /// <summary>Gives the lease back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _done.CancelAsync();
        await _renewal;
        try
        {
            await using DbConnection connection = await _database.OpenAsync(CancellationToken.None);
            await connection.ExecuteAsync("UPDATE dataset_leases SET until = 0 WHERE dataset = @_dataset AND number = @_number", new { _dataset, _number });
        }
        catch (Exception e) when (e is DbException or IOException)
        {
            // It runs out by itself.
        }
        _lost.Dispose();
        _done.Dispose();
    }

    private async Task RenewAsync()
    {
        DateTimeOffset until = _time.GetUtcNow() + _length;
        try
        {
            while (!_done.IsCancellationRequested)
            {
                await Task.Delay(_length / 3, _time, _done.Token);
                DateTimeOffset next = _time.GetUtcNow() + _length;
                int held = await TryRenewAsync(next);
                if (held > 0)
                {
                    until = next;
                }
                else if (held == 0 || _time.GetUtcNow() >= until)
                {
                    await _lost.CancelAsync();
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (_done.IsCancellationRequested)
        {
            // Given back.
        }
    }

    /// <returns>1 if renewed, 0 if another holds it, -1 if the database did not answer.</returns>
    private async Task<int> TryRenewAsync(DateTimeOffset until)
    {
        try
        {
            await using DbConnection connection = await _database.OpenAsync(_done.Token);
            return await connection.ExecuteAsync(
                "UPDATE dataset_leases SET until = @until WHERE dataset = @_dataset AND number = @_number", new { until, _dataset, _number });
        }
        catch (Exception e) when (e is DbException or IOException)
        {
            return -1;
        }
    }
}

/// <summary>Another process packages the dataset now.</summary>
/// <param name="dataset">Which dataset.</param>
public sealed class LeaseLostException(string dataset) : InvalidOperationException($"Another process packages {dataset} now; this run publishes nothing.");

using System.Data.Common;
using System.Text.Json;
using Dapper;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Packaging;

namespace OpenData.Server.Releases;

/// <summary>What a curator decides about editions that are held.</summary>
public sealed class Holds(SqlDatabase database, ReleasePublisher publisher, TimeProvider time)
{
    /// <inheritdoc cref="ApproveAsync(Dataset, string, Func{DbTransaction, Task}?, CancellationToken)"/>
    public Task<Publication?> ApproveAsync(Dataset dataset, string edition, CancellationToken stop) => ApproveAsync(dataset, edition, null, stop);

    /// <summary>Publishes a held edition as it was packaged.</summary>
    /// <param name="dataset">Its dataset.</param>
    /// <param name="edition">Its id.</param>
    /// <param name="also">What else belongs to the same transaction (the line of the audit trail), or null.</param>
    /// <param name="stop">Cancels.</param>
    /// <returns>Null where it is not held, or was held before anything was packaged (then its delivery must be mended).</returns>
    /// <exception cref="BarrierFailedException">What is stored is no longer what was written; package the edition again.</exception>
    public async Task<Publication?> ApproveAsync(Dataset dataset, string edition, Func<DbTransaction, Task>? also, CancellationToken stop)
    {
        HeldPackage? held;
        await using (DbConnection connection = await database.OpenAsync(stop))
        {
            held = await connection.QuerySingleOrDefaultAsync<HeldPackage>(
                "SELECT package, ready_at, updated_at FROM editions WHERE dataset = @Code AND edition = @edition AND state = 'held'", new { dataset.Code, edition });
        }
        return held?.Package is { } json
            ? await publisher.PublishAsync(
                JsonSerializer.Deserialize(json, ReleasesJson.Default.Package)!,
                dataset,
                held.ReadyAt ?? held.UpdatedAt,
                async transaction =>
                {
                    await StillHeldAsync(transaction, dataset.Code, edition, held.UpdatedAt);
                    await (also?.Invoke(transaction) ?? Task.CompletedTask);
                },
                stop)
            : null;
    }

    /// <inheritdoc cref="RejectAsync(string, string, string, Func{DbTransaction, Task}?, CancellationToken)"/>
    public Task<bool> RejectAsync(string dataset, string edition, string reason, CancellationToken stop) => RejectAsync(dataset, edition, reason, null, stop);

    /// <summary>Refuses a held edition: its delivery is not taken up again by itself, and its blobs are left to the sweep.</summary>
    /// <param name="dataset">Its dataset's code.</param>
    /// <param name="edition">Its id.</param>
    /// <param name="reason">Why.</param>
    /// <param name="also">What else belongs to the same transaction (the line of the audit trail), or null.</param>
    /// <param name="stop">Cancels.</param>
    /// <returns>False where it is not held.</returns>
    public Task<bool> RejectAsync(string dataset, string edition, string reason, Func<DbTransaction, Task>? also, CancellationToken stop) => database.WriteAsync(
        async transaction =>
        {
            int rejected = await transaction.Connection!.ExecuteAsync(
                "UPDATE editions SET state = 'rejected', reason = @reason, package = NULL, updated_at = @now WHERE dataset = @dataset AND edition = @edition AND state = 'held'",
                new { dataset, edition, reason = ((Words)reason).Stored, now = time.GetUtcNow() },
                transaction);
            if (rejected > 0 && also is not null)
            {
                await also(transaction);
            }
            return rejected > 0;
        },
        stop);

    /// <summary>Puts a held edition off to a later day. What comes of it meanwhile, a new delivery above all, ends the wait.</summary>
    /// <param name="dataset">Its dataset's code.</param>
    /// <param name="edition">Its id.</param>
    /// <param name="until">The day on which it is looked at again; null to look at it now.</param>
    /// <param name="reason">Why.</param>
    /// <param name="also">What else belongs to the same transaction (the line of the audit trail), or null.</param>
    /// <param name="stop">Cancels.</param>
    /// <returns>False where it is not held.</returns>
    public Task<bool> WaitAsync(string dataset, string edition, DateOnly? until, string reason, Func<DbTransaction, Task>? also, CancellationToken stop) => database.WriteAsync(
        async transaction =>
        {
            int waits = await transaction.Connection!.ExecuteAsync(
                "UPDATE editions SET wait_until = @until, wait_reason = @reason WHERE dataset = @dataset AND edition = @edition AND state = 'held'",
                new { dataset, edition, until, reason = until is null ? null : reason },
                transaction);
            if (waits > 0 && also is not null)
            {
                await also(transaction);
            }
            return waits > 0;
        },
        stop);

    /// <summary>What was packaged of a held edition; null where it is not held, or nothing could be packaged of it.</summary>
    public async Task<Package?> PackageAsync(string dataset, string edition, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        string? json = await connection.QuerySingleOrDefaultAsync<string>(new CommandDefinition(
            "SELECT package FROM editions WHERE dataset = @dataset AND edition = @edition AND state = 'held'", new { dataset, edition }, cancellationToken: stop));
        return json is null ? null : JsonSerializer.Deserialize(json, ReleasesJson.Default.Package);
    }

    /// <summary>The curator saw a certain package: another one that took its place meanwhile is not published in its name.</summary>
    private static async Task StillHeldAsync(DbTransaction transaction, string dataset, string edition, DateTimeOffset since)
    {
        int held = await transaction.Connection!.ExecuteAsync(
            "UPDATE editions SET state = state WHERE dataset = @dataset AND edition = @edition AND state = 'held' AND updated_at = @since",
            new { dataset, edition, since },
            transaction);
        if (held == 0)
        {
            throw new HoldChangedException(dataset, edition);
        }
    }

    private sealed record HeldPackage
    {
        public string? Package { get; init; }

        public DateTimeOffset? ReadyAt { get; init; }

        public DateTimeOffset UpdatedAt { get; init; }
    }
}

/// <summary>A held edition changed while it was being approved. Look at it again.</summary>
/// <param name="dataset">The dataset's code.</param>
/// <param name="edition">The edition's id.</param>
public sealed class HoldChangedException(string dataset, string edition)
    : InvalidOperationException($"{dataset}/{edition} changed while it was being approved; look at it again.");

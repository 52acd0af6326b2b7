using System.Data.Common;
using Dapper;
using OpenData.Server.Database;

namespace OpenData.Server.Scheduling;

/// <summary>
/// Datasets that workers leave alone until somebody says otherwise: nothing of them is packaged by the schedule or asked for by hand. What was withdrawn is all the
/// same taken out, and the run that is under way goes on to its end.
/// </summary>
public sealed class SchedulePauses(SqlDatabase database, TimeProvider time)
{
    /// <summary>All of them by the datasets' codes.</summary>
    public async Task<IReadOnlyDictionary<string, SchedulePause>> ListAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return (await connection.QueryAsync<SchedulePause>(new CommandDefinition("SELECT dataset, at, actor, reason FROM schedule_pauses", cancellationToken: stop)))
            .ToDictionary(pause => pause.Dataset, StringComparer.Ordinal);
    }

    /// <summary>True where the dataset is paused.</summary>
    public async Task<bool> IsPausedAsync(string dataset, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition("SELECT count(*) FROM schedule_pauses WHERE dataset = @dataset", new { dataset }, cancellationToken: stop)) > 0;
    }

    /// <summary>Pauses a dataset.</summary>
    /// <returns>False where it is paused already.</returns>
    public Task<bool> PauseAsync(string dataset, string actor, string reason, Func<DbTransaction, Task> also, CancellationToken stop) => database.ChangeAsync(
        "INSERT INTO schedule_pauses (dataset, at, actor, reason) VALUES (@dataset, @now, @actor, @reason) ON CONFLICT (dataset) DO NOTHING",
        new { dataset, now = time.GetUtcNow(), actor, reason },
        also,
        stop);

    /// <summary>Lets a dataset go on.</summary>
    /// <returns>False where it is not paused.</returns>
    public Task<bool> ResumeAsync(string dataset, Func<DbTransaction, Task> also, CancellationToken stop) =>
        database.ChangeAsync("DELETE FROM schedule_pauses WHERE dataset = @dataset", new { dataset }, also, stop);
}

/// <summary>A dataset that the schedule leaves alone.</summary>
public sealed record SchedulePause
{
    /// <summary>Its code.</summary>
    public required string Dataset { get; init; }

    /// <summary>Since when, in UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who paused it: <c>account:ID</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }
}

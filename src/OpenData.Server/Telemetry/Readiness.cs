using Microsoft.Extensions.Options;
using OpenData.Server.Database;
using OpenData.Server.Storage;

namespace OpenData.Server.Telemetry;

/// <summary>
/// Whether this node can do its work: database and store answer, in time, and it is not about to stop. Who asks within two seconds of another gets the same answer: a probe of
/// the store writes to it.
/// </summary>
public sealed class Readiness(SqlDatabase database, BlobStore store, IOptions<TelemetryOptions> options, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan s_life = TimeSpan.FromSeconds(2);
    private readonly Lock _lock = new();
    private Task<IReadOnlyList<string>>? _last;
    private long _lastAt;

    /// <summary>What does not answer and why, without secrets; empty where all is well.</summary>
    public Task<IReadOnlyList<string>> FaultsAsync(CancellationToken stop)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return Task.FromResult<IReadOnlyList<string>>(["This node is stopping; others serve."]);
        }
        lock (_lock)
        {
            if (_last is null || (_last.IsCompleted && time.GetElapsedTime(_lastAt) >= s_life))
            {
                _lastAt = time.GetTimestamp();
                _last = ProbeAllAsync();
            }
            return _last.WaitAsync(stop);
        }
    }

    private async Task<IReadOnlyList<string>> ProbeAllAsync()
    {
        string?[] faults = await Task.WhenAll(
            ProbeAsync("The database", database.ProbeAsync),
            ProbeAsync("The store", store.ProbeAsync));
        return [.. faults.OfType<string>()];
    }

    private async Task<string?> ProbeAsync(string what, Func<CancellationToken, Task> probe)
    {
        using CancellationTokenSource timeout = new(options.Value.ReadyTimeout, time);
        try
        {
            // Not every driver heeds its token; the wait does.
            await Task.Run(() => probe(timeout.Token), timeout.Token).WaitAsync(timeout.Token);
            return null;
        }
        catch (OperationCanceledException)
        {
            return $"{what} did not answer within {options.Value.ReadyTimeout.TotalSeconds:0.#} s.";
        }
        catch (Exception e)
        {
            return $"{what} does not answer: {e.Message}";
        }
    }
}

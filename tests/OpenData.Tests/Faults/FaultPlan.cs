namespace OpenData.Tests.Faults;

/// <summary>How an effect goes wrong.</summary>
public enum FaultMode
{
    /// <summary>The process dies just before it: nothing that it would have done happens, not even its cleaning up.</summary>
    Kill,

    /// <summary>It fails and has done nothing: a full disk, a refused request.</summary>
    Fail,

    /// <summary>It is carried out, but the answer says or seems to say that it failed: a connection that broke too late.</summary>
    LoseAnswer,
}

/// <summary>
/// Numbers every effect that a process has on its store and its database (a process that dies between two of them might as well have died at
/// the second), and lets one of them go wrong. Nothing in the product knows of it: it stands behind the two seams through which all that lasts goes.
/// </summary>
internal sealed class FaultPlan(FaultMode mode, int at)
{
    private readonly Lock _lock = new();
    private readonly List<string> _effects = [];
    private volatile bool _dead;

    /// <summary>A plan under which all goes well.</summary>
    public static FaultPlan None => new(FaultMode.Fail, 0);

    /// <summary>What happened so far, in order.</summary>
    public IReadOnlyList<string> Effects
    {
        get
        {
            lock (_lock)
            {
                return [.. _effects];
            }
        }
    }

    /// <summary>The effect that went wrong, or null where it never came to it.</summary>
    public string? Hit { get; private set; }

    /// <summary>Asked by whatever the dead process still tries.</summary>
    public void ThrowIfDead()
    {
        if (_dead)
        {
            throw new ProcessKilledException();
        }
    }

    public bool IsDead => _dead;

    /// <summary>Has an effect, unless it is its turn to go wrong.</summary>
    public async Task<T> RunAsync<T>(string effect, Func<Task<T>> work)
    {
        ThrowIfDead();
        bool mine;
        lock (_lock)
        {
            _effects.Add(effect);
            mine = _effects.Count == at;
            if (mine)
            {
                Hit = effect;
                _dead = mode == FaultMode.Kill;
            }
        }
        if (!mine)
        {
            return await work();
        }
        ThrowIfDead();
        if (mode == FaultMode.LoseAnswer)
        {
            await work();
        }
        throw new IOException($"injected: {effect}");
    }

    public Task RunAsync(string effect, Func<Task> work) => RunAsync(
        effect,
        async () =>
        {
            await work();
            return true;
        });
}

/// <summary>This process is dead. No code of the product can tell, or catch it by type.</summary>
public sealed class ProcessKilledException : Exception;

using OpenData.Server.Packaging;

namespace OpenData.Server.Scheduling;

/// <summary>Notes the steps of one run as they end; whoever reports the run takes them along.</summary>
internal sealed class RunSteps
{
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly List<RunStep> _waiting = [];
    private int _last;

    /// <summary>Listens to the progress of a run.</summary>
    public RunSteps(PackagingProgress progress, TimeProvider time)
    {
        _time = time;
        Action<string, Words?>? others = progress.StepEnded;
        progress.StepEnded = (step, note) =>
        {
            Add(step, note, progress);
            others?.Invoke(step, note);
        };
    }

    /// <summary>Notes a step.</summary>
    public void Add(string step, Words? outcome, PackagingProgress progress)
    {
        lock (_gate)
        {
            _waiting.Add(new RunStep { Number = ++_last, At = _time.GetUtcNow(), Step = step, Entries = progress.Entries, Bytes = progress.Bytes, Outcome = outcome });
        }
    }

    /// <summary>Those that were not taken yet, in order.</summary>
    public IReadOnlyList<RunStep> Take()
    {
        lock (_gate)
        {
            RunStep[] taken = [.. _waiting];
            _waiting.Clear();
            return taken;
        }
    }
}

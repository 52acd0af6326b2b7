namespace OpenData.Mirror.Sync;

/// <summary>
/// Lets in as much as fits, first come first served: hundreds of small releases at a time, of large ones two, so that they are finished one after the other
/// and the connections never run dry between them. Thread-safe.
/// </summary>
/// <param name="capacity">What fits. A weight above half of it counts as half.</param>
internal sealed class WeightGate(long capacity)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<(long Weight, TaskCompletionSource Turn)> _waiting = [];
    private long _inside;

    /// <summary>Waits for a turn, which lasts until the result is disposed.</summary>
    public async ValueTask<IDisposable> EnterAsync(long weight, CancellationToken stop)
    {
        weight = Math.Clamp(weight, 1, capacity / 2);
        TaskCompletionSource turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        LinkedListNode<(long, TaskCompletionSource)> place;
        lock (_gate)
        {
            place = _waiting.AddLast((weight, turn));
            LetIn();
        }
        try
        {
            await turn.Task.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                if (turn.Task.IsCompleted)
                {
                    _inside -= weight;
                }
                else
                {
                    _waiting.Remove(place);
                }
                LetIn();
            }
            throw;
        }
        return new Turn(this, weight);
    }

    private void LetIn()
    {
        while (_waiting.First is { Value: var next } && _inside + next.Weight <= capacity)
        {
            _inside += next.Weight;
            _waiting.RemoveFirst();
            next.Turn.SetResult();
        }
    }

    private sealed class Turn(WeightGate gate, long weight) : IDisposable
    {
        private bool _left;

        public void Dispose()
        {
            lock (gate._gate)
            {
                gate._inside -= _left ? 0 : weight;
                _left = true;
                gate.LetIn();
            }
        }
    }
}

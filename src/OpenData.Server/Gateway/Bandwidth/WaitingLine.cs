namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>
/// Those who wait for a place in an account's pipe, first come first served: programs that open more downloads than a tier has (rclone four, aria2 five) bring
/// everything without settings. Under the pacer's lock, but for the wait itself.
/// </summary>
internal sealed class WaitingLine
{
    /// <summary>So many of an account wait at most, for each of them holds a connection.</summary>
    public const int Longest = 16;

    private readonly List<Ticket> _tickets = [];

    /// <summary>How many wait.</summary>
    public int Count => _tickets.Count;

    /// <summary>A place at the end of the line; null where it is too long.</summary>
    public Ticket? Join()
    {
        if (_tickets.Count >= Longest)
        {
            return null;
        }
        Ticket ticket = new();
        _tickets.Add(ticket);
        return ticket;
    }

    /// <summary>How many are before this one; before a newcomer are all.</summary>
    public int Before(Ticket? ticket) => ticket is null ? _tickets.Count : _tickets.IndexOf(ticket);

    /// <summary>Out of the line, served or not; the next one may have its turn.</summary>
    public void Leave(Ticket ticket)
    {
        _tickets.Remove(ticket);
        Call();
    }

    /// <summary>A place may be free: the first one looks.</summary>
    public void Call()
    {
        if (_tickets.Count > 0)
        {
            _tickets[0].Call();
        }
    }

    /// <summary>One who waits.</summary>
    internal sealed class Ticket
    {
        private TaskCompletionSource _called = New();

        /// <summary>Ends when it is called after this was asked for.</summary>
        public Task NextCall()
        {
            if (_called.Task.IsCompleted)
            {
                _called = New();
            }
            return _called.Task;
        }

        public void Call() => _called.TrySetResult();

        // Whoever frees a place does so under the lock and on the pacer's thread: who waits goes on elsewhere.
        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

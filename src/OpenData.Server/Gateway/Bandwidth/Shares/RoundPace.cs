namespace OpenData.Server.Gateway.Bandwidth.Shares;

/// <summary>
/// When this node exchanges demands with the others: once a second; sooner while an account is new here; later and later while the database is away.
/// Pure: it is told the time since some beginning, and what came of each round.
/// </summary>
public sealed class RoundPace
{
    /// <summary>How often it is to be asked whether a round is due.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    /// <summary>From one round to the next when all is well.</summary>
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(1);

    /// <summary>Between two attempts while the database is away: a second, two, four, and no longer than this.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(4);

    /// <summary>After an outage the nodes come back one by one, the last after this time. Until then what is missing is no proof that a node is gone.</summary>
    public static readonly TimeSpan Gathering = LongestPause + Round;

    /// <summary>Rounds a second that all nodes together begin early for new accounts: so these cost the database the same on 10 nodes and on 40, and beyond that nothing is early.</summary>
    private const double EarlyRounds = 40;

    private TimeSpan _began = TimeSpan.MinValue;
    private TimeSpan? _succeeded;
    private TimeSpan? _back;
    private int _failures;

    /// <summary>True when a round should begin.</summary>
    /// <param name="now">The time since the beginning.</param>
    /// <param name="nodes">All nodes that are known, this one too.</param>
    /// <param name="hasNew">Whether an account is new here; asked only where it matters.</param>
    public bool IsDue(TimeSpan now, int nodes, Func<bool> hasNew)
    {
        if (_began == TimeSpan.MinValue)
        {
            return true;
        }
        TimeSpan passed = now - _began + (Look / 2); // it is asked in steps: the nearest one counts
        if (_failures > 0)
        {
            return passed >= TimeSpan.FromTicks(Math.Min(Round.Ticks << Math.Min(_failures - 1, 10), LongestPause.Ticks));
        }
        return passed >= Round || (passed >= Look && passed >= TimeSpan.FromSeconds(nodes / EarlyRounds) && hasNew());
    }

    /// <summary>A round begins.</summary>
    public void Begin(TimeSpan now) => _began = now;

    /// <summary>It ended well.</summary>
    /// <returns>False where shares may fall but not rise: the other nodes may not have come back yet.</returns>
    public bool Succeed(TimeSpan now)
    {
        // A report that is overdue by less than a round is still in its life.
        if (_failures > 0 && (_succeeded is not { } last || now - last > NodeDemand.Lifetime - Round))
        {
            _back = now;
        }
        _failures = 0;
        _succeeded = now;
        return _back is not { } back || now - back > Gathering;
    }

    /// <summary>The others could not be asked.</summary>
    public void Fail() => _failures++;
}

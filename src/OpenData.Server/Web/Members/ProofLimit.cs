using OpenData.Server.Accounts;

namespace OpenData.Server.Web.Members;

/// <summary>How many proofs may be sent: by one account twenty at once, then one every 72 minutes; and eight at a time on a node, each of which is held in memory.</summary>
internal sealed class ProofLimit(TimeProvider time)
{
    private const int AtATime = 8;

    private readonly FailureLimit<string> _limit = new(20, TimeSpan.FromMinutes(72), 10_000, time);
    private int _running;

    /// <summary>Counts an upload; true where the account has sent too many.</summary>
    public bool IsReached(string accountId) => _limit.Fail(accountId) > TimeSpan.Zero;

    /// <summary>Takes a place; false where none is left. Whoever got one gives it back with <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _running) <= AtATime)
        {
            return true;
        }
        Leave();
        return false;
    }

    /// <summary>Gives a place back.</summary>
    public void Leave() => Interlocked.Decrement(ref _running);
}

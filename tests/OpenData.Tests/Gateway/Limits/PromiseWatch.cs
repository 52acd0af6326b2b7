using System.Diagnostics;
using OpenData.Format;

namespace OpenData.Tests.Gateway.Limits;

/// <summary>
/// Counts what an account received and compares it, at each arrival, with the most that it may have been given by then: its rate for the time since
/// the watch began, and the quarter of a second that may come at once. An upper bound only: a slow machine delivers less, and is no fault.
/// </summary>
internal sealed class PromiseWatch(ByteRate rate)
{
    /// <summary>What a pipe may store of the smallest tiers, where a chunk is more than a quarter of a second.</summary>
    private const long Chunk = 16 * 1024;

    private readonly long _began = Stopwatch.GetTimestamp();
    private long _bytes;
    private long _over;

    /// <summary>Bytes so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The most that the account was ever ahead of its promise, in bytes.</summary>
    public long Over => Interlocked.Read(ref _over);

    /// <summary>Bytes that arrived just now.</summary>
    public void Count(int bytes) => Judge(Interlocked.Add(ref _bytes, bytes));

    /// <summary>All bytes since the watch began, as another one counted them before this call.</summary>
    public void Judge(long sum)
    {
        // The sum first and the clock after it: what comes in between only makes the bound looser.
        double allowed = (rate.BytesPerSecond * (Stopwatch.GetElapsedTime(_began).TotalSeconds + 0.25)) + Chunk;
        long over = sum - (long)allowed;
        for (long most = Over; over > most; most = Over)
        {
            Interlocked.CompareExchange(ref _over, over, most);
        }
    }
}

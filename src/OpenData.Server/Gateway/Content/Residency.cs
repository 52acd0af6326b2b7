using Microsoft.Win32.SafeHandles;

namespace OpenData.Server.Gateway.Content;

/// <summary>
/// Which blocks of an open file were in the page cache a moment ago. Asking the kernel for each chunk costs more than the schedule does; what it
/// held a second ago, and is being read, it has not dropped. A mistake costs a wait for the disk, not a wrong byte.
/// </summary>
internal sealed class Residency(long bytes, TimeProvider time)
{
    /// <summary>For so long an answer counts, in units of an eighth of a second.</summary>
    private const int Trusted = 8;

    /// <summary>For fewer bytes than this it is not worth looking at their whole block.</summary>
    private const int Few = 16 * 1024;

    private readonly long _began = time.GetTimestamp();
    private readonly long _unit = time.TimestampFrequency / 8;
    private readonly int[] _seen = new int[(bytes + BlockChecks.BlockLength - 1) / BlockChecks.BlockLength];

    /// <summary>True where these bytes are in memory, as far as samples can tell.</summary>
    public bool Holds(SafeFileHandle file, long offset, int length)
    {
        int now = Now();
        for (long block = offset / BlockChecks.BlockLength; block <= (offset + length - 1) / BlockChecks.BlockLength; block++)
        {
            int seen = Volatile.Read(ref _seen[block]);
            if (seen != 0 && now - seen <= Trusted)
            {
                continue;
            }
            long start = block * BlockChecks.BlockLength;
            if (length > Few && PageCache.Holds(file, start, (int)Math.Min(BlockChecks.BlockLength, bytes - start)))
            {
                Volatile.Write(ref _seen[block], now);
                continue;
            }
            return PageCache.Holds(file, offset, length);
        }
        return true;
    }

    /// <summary>1 and more: 0 says that a block was never seen.</summary>
    private int Now() => 1 + (int)((time.GetTimestamp() - _began) / _unit);
}

namespace OpenData.Server.Packaging;

/// <summary>
/// Keeps the garbage of a run small. The runtime lets as much pile up as the processor's cache holds before it looks, which is hundreds of
/// megabytes on a server; here nearly all of it is dead after a moment, and looking takes a millisecond.
/// </summary>
internal struct YoungGarbage
{
    private const long Bound = 4 * 1024 * 1024;

    private long _collectedAt;

    /// <summary>Collects the youngest generation where the process has allocated enough since the last time. Call it now and then.</summary>
    public void Limit()
    {
        long allocated = GC.GetTotalAllocatedBytes(precise: false);
        if (allocated - _collectedAt > Bound)
        {
            _collectedAt = allocated;
            GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        }
    }
}

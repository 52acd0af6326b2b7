using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>When the stretches of the feed began. What is past does not change: each is read once for each process.</summary>
public sealed class ChangeTimes(ReleaseListings listings)
{
    private volatile IReadOnlyList<DateTimeOffset> _known = [];

    /// <summary>The times of the first changes of all stretches that have begun.</summary>
    internal async Task<IReadOnlyList<DateTimeOffset>> BeginningsAsync(SerialRanges ranges, long head, CancellationToken stop)
    {
        IReadOnlyList<DateTimeOffset> known = _known;
        long next = ranges.After(known.Count + 1) + 1;
        if (next > head)
        {
            return known;
        }
        // Two that ask at once read the same; either result is whole.
        return _known = [.. known, .. await listings.TimesAsync(next, (int)ranges.Length, head, stop)];
    }
}

using OpenData.Format;

namespace OpenData.Server.Releases;

/// <summary>
/// The newest changes, in memory: what those who follow the feed ask for nearly always, so that a change costs the database one query and not
/// one for each of them. Immutable; the next change makes another.
/// </summary>
public sealed class ChangeTail
{
    /// <summary>How many changes are kept.</summary>
    public const int Capacity = 1000;

    private readonly Change[] _items;

    /// <param name="start">The serial before the first one: what came up to here is not known.</param>
    /// <param name="items">All changes after it, in order.</param>
    public ChangeTail(long start, IReadOnlyList<Change> items) => (Start, _items) = (start, [.. items]);

    /// <summary>The serial before the first change that is kept.</summary>
    public long Start { get; }

    /// <summary>The newest serial.</summary>
    public long Head => _items.Length > 0 ? _items[^1].Serial : Start;

    /// <summary>When the newest change happened, in UTC; 1970 where nothing ever did.</summary>
    public DateTimeOffset NewestAt => _items.Length > 0 ? _items[^1].At : DateTimeOffset.UnixEpoch;

    /// <summary>Changes after a serial, in order; null where they are not all known here: the serial is older than what is kept, or newer than what was seen.</summary>
    public IReadOnlyList<Change>? After(long serial, int limit)
    {
        if (serial < Start || serial > Head)
        {
            return null;
        }
        int first = Array.FindIndex(_items, change => change.Serial > serial);
        return first < 0 ? Array.Empty<Change>() : new ArraySegment<Change>(_items, first, Math.Min(limit, _items.Length - first));
    }

    /// <summary>The tail once these came, too.</summary>
    /// <param name="more">The changes that follow <see cref="Head"/>, in order.</param>
    public ChangeTail With(IReadOnlyList<Change> more)
    {
        Change[] all = [.. _items, .. more];
        return all.Length <= Capacity ? new ChangeTail(Start, all) : new ChangeTail(all[^(Capacity + 1)].Serial, all[^Capacity..]);
    }
}

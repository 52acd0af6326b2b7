namespace OpenData.Tests.Mirror.Sync;

/// <summary>Which bytes of a file passed, how many of them again and after which blow, and how many of those its receiver had had on disk. Thread-safe.</summary>
internal sealed class PassedBytes
{
    private readonly Lock _gate = new();

    // In order, apart from one another.
    private readonly List<(long From, long To)> _spans = [];
    private readonly long[] _again = new long[Enum.GetValues<Blow>().Length];
    private Blow? _blow;
    private long _kept;
    private long _thrownAway;
    private long _withoutBlow;

    /// <summary>Bytes that passed before.</summary>
    public long Again
    {
        get
        {
            lock (_gate)
            {
                return _again.Sum() + _withoutBlow;
            }
        }
    }

    /// <summary>Bytes that passed before although nothing befell this file.</summary>
    public long WithoutBlow => Volatile.Read(ref _withoutBlow);

    /// <summary>Bytes that passed before and that a process had written down before it died; those of a flipped bit have to be.</summary>
    public long ThrownAway => Volatile.Read(ref _thrownAway);

    /// <summary>Bytes that passed before, after such a blow.</summary>
    public long AgainAfter(Blow blow)
    {
        lock (_gate)
        {
            return _again[(int)blow];
        }
    }

    /// <summary>A blow befell it while it was on its way: that is why its bytes come again, if they do. A flipped bit is not forgotten for a later blow: its piece has to come again anyway.</summary>
    public void Blame(Blow blow)
    {
        lock (_gate)
        {
            _blow = _blow == Blow.Flip ? _blow : blow;
        }
    }

    /// <summary>These bytes pass.</summary>
    public void Pass(long from, long bytes)
    {
        long to = from + bytes;
        lock (_gate)
        {
            int first = 0;
            while (first < _spans.Count && _spans[first].To < from)
            {
                first++;
            }
            (long From, long To) merged = (from, to);
            int end = first;
            for (; end < _spans.Count && _spans[end].From <= to; end++)
            {
                (long start, long stop) = (Math.Max(from, _spans[end].From), Math.Min(to, _spans[end].To));
                Count(start, Math.Max(start, stop));
                merged = (Math.Min(merged.From, _spans[end].From), Math.Max(merged.To, _spans[end].To));
            }
            _spans.RemoveRange(first, end - first);
            _spans.Insert(first, merged);
        }
    }

    /// <summary>The receiver died, and this is what it had on disk.</summary>
    /// <param name="kept">So many bytes, from the first.</param>
    /// <returns>Bytes that passed and are not on disk.</returns>
    public long Died(long kept)
    {
        lock (_gate)
        {
            _kept = kept;
            return Math.Max(0, _spans.Sum(s => s.To - s.From) - kept);
        }
    }

    private void Count(long from, long to)
    {
        if (_blow is { } blow)
        {
            _again[(int)blow] += to - from;
        }
        else
        {
            _withoutBlow += to - from;
        }
        if (_blow != Blow.Flip)
        {
            _thrownAway += Math.Max(0, Math.Min(to, _kept) - from);
        }
    }
}

namespace OpenData.Server.Accounts;

/// <summary>What a process remembers of the use of one key, apart from the snapshots so that it survives them. Written on every request, so it must not allocate or lock.</summary>
internal sealed class KeyUse
{
    private long _lastTicks;
    private long _writtenTicks;
    private Place? _place;

    /// <summary>The key worked.</summary>
    public void Note(DateTimeOffset now, in AccountKey address)
    {
        Volatile.Write(ref _lastTicks, now.UtcTicks);
        if (_place is not { } place || place.Address != address)
        {
            _place = new Place(address);
        }
    }

    /// <summary>Whether the address is the one from which the key worked last.</summary>
    public bool WorkedFrom(in AccountKey address) => _place is { } place && place.Address == address;

    /// <summary>The last use if it is newer than what was taken before.</summary>
    public bool TryTake(out DateTimeOffset lastUse)
    {
        long last = Volatile.Read(ref _lastTicks);
        lastUse = new DateTimeOffset(last, TimeSpan.Zero);
        return Interlocked.Exchange(ref _writtenTicks, last) != last;
    }

    /// <summary>What was taken could not be written: it is offered again.</summary>
    public void PutBack() => Interlocked.Exchange(ref _writtenTicks, 0);

    /// <summary>In an object of its own, so that it is swapped whole.</summary>
    private sealed record Place(AccountKey Address);
}

using OpenData.Format;

namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>The rate of the last few seconds in three numbers: a sliding window made of the running one and the one before it, weighted by how much of it still counts.</summary>
internal struct RateMeter(long frequency, long now)
{
    private const int WindowSeconds = 4;
    private long _start = now;
    private long _current;
    private long _previous;
    private bool _full;

    public void Add(long now, long bytes)
    {
        Turn(now);
        _current += bytes;
    }

    public ByteRate Rate(long now)
    {
        Turn(now);
        double seconds = (double)(now - _start) / frequency;
        double counted = _full ? _current + (_previous * (1 - (seconds / WindowSeconds))) : _current;
        double over = _full ? WindowSeconds : Math.Max(seconds, 0.25);
        return new ByteRate((long)(counted / over));
    }

    private void Turn(long now)
    {
        long window = WindowSeconds * frequency;
        long passed = (now - _start) / window;
        if (passed <= 0)
        {
            return;
        }
        _previous = passed == 1 ? _current : 0;
        _current = 0;
        _full = true;
        _start += passed * window;
    }
}

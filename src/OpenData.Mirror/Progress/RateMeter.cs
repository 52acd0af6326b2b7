namespace OpenData.Mirror.Progress;

/// <summary>The rate of the last seconds, out of samples of a counter. Pure: its caller brings the time.</summary>
internal sealed class RateMeter
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(15);
    private readonly Queue<(TimeSpan At, long Bytes)> _samples = [];

    /// <summary>Bytes a second over the window that ends with this sample; 0 with the first.</summary>
    public double Sample(TimeSpan at, long bytes)
    {
        _samples.Enqueue((at, bytes));
        while (_samples.Count > 2 && at - _samples.Peek().At > Window)
        {
            _samples.Dequeue();
        }
        (TimeSpan since, long before) = _samples.Peek();
        return at > since ? (bytes - before) / (at - since).TotalSeconds : 0;
    }

    /// <summary>How long the rest takes at this rate; null if nobody knows.</summary>
    public static TimeSpan? Remaining(long bytes, double rate) => rate < 1 || bytes / rate > 1e8 ? null : TimeSpan.FromSeconds(bytes / rate);
}

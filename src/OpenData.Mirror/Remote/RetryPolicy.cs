namespace OpenData.Mirror.Remote;

/// <summary>How long to wait before asking again: pure arithmetic, so that it is tested without waiting.</summary>
internal static class RetryPolicy
{
    /// <summary>The wait after the first failure, before jitter.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);

    /// <summary>No wait of ours is longer, before jitter.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Doubles from <see cref="First"/> to <see cref="Longest"/>, of which a random half is taken off, so that clients that failed together do not come back together.
    /// What the server asks for is a lower bound; up to a tenth is added to it.
    /// </summary>
    /// <param name="failures">Failures in a row, 1 or more.</param>
    /// <param name="retryAfter">The server's wish.</param>
    /// <param name="jitter">0 to 1.</param>
    public static TimeSpan Delay(int failures, TimeSpan? retryAfter, double jitter)
    {
        if (retryAfter is { } wish)
        {
            return wish * (1 + 0.1 * jitter);
        }
        double doubled = First.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 30));
        return TimeSpan.FromSeconds(Math.Min(doubled, Longest.TotalSeconds) * (1 - 0.5 * jitter));
    }
}

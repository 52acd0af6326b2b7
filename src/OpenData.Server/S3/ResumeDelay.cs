namespace OpenData.Server.S3;

/// <summary>How long a broken read waits: not at all at first, as most breaks are single ones, then doubling up to 20 s, with jitter.</summary>
internal static class ResumeDelay
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <param name="failures">Failures in a row, from 1.</param>
    /// <param name="first">The pause after the second failure.</param>
    public static TimeSpan Before(int failures, TimeSpan first) => failures <= 1 ? TimeSpan.Zero : Ceiling(failures, first) * (0.5 + (Random.Shared.NextDouble() / 2));

    internal static TimeSpan Ceiling(int failures, TimeSpan first)
    {
        double pause = first.Ticks * Math.Pow(2, failures - 2);
        return pause < Longest.Ticks ? TimeSpan.FromTicks((long)pause) : Longest;
    }
}

namespace OpenData.Server.Feeds.Webhooks;

/// <summary>When a change that could not be delivered is tried again, and when no more.</summary>
public static class WebhookBackoff
{
    /// <summary>A webhook that failed for so long is disabled.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromDays(1);

    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);

    /// <summary>The pause after so many failures in a row: 5 s, doubled each time up to an hour, a tenth longer or shorter so that many do not come at once.</summary>
    /// <param name="failures">At least 1.</param>
    /// <param name="chance">A random number from 0 to 1.</param>
    public static TimeSpan Pause(int failures, double chance)
    {
        double seconds = Math.Min(s_longest.TotalSeconds, s_first.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 20)));
        return TimeSpan.FromSeconds(seconds * (0.9 + (0.2 * chance)));
    }
}

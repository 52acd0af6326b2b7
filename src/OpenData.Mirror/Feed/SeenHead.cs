using System.Globalization;
using OpenData.Format;

namespace OpenData.Mirror.Feed;

/// <summary>
/// The newest signed head that this mirror accepted, and the judgement over the next one: a feed that went back, or whose head has expired, is an old copy
/// and whoever shows it hides what was corrected or withdrawn since. Pure.
/// </summary>
/// <param name="Serial">Its serial; 0 where none was seen.</param>
/// <param name="At">When the server said it.</param>
internal sealed record SeenHead(long Serial, DateTimeOffset At)
{
    public static readonly SeenHead None = new(0, DateTimeOffset.MinValue);

    /// <summary>Why a head whose signature is right must not be accepted, in words; null if nothing is wrong with it.</summary>
    /// <param name="head">What the server says.</param>
    /// <param name="now">The time by this machine's clock. Where that is behind what was seen before, the latter counts: a clock set back must not revive an expired head.</param>
    public string? Fault(FeedHead head, DateTimeOffset now)
    {
        if (head.Serial < Serial)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"the server's feed ends at serial {head.Serial}, but this mirror has seen {Serial}: it is an old copy. If the operator announced that a backup was restored, or this is another server, run again with --restart-feed.");
        }
        if (head.Expires <= (now > At ? now : At))
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"the signed head of the feed expired at {UtcTime.Text(head.Expires)}, and it is {UtcTime.Text(now)} by this machine's clock. If the clock is right, somebody shows an old copy.");
        }
        return null;
    }

    /// <summary>What is known after accepting a head.</summary>
    public SeenHead With(FeedHead head) => new(head.Serial, head.At > At ? head.At : At);
}

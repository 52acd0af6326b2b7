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
    public Words? Fault(FeedHead head, DateTimeOffset now)
    {
        if (head.Serial < Serial)
        {
            return new(
                $"the server's feed ends at serial {head.Serial}, but this mirror has seen {Serial}: it is an old copy. If the operator announced that a backup was restored, or this is another server, run again with --restart-feed.",
                $"服务器的变更通知止于序号 {head.Serial}，而本镜像已读到 {Serial}：这是旧的副本。如运营方已公告恢复备份，或这是另一台服务器，请加 --restart-feed 重新执行。");
        }
        if (head.Expires <= (now > At ? now : At))
        {
            return new(
                $"the signed head of the feed expired at {UtcTime.Text(head.Expires)}, and it is {UtcTime.Text(now)} by this machine's clock. If the clock is right, somebody shows an old copy.",
                $"已签名的变更通知有效期至 {UtcTime.Text(head.Expires)}，而本机时间为 {UtcTime.Text(now)}。如本机时间无误，则收到的是旧的副本。");
        }
        return null;
    }

    /// <summary>What is known after accepting a head.</summary>
    public SeenHead With(FeedHead head) => new(head.Serial, head.At > At ? head.At : At);
}

using System.Globalization;
using OpenData.Format;
using OpenData.Mirror.Releases;
using OpenData.Mirror.Remote;

namespace OpenData.Mirror.Feed;

/// <summary>Reads the change feed of a server and believes no more of it than what can be checked: its head is signed, its pages go forward, its names are names.</summary>
internal sealed class ChangeReader(Server server, TrustedKeys keys, TimeProvider time)
{
    /// <summary>How many changes a page has at most.</summary>
    public const int PageSize = 1000;

    // What came damaged is asked for again, so often.
    private const int Tries = 3;

    /// <summary>The newest serial, as the publisher signed it.</summary>
    /// <exception cref="MirrorException">Integrity: no trusted key signed it, it expired, or it is older than <paramref name="seen"/>.</exception>
    public Task<FeedHead> HeadAsync(SeenHead seen, CancellationToken stop) => AgainAsync(() => TryHeadAsync(seen, stop));

    private async Task<FeedHead> TryHeadAsync(SeenHead seen, CancellationToken stop)
    {
        const string path = "/api/v1/changes/head";
        FeedHead head = await server.GetJsonAsync(server.Address.At(path), FormatJson.Default.FeedHead, stop);
        await keys.VerifyAsync(server, path, FeedHead.SignedText(head.Serial, head.At, head.Expires), head.Signature ?? [], stop);
        return seen.Fault(head, time.GetUtcNow()) is { } fault ? throw MirrorException.Integrity(new($"{path}: {fault}", $"{path}：{fault}")) : head;
    }

    /// <summary>What comes after a serial.</summary>
    /// <param name="after">The last serial that is known.</param>
    /// <param name="wait">How long the server may wait for a change where there is none yet (a long poll).</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="MirrorException">Integrity: the page goes back, or has what is no name.</exception>
    public Task<FeedPage> PageAsync(long after, TimeSpan wait, CancellationToken stop) => AgainAsync(() => TryPageAsync(after, wait, stop));

    private static async Task<T> AgainAsync<T>(Func<Task<T>> ask)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await ask();
            }
            catch (MirrorException e) when (tries < Tries && e is { EndsAll: false, Status: 0 })
            {
                // Not a refusal, but an answer that makes no sense; the last try tells.
            }
        }
    }

    private async Task<FeedPage> TryPageAsync(long after, TimeSpan wait, CancellationToken stop)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/api/v1/changes?after={after}&limit={PageSize}");
        FeedPage page = await server.GetJsonAsync(server.Address.At(wait > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $"{path}&wait={wait.TotalSeconds:0}") : path), FormatJson.Default.FeedPage, stop);
        return Fault(after, page) is { } fault ? throw MirrorException.Integrity(new($"{path}: {fault}", $"{path}：{fault}")) : page;
    }

    /// <summary>The first thing that is wrong with a page, in words; null if nothing is. Pure.</summary>
    internal static Words? Fault(long after, FeedPage page)
    {
        if (page.Items is null)
        {
            return new("it has no items", "没有条目");
        }
        long last = after;
        foreach (Change change in page.Items)
        {
            if (change.Serial <= last)
            {
                return new($"serial {change.Serial} follows {last}", $"序号 {change.Serial} 排在 {last} 之后");
            }
            last = change.Serial;
            bool named = ReleaseId.IsDataset(change.Dataset)
                && (change.Type == ChangeType.DatasetChanged || (ReleaseId.IsEdition(change.Edition) && change.Revision is > 0 && (change.Type != ChangeType.Superseded || change.By is > 0)));
            if (!named)
            {
                return new($"the change {change.Serial} does not say of which release it is", $"变更 {change.Serial} 未说明属于哪个版本");
            }
        }
        return null;
    }
}

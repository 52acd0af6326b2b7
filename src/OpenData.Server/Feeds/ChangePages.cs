using System.Globalization;
using OpenData.Format;
using OpenData.Server.Gateway;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>
/// Pages of the change feed as they go out. A page that is full is the same for ever, on every node: changes never change, and its head is its
/// own last serial. Only the last page, which is not full, tells the newest serial of all.
/// </summary>
public sealed class ChangePages(ChangeFeed feed, ChangeWatch watch)
{
    private const int Remembered = 8;

    private readonly ChangePage?[] _memory = new ChangePage?[Remembered];
    private int _turn;

    /// <summary>The page after a serial, as of now, from the database.</summary>
    /// <param name="path">The feed's own path, for the address of the next page.</param>
    /// <param name="after">The last serial that the reader has.</param>
    /// <param name="limit">How many changes make a page full.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<ChangePage> ReadAsync(string path, long after, int limit, CancellationToken stop)
    {
        IReadOnlyList<Change> changes = await feed.AfterAsync(after, limit, stop);
        // What is published between the two looks is not on this page, which must not claim to know of it: it is remembered under its head.
        return Page(path, after, limit, changes, changes.Count > 0 ? changes[^1].Serial : Math.Min(after, await feed.HeadAsync(stop)));
    }

    /// <summary>The page after a serial as far as this node has seen the feed, from memory; null where memory does not reach. At most half a second old.</summary>
    public ChangePage? Known(string path, long after, int limit)
    {
        ChangeTail tail = watch.Tail;
        return tail.After(after, limit) is { } changes ? Page(path, after, limit, changes, changes.Count > 0 ? changes[^1].Serial : tail.Head) : null;
    }

    /// <summary>What a request is answered with before it waits: for who may wait from memory, since another look follows; for who may not as of now.</summary>
    public async ValueTask<ChangePage> FirstAsync(string path, long after, int limit, bool mayWait, CancellationToken stop) =>
        (mayWait ? Known(path, after, limit) : null) ?? await ReadAsync(path, after, limit, stop);

    /// <summary>Waits until an empty page has a successor.</summary>
    /// <param name="empty">The page that has no changes.</param>
    /// <param name="atMost">How long.</param>
    /// <param name="stop">The reader has gone.</param>
    /// <returns>The page after the same serial once there is a change; the same page where there was none in that time.</returns>
    public async ValueTask<ChangePage> NextAsync(ChangePage empty, TimeSpan atMost, CancellationToken stop) =>
        await watch.WaitAsync(empty.After, atMost, stop) ? await FirstAsync(empty.Path, empty.After, empty.Limit, mayWait: true, stop) : empty;

    private ChangePage Page(string path, long after, int limit, IReadOnlyList<Change> changes, long head)
    {
        // Ten thousand mirrors that wait for the same change get the same bytes.
        foreach (ChangePage? page in _memory)
        {
            if (page is not null && page.After == after && page.Limit == limit && page.Head == head && page.Path == path)
            {
                return page;
            }
        }
        bool full = changes.Count == limit;
        string? next = full ? string.Create(CultureInfo.InvariantCulture, $"{path}?after={changes[^1].Serial}&limit={limit}") : null;
        ChangePage made = new(
            path,
            after,
            limit,
            head,
            changes.Count,
            TaggedDocument.OfJson(new FeedPage(head, changes, next), FormatJson.Default.FeedPage, full ? TaggedDocument.ForEver : TaggedDocument.AskAgain));
        _memory[(uint)Interlocked.Increment(ref _turn) % Remembered] = made;
        return made;
    }
}

/// <param name="Path">The feed's path.</param>
/// <param name="After">The serial before it.</param>
/// <param name="Limit">How many changes make it full.</param>
/// <param name="Head">The newest serial that it tells of.</param>
/// <param name="Count">How many changes it has.</param>
/// <param name="Document">What is sent.</param>
public sealed record ChangePage(string Path, long After, int Limit, long Head, int Count, TaggedDocument Document);

using System.Globalization;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Api;
using OpenData.Server.Gateway.FastLane;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>
/// The change feed on the fast lane: a mirror that waits there for a change is a connection and an entry in a list, and there is no HTTP layer above it. Pages and their fields come from where
/// Kestrel's come from (<see cref="ChangesApi"/>).
/// </summary>
internal sealed class FeedLane(ChangePages pages, ChangeWatch watch, SignedHead head) : ILaneRoom
{
    private const string SignedHeadPath = ChangesApi.Path + "/head";

    public async ValueTask<LaneAnswer?> FindAsync(PlainGetRequest request, CancellationToken gone)
    {
        if (request is { Path: SignedHeadPath, Query: "" })
        {
            return new Answer(this, request, null, await head.DocumentAsync(gone), 0);
        }
        if (request.Path != ChangesApi.Path || !TryParse(request.Query, out long after, out int limit, out int wait))
        {
            return null;
        }
        ChangePage page = await pages.FirstAsync(ChangesApi.Path, after, limit, wait > 0, gone);
        return new Answer(this, request, page, page.Document, wait);
    }

    /// <summary>Each parameter at most once, as a number that it may have, and nothing else.</summary>
    internal static bool TryParse(ReadOnlySpan<char> query, out long after, out int limit, out int wait)
    {
        (after, limit, wait) = (0, QueryValues.DefaultLimit, 0);
        (bool hasAfter, bool hasLimit, bool hasWait) = (false, false, false);
        if (query.IsEmpty)
        {
            return true;
        }
        foreach (Range range in query.Split('&'))
        {
            ReadOnlySpan<char> pair = query[range];
            int equals = pair.IndexOf('=');
            if (equals < 0 || !long.TryParse(pair[(equals + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                return false;
            }
            switch (pair[..equals])
            {
                case "after" when !hasAfter:
                    (hasAfter, after) = (true, number);
                    break;
                case "limit" when !hasLimit && number is >= 1 and <= QueryValues.MaxLimit:
                    (hasLimit, limit) = (true, (int)number);
                    break;
                case "wait" when !hasWait && number <= ChangesApi.MaxWait:
                    (hasWait, wait) = (true, (int)number);
                    break;
                default:
                    return false;
            }
        }
        return true;
    }

    /// <param name="lane">The room.</param>
    /// <param name="request">Of which only the conditions are kept.</param>
    /// <param name="page">The page; null for the signed head.</param>
    /// <param name="document">What is there now.</param>
    /// <param name="wait">Seconds to wait where there is no change yet.</param>
    private sealed class Answer(FeedLane lane, PlainGetRequest request, ChangePage? page, TaggedDocument document, int wait) : LaneAnswer(request.KeepAlive)
    {
        private readonly string? _ifNoneMatch = request.IfNoneMatch;
        private readonly string? _wantContentDigest = request.WantContentDigest;

        public override ValueTask<bool> WaitAsync(CancellationToken gone) =>
            page is { Count: 0 } && wait > 0 ? lane.Watch.WaitAsync(page.After, TimeSpan.FromSeconds(wait), gone) : ValueTask.FromResult(false);

        public override async ValueTask<LaneResponse> RespondAsync(bool changed, CancellationToken gone)
        {
            TaggedDocument now = changed ? (await lane.Pages.FirstAsync(page!.Path, page.After, page.Limit, mayWait: true, gone)).Document : document;
            return now.Answer(_ifNoneMatch, _wantContentDigest);
        }
    }

    private ChangePages Pages => pages;

    private ChangeWatch Watch => watch;
}

using OpenData.Format;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Http;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>The newest serial, signed. Who asks within a minute of another, while nothing changed, gets the same signature: asking costs the reading of one row.</summary>
public sealed class SignedHead(ChangeFeed feed, SigningKeys keys, TimeProvider time)
{
    /// <summary>How long a signed head proves that it is the newest.</summary>
    public static TimeSpan Life { get; } = TimeSpan.FromHours(24);

    private static readonly TimeSpan s_kept = TimeSpan.FromMinutes(1);

    private volatile FeedHead? _last;
    private volatile Rendered? _rendered;

    /// <summary>The head as of now.</summary>
    public async Task<FeedHead> CurrentAsync(CancellationToken stop)
    {
        long serial = await feed.HeadAsync(stop);
        DateTimeOffset now = HttpDate.WholeSeconds(time.GetUtcNow());
        if (_last is { } last && last.Serial == serial && last.At <= now && now - last.At < s_kept)
        {
            return last; // by the key that signed when it was said, should another one have taken over since
        }
        SigningKey key = await keys.CurrentAsync(stop);
        return _last = new FeedHead(serial, now, now + Life, key.Sign(FeedHead.SignedText(serial, now, now + Life))) { SigningKey = key.Id };
    }

    /// <summary>The same as it is sent.</summary>
    public async ValueTask<TaggedDocument> DocumentAsync(CancellationToken stop)
    {
        FeedHead head = await CurrentAsync(stop);
        Rendered? rendered = _rendered;
        if (rendered?.Head != head)
        {
            _rendered = rendered = new Rendered(head, TaggedDocument.OfJson(head, FormatJson.Default.FeedHead, "no-cache"));
        }
        return rendered.Document;
    }

    private sealed record Rendered(FeedHead Head, TaggedDocument Document);
}

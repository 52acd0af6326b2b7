using OpenData.Format;

namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>How large an account's grants are. A chunk is a few hundredths of a second of its rate; no more than a tenth of a second of its stream's
/// share, so that shares are even; and no more than the link sends in a moment, so that nobody loses what he earned while he waits behind others' chunks.</summary>
/// <param name="Chunk">The largest grant, in bytes.</param>
/// <param name="First">The first grant of a download, in bytes: it says that the download has begun, so it comes at once.</param>
internal readonly record struct GrantSize(int Chunk, int First)
{
    private const double ShareTime = 0.1;
    private const double NearlyHalf = 0.45;

    /// <summary>
    /// The sizes for an account. A second has a whole number of chunks and nearly a half: wherever it begins it holds that number or the next, and so
    /// do ten seconds. Had it a whole number exactly, the lateness of a tick would make that one less or one more.
    /// </summary>
    public static GrantSize For(ByteRate allowed, int streams, BandwidthOptions options)
    {
        double rate = allowed.BytesPerSecond;
        double byTime = rate * Math.Min(options.ChunkTime.TotalSeconds, ShareTime / Math.Max(1, streams));
        double byLink = options.LinkRate.BytesPerSecond * BandwidthOptions.LinkMoment.TotalSeconds;
        double most = Math.Clamp(Math.Min(byTime, byLink), options.MinChunk, options.MaxChunk);
        double inSecond = Math.Ceiling((rate / most) - NearlyHalf) + NearlyHalf;
        int chunk = Math.Max((int)(rate / inSecond), options.MinChunk);
        int first = (int)Math.Clamp(rate * BandwidthOptions.Slack.TotalSeconds, 1024, Math.Min(16 * 1024, chunk));
        return new GrantSize(chunk, first);
    }
}

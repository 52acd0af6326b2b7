using OpenData.Format;
using OpenData.Mirror.Releases;
using OpenData.Mirror.Remote;

namespace OpenData.Mirror.Downloads;

/// <summary>
/// The small files of a release, or a small release whole, as they came in one answer (<see cref="SmallFiles"/>). Nothing of it is believed before its digest was compared, and what is not in
/// it, or wrong, is had by its own address: it saves requests and nothing depends on it.
/// </summary>
internal sealed class SmallFilesDownload : IDisposable
{
    private readonly SmallContent _tar;
    private readonly Dictionary<string, (int At, int Length)> _files = new(StringComparer.Ordinal);

    private SmallFilesDownload(SmallContent tar)
    {
        _tar = tar;
        int at = 0;
        while (at <= tar.Length && TarHeader.TryRead(tar.Bytes[at..], out string name, out long bytes) && bytes <= tar.Length - at - TarHeader.Block)
        {
            _files[name] = (at + TarHeader.Block, (int)bytes);
            at += TarHeader.Block + (int)bytes + TarHeader.PaddingOf(bytes);
        }
    }

    /// <summary>Asks once, with the archives or without; null where they cannot be had so, for whatever reason: an older server, a file server, a connection that broke.</summary>
    public static async Task<SmallFilesDownload?> TryAsync(DownloadPool pool, ReleaseId release, bool whole, CancellationToken stop)
    {
        if (!pool.Server.HasSmallFiles)
        {
            return null;
        }
        (SmallContent? content, Obstacle? obstacle) = await SmallDownload.TryAsync(pool, SignedRelease.FilePath(release, whole ? SmallFiles.WholeName : SmallFiles.Name), whole ? SmallFiles.MostOfWhole : SmallFiles.MostOfAll, stop);
        if (content is { IsHere: true })
        {
            pool.Server.Patience.Progressed();
            return new SmallFilesDownload(content);
        }
        pool.Server.HasSmallFiles = obstacle is not { Status: 404 or 405 or 501 };
        return null;
    }

    /// <summary>The bytes under a name.</summary>
    public bool TryGet(string name, out ReadOnlySpan<byte> content)
    {
        bool here = _files.TryGetValue(name, out (int At, int Length) place);
        content = here ? _tar.Bytes.Slice(place.At, place.Length) : default;
        return here;
    }

    public void Dispose() => _tar.Dispose();
}

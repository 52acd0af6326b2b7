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
    private readonly SmallContent _archive;
    private readonly Dictionary<string, (int At, int Length)> _files = new(StringComparer.Ordinal);

    private SmallFilesDownload(SmallContent archive)
    {
        _archive = archive;
        int at = 0;
        while (at <= archive.Length && CpioEntry.TryRead(archive.Bytes[at..], out string name, out int head, out long bytes) && bytes <= archive.Length - at - head)
        {
            _files[name] = (at + head, (int)bytes);
            at += head + (int)bytes + CpioEntry.PaddingOf(bytes);
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
        content = here ? _archive.Bytes.Slice(place.At, place.Length) : default;
        return here;
    }

    public void Dispose() => _archive.Dispose();
}

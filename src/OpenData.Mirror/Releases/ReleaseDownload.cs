using OpenData.Mirror.Downloads;

namespace OpenData.Mirror.Releases;

/// <summary>A whole release into a mirror.</summary>
internal static class ReleaseDownload
{
    /// <summary>Brings every file of the release, then the manifest: a release is there when its manifest is.</summary>
    public static async Task RunAsync(DownloadPool pool, SignedRelease release, MirrorFolder folder, CancellationToken stop)
    {
        List<RemoteFile> files = [.. release.Files(folder)];
        pool.Board.Expect(files.Count, files.Sum(f => f.Bytes ?? 0));
        try
        {
            MirrorFolder.Make(folder.Of(release.Id));
            await pool.DownloadAsync(files, stop);
            release.WriteTo(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskFailure.Of(e, folder.Of(release.Id));
        }
    }

    /// <summary>Brings one file of the release, to where it lies in a mirror.</summary>
    /// <returns>Where that is.</returns>
    /// <exception cref="MirrorException">SHA256SUMS does not list it, or it cannot be had.</exception>
    public static async Task<string> RunAsync(DownloadPool pool, SignedRelease release, MirrorFolder folder, string name, CancellationToken stop)
    {
        RemoteFile file = release.Files(folder).FirstOrDefault(f => f.Name == name) ?? throw MirrorException.Failed(new($"{release.Id}/{name}: this file comes with the whole release only", $"{release.Id}/{name}：该文件只随整个版本提供"));
        pool.Board.Expect(1, file.Bytes ?? 0);
        try
        {
            MirrorFolder.Make(folder.Of(release.Id));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskFailure.Of(e, folder.Of(release.Id));
        }
        await pool.DownloadAsync(file, stop);
        return file.Target;
    }
}

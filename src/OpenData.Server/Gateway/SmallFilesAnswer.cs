using System.Globalization;
using OpenData.Format;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Gateway.Http;
using OpenData.Server.Releases;
using OpenData.Server.Storage;

namespace OpenData.Server.Gateway;

/// <summary>The small files of a release as one tar (<see cref="SmallFiles"/>), which is small itself: it is put together in memory.</summary>
internal static class SmallFilesAnswer
{
    /// <summary>Puts it together out of the files of a release that may be handed out just now; the whole of it is one literal segment.</summary>
    /// <exception cref="BlobStoreUnavailableException">The store has not what it should have.</exception>
    /// <exception cref="CorruptContentException">A file is not what was published.</exception>
    public static async Task<FileResponse> OfAsync(IReadOnlyList<ReleaseFile> files, bool isHead, bool isPublic, KnownArchives archives, OpenContents contents, CancellationToken stop)
    {
        IReadOnlyList<ReleaseFile> small = SmallFiles.Choose(files.Where(f => !contents.IsQuarantined(f.Key)), f => f.Name, f => f.Bytes);
        long length = 2 * TarHeader.Block + small.Sum(f => TarHeader.Block + f.Bytes + TarHeader.PaddingOf(f.Bytes));
        byte[] tar = new byte[isHead ? 0 : length];
        int at = 0;
        foreach (ReleaseFile file in isHead ? [] : small)
        {
            TarHeader.Of(file.Name, file.Bytes, file.PublishedAt).CopyTo(tar, at);
            await ReadAsync(file, tar.AsMemory(at + TarHeader.Block, (int)file.Bytes), archives, contents, stop);
            at += TarHeader.Block + (int)file.Bytes + TarHeader.PaddingOf(file.Bytes);
        }
        return new FileResponse(
            StatusCodes.Status200OK,
            [
                new("Content-Type", "application/x-tar"),
                new("Content-Length", length.ToString(CultureInfo.InvariantCulture)),
                // Not for ever: which files it has depends on which are to be had just now.
                new("Cache-Control", isPublic ? "public, max-age=3600" : "private, max-age=3600"),
                .. isPublic ? (KeyValuePair<string, string>[])[] : [new("Vary", "Authorization")],
                new("Accept-Ranges", "none"),
                new("X-Content-Type-Options", "nosniff"),
            ],
            isHead ? [] : [new BodySegment(tar, default)],
            length);
    }

    private static async Task ReadAsync(ReleaseFile file, Memory<byte> target, KnownArchives archives, OpenContents contents, CancellationToken stop)
    {
        if (target.IsEmpty)
        {
            return;
        }
        PackagedArchive? archive = file.Archive ? await archives.FindAsync(file.Release, file.Name, stop) : null;
        using OpenContents.Lease lease = await contents.OpenAsync(new StoredContent(file.Key, file.Bytes, file.Sha256, archive?.Blocks ?? default(ReadOnlyMemory<byte>)), stop)
            ?? throw new BlobStoreUnavailableException(file.Key.Path, "a published file is not there.");
        await using ContentSource source = await lease.Content.ReadAsync(new ByteRange(0, file.Bytes), stop);
        while (!target.IsEmpty)
        {
            int ready = await source.PrepareAsync(target.Length, stop);
            if (ready == 0)
            {
                throw new CorruptContentException(file.Key, "it ends early");
            }
            await source.ReadAsync(target[..ready], stop);
            target = target[ready..];
        }
    }
}

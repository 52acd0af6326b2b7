using System.Globalization;
using OpenData.Format;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Gateway.Http;
using OpenData.Server.Releases;
using OpenData.Server.Storage;

namespace OpenData.Server.Gateway;

/// <summary>The small files of a release as one cpio archive, or a small release whole (<see cref="SmallFiles"/>). It is put together in memory.</summary>
internal sealed class SmallFilesAnswer : IDisposable
{
    // A client may take its time, and so long it holds its answer. Beyond these it gets the small files only, and the archive as everybody does.
    private const int MostWhole = 64;
    private static int s_whole;

    private bool _isWhole;

    private SmallFilesAnswer(FileResponse plan, IReadOnlyList<(ReleaseFile File, long At)> archives, bool isWhole) => (Plan, Archives, _isWhole) = (plan, archives, isWhole);

    /// <summary>What to send; the whole body is one literal segment.</summary>
    public FileResponse Plan { get; }

    /// <summary>The archives that are in it, and where they begin: each of them is a download of its own in the journal.</summary>
    public IReadOnlyList<(ReleaseFile File, long At)> Archives { get; }

    /// <summary>Whether a file's name is that of such an answer.</summary>
    public static bool IsName(string name) => name is SmallFiles.Name or SmallFiles.WholeName;

    /// <summary>Puts it together out of the files of a release that may be handed out just now. Disposed when it was sent.</summary>
    /// <exception cref="BlobStoreUnavailableException">The store has not what it should have.</exception>
    /// <exception cref="CorruptContentException">A file is not what was published.</exception>
    public static async Task<SmallFilesAnswer> OfAsync(
        IReadOnlyList<ReleaseFile> files, bool whole, bool isHead, bool isPublic, KnownArchives archives, OpenContents contents, CancellationToken stop)
    {
        List<ReleaseFile> had = [.. files.Where(f => !contents.IsQuarantined(f.Key))];
        bool isWhole = whole && TryHold();
        try
        {
            if (!isWhole || !SmallFiles.TryChooseWhole(had, f => f.Name, f => f.Bytes, out IReadOnlyList<ReleaseFile> chosen))
            {
                chosen = SmallFiles.Choose(had, f => f.Name, f => f.Bytes);
                LetGo(ref isWhole);
            }
            return await PutTogetherAsync(chosen, isWhole, isHead, isPublic, archives, contents, stop);
        }
        catch
        {
            LetGo(ref isWhole);
            throw;
        }
    }

    private static async Task<SmallFilesAnswer> PutTogetherAsync(
        IReadOnlyList<ReleaseFile> chosen, bool isWhole, bool isHead, bool isPublic, KnownArchives archives, OpenContents contents, CancellationToken stop)
    {
        long length = CpioEntry.Trailer.Length + chosen.Sum(f => CpioEntry.LengthOf(f.Name, f.Bytes));
        byte[] cpio = new byte[isHead ? 0 : length];
        List<(ReleaseFile, long)> inside = [];
        int at = 0;
        foreach (ReleaseFile file in isHead ? [] : chosen)
        {
            byte[] head = CpioEntry.HeadOf(file.Name, file.Bytes, file.PublishedAt);
            head.CopyTo(cpio, at);
            at += head.Length;
            await ReadAsync(file, cpio.AsMemory(at, (int)file.Bytes), archives, contents, stop);
            if (file.Archive)
            {
                inside.Add((file, at));
            }
            at += (int)file.Bytes + CpioEntry.PaddingOf(file.Bytes);
        }
        if (!isHead)
        {
            CpioEntry.Trailer.CopyTo(cpio.AsSpan(at));
        }
        FileResponse plan = new(
            StatusCodes.Status200OK,
            [
                new("Content-Type", "application/x-cpio"),
                new("Content-Length", length.ToString(CultureInfo.InvariantCulture)),
                // Not for ever: which files it has depends on which are to be had just now.
                new("Cache-Control", isPublic ? "public, max-age=3600" : "private, max-age=3600"),
                .. isPublic ? (KeyValuePair<string, string>[])[] : [new("Vary", "Authorization")],
                new("Accept-Ranges", "none"),
                new("X-Content-Type-Options", "nosniff"),
            ],
            isHead ? [] : [new BodySegment(cpio, default)],
            length);
        return new SmallFilesAnswer(plan, inside, isWhole);
    }

    public void Dispose() => LetGo(ref _isWhole);

    private static bool TryHold()
    {
        if (Interlocked.Increment(ref s_whole) <= MostWhole)
        {
            return true;
        }
        Interlocked.Decrement(ref s_whole);
        return false;
    }

    private static void LetGo(ref bool isHeld)
    {
        if (isHeld)
        {
            isHeld = false;
            Interlocked.Decrement(ref s_whole);
        }
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

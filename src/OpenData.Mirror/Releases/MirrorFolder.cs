using OpenData.Format;
using OpenData.Mirror.Downloads;

namespace OpenData.Mirror.Releases;

/// <summary>
/// A mirror on disk. What is published lies as it does under <c>/files/</c> of the server, so any web server can serve it:
/// <code>
/// DIR/
///   CODE/EDITION/rN/
///     CODE_EDITION_rN_001.zip
///     CODE_EDITION_rN_001.zip.part        while it is coming, with .part.state beside it
///     CODE_EDITION_rN_001.entries.jsonl.gz
///     SHA256SUMS, SHA256SUMS.sig          after all that they list
///     release.json                        last: where it is, the release is whole
///   .opendata/                            mode 0700: no web server of another user shows it
///     signing-key.pem                     the keys that are trusted
///     state.json, lock, releases/         how far a sync has come, who is at it, what is there
///     tombstones/CODE/EDITION/rN.json     what was taken back, and why
///     withdrawn/CODE/EDITION/rN/          its files, if they are kept
///     trash/                              on its way out
/// </code>
/// </summary>
internal sealed class MirrorFolder
{
    // Folders come and go while their neighbours do.
    private readonly Lock _folders = new();

    private MirrorFolder(string root) => Root = root;

    /// <summary>Absolute.</summary>
    public string Root { get; }

    public string StateFolder => Path.Combine(Root, ".opendata");

    /// <summary>Opens a mirror, making the folder if there is none.</summary>
    /// <exception cref="MirrorException">It cannot be made or written to.</exception>
    public static MirrorFolder Open(string path)
    {
        MirrorFolder folder = new(Path.GetFullPath(path));
        try
        {
            Make(folder.StateFolder);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(folder.StateFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskFailure.Of(e, folder.Root);
        }
        return folder;
    }

    /// <summary>Opens a mirror to look at it: nothing is made.</summary>
    /// <exception cref="MirrorException">There is no such folder.</exception>
    public static MirrorFolder Existing(string path) =>
        Directory.Exists(path) ? new MirrorFolder(Path.GetFullPath(path)) : throw MirrorException.Failed(new($"{path}: there is no such folder", $"{path}：没有这个目录"));

    /// <summary>The folder of a release.</summary>
    public string Of(ReleaseId release) => Path.Combine(Root, release.Dataset, release.Edition, release.RevisionName);

    /// <summary>The place of a file of a release. Its name was checked.</summary>
    public string Of(ReleaseId release, string name) => Path.Combine(Of(release), name);

    /// <summary>Whether a release is there, whole: its manifest got its name last.</summary>
    public bool Has(ReleaseId release) => File.Exists(Of(release, Manifest.FileName));

    /// <summary>Makes the folder of a release. Whoever names files in it flushes it, with those above.</summary>
    public void MakeRelease(ReleaseId release)
    {
        lock (_folders)
        {
            Directory.CreateDirectory(Of(release));
        }
    }

    /// <summary>Takes a release, whole or not, out of what is served, at once; folders that are empty then go too.</summary>
    /// <param name="release">Which.</param>
    /// <param name="keep">Whether it moves to <c>.opendata/withdrawn</c>; else it is deleted.</param>
    public void TakeAway(ReleaseId release, bool keep)
    {
        string from = Of(release);
        string? trash = null;
        lock (_folders)
        {
            if (Directory.Exists(from))
            {
                string to = Path.Combine(StateFolder, "withdrawn", release.Dataset, release.Edition, release.RevisionName);
                if (!keep || Directory.Exists(to))
                {
                    to = trash = Path.Combine(Trash, Guid.NewGuid().ToString("N"));
                }
                Make(Path.GetDirectoryName(to)!);
                Directory.Move(from, to);
                FileSync.FlushFolder(Path.GetDirectoryName(to)!);
                FileSync.FlushFolder(Path.GetDirectoryName(from)!);
            }
            // Also where the release is gone: whoever moved it away may have died before this.
            for (string folder = Path.GetDirectoryName(from)!; folder != Root && IsEmptyOrGone(folder); folder = Path.GetDirectoryName(folder)!)
            {
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder);
                }
            }
        }
        if (trash is not null)
        {
            Directory.Delete(trash, recursive: true);
        }
    }

    private static bool IsEmptyOrGone(string folder) => !Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any();

    /// <summary>Removes what a killed process had not time to.</summary>
    public void EmptyTrash()
    {
        if (Directory.Exists(Trash))
        {
            Directory.Delete(Trash, recursive: true);
        }
    }

    private string Trash => Path.Combine(StateFolder, "trash");

    /// <summary>Makes a folder, with those above it, so that they survive a power cut.</summary>
    public static void Make(string folder)
    {
        if (Directory.Exists(folder))
        {
            return;
        }
        string? parent = Path.GetDirectoryName(folder);
        if (parent is not null)
        {
            Make(parent);
        }
        Directory.CreateDirectory(folder);
        if (parent is not null)
        {
            FileSync.FlushFolder(parent);
        }
    }

    /// <summary>Writes a small file: whole and flushed, or not at all.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content, DateTimeOffset? modifiedAt = null)
    {
        string temporary = path + ".part";
        try
        {
            using (Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
            {
                RandomAccess.Write(file, content, 0);
                if (modifiedAt is { } time)
                {
                    File.SetLastWriteTimeUtc(file, time.UtcDateTime);
                }
                FileSync.Flush(file, temporary);
            }
            File.Move(temporary, path, overwrite: true);
            FileSync.FlushFolder(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskFailure.Of(e, path);
        }
    }

    /// <summary>Writes a file of <see cref="StateFolder"/>.</summary>
    public void WriteState(string path, ReadOnlySpan<byte> content)
    {
        Make(StateFolder);
        Write(path, content);
    }
}

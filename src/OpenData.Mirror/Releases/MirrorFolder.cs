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
///   .opendata/
///     signing-key.pem                     the keys that are trusted
/// </code>
/// </summary>
internal sealed class MirrorFolder
{
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
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskFailure.Of(e, folder.Root);
        }
        return folder;
    }

    /// <summary>The folder of a release.</summary>
    public string Of(ReleaseId release) => Path.Combine(Root, release.Dataset, release.Edition, release.RevisionName);

    /// <summary>The place of a file of a release. Its name was checked.</summary>
    public string Of(ReleaseId release, string name) => Path.Combine(Of(release), name);

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
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        string temporary = path + ".part";
        try
        {
            using (Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
            {
                RandomAccess.Write(file, content, 0);
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

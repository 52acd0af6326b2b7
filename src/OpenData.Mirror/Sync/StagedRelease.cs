using Microsoft.Win32.SafeHandles;
using OpenData.Format;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Releases;

namespace OpenData.Mirror.Sync;

/// <summary>
/// The verified small files of a release, written under names that end in <c>.part</c>, and waiting for <see cref="GroupCommit"/> to flush and name them. Files
/// may be added from several threads.
/// </summary>
/// <param name="folder">The mirror.</param>
/// <param name="release">Which release.</param>
/// <param name="modifiedAt">The time of last change that its files get: the same in every mirror.</param>
internal sealed class StagedRelease(MirrorFolder folder, ReleaseId release, DateTimeOffset modifiedAt) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<StagedFile> _files = [];

    public ReleaseId Release => release;

    public string Folder { get; } = folder.Of(release);

    public IReadOnlyList<StagedFile> Files => _files;

    /// <summary>Writes a file aside; bytes that stand under its name already are left as they are.</summary>
    /// <exception cref="IOException">The disk is full, read-only or broken.</exception>
    public void Add(string name, ReadOnlySpan<byte> content)
    {
        string target = Path.Combine(Folder, name);
        SafeFileHandle handle = File.OpenHandle(target + ".part", FileMode.Create, FileAccess.Write);
        StagedFile file = new(handle, target);
        lock (_gate)
        {
            _files.Add(file);
        }
        RandomAccess.Write(handle, content, 0);
        File.SetLastWriteTimeUtc(handle, modifiedAt.UtcDateTime);
    }

    public void Dispose() => _files.ForEach(f => f.Dispose());
}

/// <summary>A file under its temporary name. Held open until it is flushed, so that no error of writing it is missed.</summary>
internal sealed class StagedFile(SafeFileHandle handle, string target) : IDisposable
{
    public string Target => target;

    /// <summary>Makes the bytes survive a power cut, or removes them.</summary>
    /// <exception cref="IOException">They did not reach the disk.</exception>
    public void Flush()
    {
        try
        {
            FileSync.Flush(handle, target + ".part");
        }
        catch (IOException)
        {
            File.Delete(target + ".part");
            throw;
        }
        finally
        {
            handle.Dispose();
        }
    }

    /// <summary>Gives the file its final name.</summary>
    public void Name() => File.Move(target + ".part", target, overwrite: true);

    public void Dispose() => handle.Dispose();
}

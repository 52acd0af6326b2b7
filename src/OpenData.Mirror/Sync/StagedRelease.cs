using Microsoft.Win32.SafeHandles;
using OpenData.Format;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Releases;

namespace OpenData.Mirror.Sync;

/// <summary>
/// The verified small files of a release, written under names that end in <c>.part</c>, and waiting for <see cref="GroupCommit"/> to flush and name them. What a
/// killed process left of them is taken over. Files may be added from several threads.
/// </summary>
/// <param name="folder">The mirror.</param>
/// <param name="release">Which release.</param>
/// <param name="modifiedAt">The time of last change that its files get: the same in every mirror.</param>
internal sealed class StagedRelease(MirrorFolder folder, ReleaseId release, DateTimeOffset modifiedAt) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<StagedFile> _files = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public ReleaseId Release => release;

    public string Folder { get; } = folder.Of(release);

    public IReadOnlyList<StagedFile> Files => _files;

    /// <summary>Where a file is until it gets its name.</summary>
    public static string PathOf(string target) => target + ".part";

    /// <summary>Whether a file of this name was added.</summary>
    public bool Has(string name)
    {
        lock (_gate)
        {
            return _names.Contains(name);
        }
    }

    /// <summary>Writes a file aside.</summary>
    /// <exception cref="IOException">The disk is full, read-only or broken.</exception>
    public void Add(string name, ReadOnlySpan<byte> content)
    {
        string target = Path.Combine(Folder, name);
        Take(SmallFileWriter.Write(PathOf(target), content, modifiedAt), target);
    }

    /// <summary>Takes over what an earlier run had written aside when it was killed, if its bytes are right.</summary>
    public bool TryAdopt(string name, Sha256Digest digest)
    {
        string target = Path.Combine(Folder, name);
        FileInfo there = new(PathOf(target));
        if (!there.Exists || there.Length > SmallDownload.Limit || File.Exists(PartFile.StatePath(target)) || Sha256Digest.Of(File.ReadAllBytes(there.FullName)) != digest)
        {
            return false;
        }
        // Shared with everybody: the folder is locked, and a lock on each file is two calls more.
        SafeFileHandle handle = File.OpenHandle(PathOf(target), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        Take(handle, target);
        File.SetLastWriteTimeUtc(handle, modifiedAt.UtcDateTime);
        return true;
    }

    /// <summary>Nobody knows what of it is on disk: what has no name yet goes.</summary>
    public void Discard() => _files.ForEach(f => f.Discard());

    public void Dispose() => _files.ForEach(f => f.Dispose());

    private void Take(SafeFileHandle handle, string target)
    {
        lock (_gate)
        {
            _files.Add(new StagedFile(handle, target));
            _names.Add(Path.GetFileName(target));
        }
    }
}

/// <summary>A file under its temporary name. Held open until it is flushed, so that no error of writing it is missed.</summary>
internal sealed class StagedFile(SafeFileHandle handle, string target) : IDisposable
{
    public bool IsManifest { get; } = Path.GetFileName(target.AsSpan()).SequenceEqual(Manifest.FileName);

    /// <summary>Makes the bytes survive a power cut, or removes them.</summary>
    /// <exception cref="IOException">They did not reach the disk.</exception>
    public void Flush()
    {
        try
        {
            FileSync.Flush(handle, StagedRelease.PathOf(target));
        }
        catch (IOException)
        {
            Discard();
            throw;
        }
        finally
        {
            handle.Dispose();
        }
    }

    /// <summary>Nobody knows whether its bytes are on disk.</summary>
    public void Discard() => File.Delete(StagedRelease.PathOf(target));

    /// <summary>Gives the file its final name.</summary>
    public void Name() => File.Move(StagedRelease.PathOf(target), target, overwrite: true);

    public void Dispose() => handle.Dispose();
}

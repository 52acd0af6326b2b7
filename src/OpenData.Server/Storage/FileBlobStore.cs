using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace OpenData.Server.Storage;

/// <summary>
/// Blobs as files below a folder, at the paths that their keys spell. A blob is written beside the tree, in <c>.writing/</c> on the same file
/// system, flushed, renamed to its place, and every folder down to it is flushed: only then it counts as committed.
/// Several processes may use one folder.
/// </summary>
public sealed class FileBlobStore : BlobStore
{
    private readonly string root;
    private readonly UnfinishedFiles unfinished;

    private FileBlobStore(string root)
    {
        this.root = root;
        unfinished = new UnfinishedFiles(Path.Combine(root, ".writing"));
    }

    /// <inheritdoc/>
    public override string Place => root;

    /// <summary>Uses a folder, makes it if need be, and clears what killed processes left behind in it.</summary>
    /// <exception cref="BlobStoreUnavailableException">The folder cannot be made or written.</exception>
    public static FileBlobStore Open(string folder)
    {
        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        FileBlobStore store = new(root);
        store.Guarded(() =>
        {
            string[] missing = [.. Missing(root)];
            store.unfinished.CreateFolder();
            FileSync.FlushFolder(root);
            foreach (string folder in missing)
            {
                FileSync.FlushFolder(Path.GetDirectoryName(folder)!);
            }
            return store.unfinished.Clear();
        });
        return store;
    }

    /// <summary>Uses a folder that is only read, such as a backup: nothing is made, cleared or asked for in it.</summary>
    internal static FileBlobStore OpenToRead(string folder) => new(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    /// <inheritdoc/>
    public override Task ProbeAsync(CancellationToken stop) => Task.Run(() => Guarded(Probe), stop);

    /// <inheritdoc/>
    public override Task<BlobWriter> CreateAsync(BlobKey key, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        try
        {
            (string path, SafeFileHandle file) = unfinished.Create();
            return Task.FromResult<BlobWriter>(new FileBlobWriter(root, key, path, file));
        }
        catch (IOException error) when (DiskFull.Is(error))
        {
            throw DiskFull.At(root, error);
        }
    }

    /// <inheritdoc/>
    public override Task<BlobReader?> OpenAsync(BlobKey key, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        try
        {
            SafeFileHandle file = File.OpenHandle(PathOf(root, key), share: FileShare.Read | FileShare.Delete, options: FileOptions.Asynchronous);
            return Task.FromResult<BlobReader?>(new FileBlobReader(key, file));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<BlobReader?>(null);
        }
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken stop)
    {
        await Task.Yield();
        foreach (BlobInfo blob in List(BlobKey.Root, prefix, stop))
        {
            yield return blob;
        }
    }

    /// <inheritdoc/>
    public override Task DeleteAsync(BlobKey key, CancellationToken stop) => Task.Run(() => Remove(key), stop);

    /// <inheritdoc/>
    public override Task<int> ClearUnfinishedAsync(TimeSpan olderThan, CancellationToken stop) =>
        Task.Run(() => Guarded(unfinished.Clear), stop); // what its lock tells needs no age

    /// <summary>The folder and those above it that are not there yet.</summary>
    private static IEnumerable<string> Missing(string? folder)
    {
        for (; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            yield return folder;
        }
    }

    internal static string PathOf(string root, BlobKey key) => Path.Combine(root, key.Path);

    /// <summary>
    /// One folder's blobs in the order of their full keys: a folder sorts as its name and a slash, since that is how the keys below it go on.
    /// </summary>
    private IEnumerable<BlobInfo> List(string folder, string prefix, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        foreach (FileSystemInfo item in Children(folder).OrderBy(SortName, StringComparer.Ordinal))
        {
            string path = folder + SortName(item);
            if (item is DirectoryInfo)
            {
                bool mayHold = path.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(path, StringComparison.Ordinal);
                foreach (BlobInfo blob in mayHold ? List(path, prefix, stop) : [])
                {
                    yield return blob;
                }
            }
            else if (path.StartsWith(prefix, StringComparison.Ordinal) && BlobKey.TryParse(path, out BlobKey key, out _)
                && item is FileInfo { Exists: true } file) // it may have been deleted since the folder was read
            {
                yield return new BlobInfo(key, file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero));
            }
        }
    }

    private FileSystemInfo[] Children(string folder)
    {
        try
        {
            return [.. new DirectoryInfo(Path.Combine(root, folder)).EnumerateFileSystemInfos("*", new EnumerationOptions
            {
                AttributesToSkip = FileAttributes.ReparsePoint,
                IgnoreInaccessible = false,
            })];
        }
        catch (DirectoryNotFoundException)
        {
            return []; // nothing was written yet, or the last blob in it was deleted just now
        }
    }

    private static string SortName(FileSystemInfo item) => item is DirectoryInfo ? item.Name + "/" : item.Name;

    private void Remove(BlobKey key)
    {
        string path = PathOf(root, key);
        try
        {
            if (!File.Exists(path))
            {
                return;
            }
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            return; // another deletion was faster, and makes it durable
        }

        // Folders that became empty go too. A writer that wanted to use one makes it again, see FileBlobWriter.
        string folder = Path.GetDirectoryName(path)!;
        while (folder.Length > root.Length && RemoveIfEmpty(folder))
        {
            folder = Path.GetDirectoryName(folder)!;
        }
        Flush(folder);
    }

    /// <summary>True where the folder is gone, whoever removed it.</summary>
    private static bool RemoveIfEmpty(string folder)
    {
        try
        {
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            {
                return false;
            }
            Directory.Delete(folder);
        }
        catch (DirectoryNotFoundException)
        {
            // another deletion was faster
        }
        catch (IOException)
        {
            return false; // not empty any more
        }
        return true;
    }

    /// <summary>Flushes the folder, or if another deletion removed it meanwhile, the nearest one that is there.</summary>
    private void Flush(string folder)
    {
        while (true)
        {
            try
            {
                FileSync.FlushFolder(folder);
                return;
            }
            catch (IOException error) when (error.InnerException is Win32Exception { NativeErrorCode: NoSuchFile } && folder.Length > root.Length)
            {
                folder = Path.GetDirectoryName(folder)!;
            }
        }
    }

    private const int NoSuchFile = 2; // ENOENT

    private bool Probe()
    {
        byte[] written = RandomNumberGenerator.GetBytes(64);
        byte[] read = new byte[written.Length];
        (string path, SafeFileHandle file) = unfinished.Create();
        try
        {
            using (file)
            {
                RandomAccess.Write(file, written, 0);
                FileSync.Flush(file, path);
            }
            using SafeFileHandle again = File.OpenHandle(path);
            if (RandomAccess.Read(again, read, 0) != read.Length || !read.AsSpan().SequenceEqual(written))
            {
                throw new IOException($"'{path}' does not read as it was written");
            }
        }
        finally
        {
            File.Delete(path);
        }
        FileSync.FlushFolder(unfinished.Folder);
        return true;
    }

    private T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (IOException error) when (DiskFull.Is(error))
        {
            throw new BlobStoreUnavailableException(root, DiskFull.At(root, error).Message, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BlobStoreUnavailableException(
                root, $"{error.Message} Look at whether the folder exists, is mounted, and may be written by this process (OpenData:Storage:Path).", error);
        }
    }
}

using Microsoft.Win32.SafeHandles;

namespace OpenData.Server.Storage;

/// <summary>Writes a file beside the tree and renames it to its place.</summary>
internal sealed class FileBlobWriter(string root, BlobKey key, string unfinished, SafeFileHandle file) : BlobWriter
{
    private long length;
    private bool committed;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken stop)
    {
        ObjectDisposedException.ThrowIf(file.IsClosed, this);
        try
        {
            await RandomAccess.WriteAsync(file, data, length, stop);
            length += data.Length;
        }
        catch (IOException error) when (DiskFull.Is(error))
        {
            throw DiskFull.At(root, error);
        }
    }

    public override Task CommitAsync(CancellationToken stop)
    {
        ObjectDisposedException.ThrowIf(file.IsClosed, this);
        stop.ThrowIfCancellationRequested();
        return Task.Run(Commit, CancellationToken.None); // from here on it is all or nothing, not half
    }

    public override ValueTask DisposeAsync()
    {
        if (!file.IsClosed)
        {
            file.Dispose();
            if (!committed)
            {
                File.Delete(unfinished);
            }
        }
        return ValueTask.CompletedTask;
    }

    private void Commit()
    {
        string path = FileBlobStore.PathOf(root, key);
        string folder = Path.GetDirectoryName(path)!;
        try
        {
            // 1. The bytes, before anything has their name.
            FileSync.Flush(file, unfinished);
            // 2. The name.
            Rename(folder, path);
        }
        catch (IOException error) when (DiskFull.Is(error))
        {
            throw DiskFull.At(root, error);
        }
        committed = true;
        try
        {
            // 3. The folders. All of them up to the root: one that was there already may have been made by a writer that has not flushed it yet.
            for (string? at = folder; at is not null && at.Length >= root.Length; at = Path.GetDirectoryName(at))
            {
                FileSync.FlushFolder(at);
            }
        }
        catch (IOException)
        {
            File.Delete(path); // nobody knows whether the name would survive a power cut
            throw;
        }
    }

    private void Rename(string folder, string path)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                Directory.CreateDirectory(folder);
                File.Move(unfinished, path, overwrite: true);
                return;
            }
            catch (IOException error) when (attempt < 100 && (error is DirectoryNotFoundException or FileNotFoundException || error.HResult == FileExists))
            {
                // A deletion of the last other blob takes empty folders away, perhaps just now. It may come between any two looks of the
                // runtime while it makes the folders: then it says that a parent is missing, or that a file is in the folder's place.
            }
        }
    }

    private const int FileExists = 17; // EEXIST
}

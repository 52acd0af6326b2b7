using Microsoft.Win32.SafeHandles;

namespace OpenData.Server.Storage;

/// <summary>Reads an open file. A file that is replaced or deleted stays readable as it was for as long as this is open.</summary>
internal sealed class FileBlobReader(BlobKey key, SafeFileHandle file) : BlobReader
{
    public override long Bytes { get; } = RandomAccess.GetLength(file);

    public override SafeFileHandle File => file;

    public override Task<Stream> ReadAsync(long offset, long length, CancellationToken stop)
    {
        CheckRange(offset, length);
        stop.ThrowIfCancellationRequested();
        return Task.FromResult<Stream>(new FileRange(key, file, offset, length));
    }

    public override ValueTask DisposeAsync()
    {
        file.Dispose();
        return ValueTask.CompletedTask;
    }
}

using OpenData.Server.S3;

namespace OpenData.Server.Storage;

/// <summary>Reads one version of an object; once that is replaced, reading fails.</summary>
internal sealed class S3BlobReader(S3Connection s3, S3Version version) : BlobReader
{
    public override long Bytes => version.Bytes;

    public override Task<Stream> ReadAsync(long offset, long length, CancellationToken stop)
    {
        CheckRange(offset, length);
        stop.ThrowIfCancellationRequested();
        return s3.OpenAsync(version, offset, length, stop);
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Amazon.S3.Model;
using OpenData.Server.S3;

namespace OpenData.Server.Storage;

/// <summary>
/// Blobs as objects of a bucket, under their keys. An object becomes visible whole when its upload is completed; conditions on that are not
/// relied upon, since not every store honours them: who may write a key is settled in the database.
/// </summary>
public sealed partial class S3BlobStore(S3Connection s3, ILogger<S3BlobStore> logger) : BlobStore
{
    /// <inheritdoc/>
    public override string Place => s3.Place;

    /// <inheritdoc/>
    public override async Task ProbeAsync(CancellationToken stop)
    {
        byte[] written = RandomNumberGenerator.GetBytes(64);
        string key = ".probe/" + Guid.NewGuid().ToString("N");
        using CancellationTokenSource soon = s3.Soon(stop);
        try
        {
            await s3.MakeBucketAsync(soon.Token);
            await s3.Client.PutObjectAsync(
                new PutObjectRequest { BucketName = s3.Bucket, Key = key, InputStream = new MemoryStream(written), UseChunkEncoding = s3.Options.UseChunkEncoding },
                soon.Token);
            try
            {
                using GetObjectResponse answer = await s3.Client.GetObjectAsync(s3.Bucket, key, soon.Token);
                byte[] read = new byte[written.Length];
                if (await answer.ResponseStream.ReadAtLeastAsync(read, read.Length, throwOnEndOfStream: false, soon.Token) != read.Length
                    || !read.AsSpan().SequenceEqual(written))
                {
                    throw new IOException($"The object '{key}' does not read as it was written.");
                }
            }
            finally
            {
                await s3.Client.DeleteObjectAsync(s3.Bucket, key, soon.Token);
            }
        }
        catch (Exception error) when (S3Faults.IsOfService(error) && !stop.IsCancellationRequested)
        {
            throw s3.Unavailable(error);
        }
    }

    /// <inheritdoc/>
    public override Task<BlobWriter> CreateAsync(BlobKey key, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return Task.FromResult<BlobWriter>(new S3BlobWriter(s3, key, logger)); // nothing is sent before there is a part's worth
    }

    /// <inheritdoc/>
    public override async Task<BlobReader?> OpenAsync(BlobKey key, CancellationToken stop)
    {
        S3Version? version = await s3.FindAsync(key.Path, stop);
        return version is null ? null : new S3BlobReader(s3, version);
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken stop)
    {
        if (BlobKey.Root.StartsWith(prefix, StringComparison.Ordinal))
        {
            prefix = BlobKey.Root; // the bucket may hold more than ours
        }
        if (!prefix.StartsWith(BlobKey.Root, StringComparison.Ordinal))
        {
            yield break;
        }
        await foreach (S3Object item in s3.ListAsync(prefix, stop))
        {
            if (BlobKey.TryParse(item.Key, out BlobKey key, out _))
            {
                yield return new BlobInfo(key, item.Size ?? 0, S3Connection.Utc(item.LastModified));
            }
        }
    }

    /// <inheritdoc/>
    public override Task DeleteAsync(BlobKey key, CancellationToken stop) =>
        s3.RunAsync(token => s3.Client.DeleteObjectAsync(s3.Bucket, key.Path, token), stop);

    /// <summary>Aborts the multipart uploads that were begun longer ago than this: no upload of a living process may take so long.</summary>
    public override async Task<int> ClearUnfinishedAsync(TimeSpan olderThan, CancellationToken stop)
    {
        DateTimeOffset limit = s3.Time.GetUtcNow() - olderThan;
        int aborted = 0;
        ListMultipartUploadsRequest request = new() { BucketName = s3.Bucket, Prefix = BlobKey.Root };
        ListMultipartUploadsResponse page;
        do
        {
            page = await s3.RunAsync(token => s3.Client.ListMultipartUploadsAsync(request, token), stop);
            foreach (MultipartUpload upload in page.MultipartUploads ?? [])
            {
                if (S3Connection.Utc(upload.Initiated) >= limit)
                {
                    continue;
                }
                if (await s3.RunOrNullAsync(token => s3.Client.AbortMultipartUploadAsync(s3.Bucket, upload.Key, upload.UploadId, token), stop) is not null)
                {
                    LogAborted(logger, upload.Key, S3Connection.Utc(upload.Initiated), Place);
                    aborted++;
                }
            }
            request.KeyMarker = page.NextKeyMarker;
            request.UploadIdMarker = page.NextUploadIdMarker;
        }
        while (page.IsTruncated == true);
        return aborted;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Aborted the upload of {Key}, begun at {Begun} and left behind, at {Place}")]
    private static partial void LogAborted(ILogger logger, string key, DateTimeOffset begun, string place);
}

using System.Globalization;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3.Model;
using OpenData.Server.S3;

namespace OpenData.Server.Storage;

/// <summary>
/// Writes an object: with one request if it is no larger than one part, else in parts, of which up to two are under way while the next one fills.
/// Every body carries its Content-MD5, and after the commit the object is asked for its length and ETag.
/// </summary>
internal sealed partial class S3BlobWriter(S3Connection s3, BlobKey key, ILogger logger) : BlobWriter
{
    private const int UnderWay = 2;

    private readonly CancellationTokenSource abandoned = new();
    private readonly List<Task> uploads = [];
    private readonly List<byte[]> md5s = []; // of the parts, in order
    private readonly List<string> etags = []; // of the parts that arrived, in order
    private PartBuffer buffer = new(PartSizes.Of(1, s3.Options.PartSize));
    private string? uploadId;
    private long length;
    private bool ended;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken stop)
    {
        ObjectDisposedException.ThrowIf(ended, this);
        stop.ThrowIfCancellationRequested();
        while (!data.IsEmpty)
        {
            if (buffer.IsFull)
            {
                await SendPartAsync(stop);
            }
            int taken = buffer.Append(data.Span);
            length += taken;
            data = data[taken..];
        }
    }

    public override async Task CommitAsync(CancellationToken stop)
    {
        ObjectDisposedException.ThrowIf(ended, this);
        stop.ThrowIfCancellationRequested();
        string etag;
        if (uploadId is null)
        {
            etag = await PutAsync();
        }
        else
        {
            await SendPartAsync(stop);
            while (uploads.Count > 0)
            {
                await NextUploadAsync(stop);
            }
            stop.ThrowIfCancellationRequested();
            etag = await CompleteAsync(uploadId);
        }
        ended = true;
        buffer.Dispose();

        // The store's word is not enough: what stands there now must be what was written.
        S3Version? stored = await s3.FindAsync(key.Path, CancellationToken.None);
        if (stored is null || stored.Bytes != length || (s3.Options.CheckETags && stored.ETag.Trim('"') != etag))
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture,
                $"{key} at {s3.Place} was written with {length} bytes and ETag {etag}, but stands there with {stored?.Bytes} bytes and ETag {stored?.ETag}."));
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (!ended)
        {
            ended = true;
            await abandoned.CancelAsync();
            await Task.WhenAll(uploads).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the first failure was thrown already
            buffer.Dispose();
            if (uploadId is not null)
            {
                await AbortAsync(uploadId);
            }
        }
        abandoned.Dispose();
    }

    /// <summary>Hands the filled buffer to the background, once there is room there, and begins a new one.</summary>
    private async Task SendPartAsync(CancellationToken stop)
    {
        int number = md5s.Count + 1;
        if (number > PartSizes.MaxParts)
        {
            throw new IOException($"{key} is larger than an S3 object can be.");
        }
        uploadId ??= (await s3.RunAsync(
            token => s3.Client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = s3.Bucket, Key = key.Path }, token), stop)).UploadId;
        while (uploads.Count >= UnderWay)
        {
            await NextUploadAsync(stop);
        }
        PartBuffer part = buffer;
        buffer = new PartBuffer(PartSizes.Of(number + 1, s3.Options.PartSize));
        md5s.Add([]);
        etags.Add("");
        uploads.Add(Task.Run(() => UploadPartAsync(uploadId, number, part), CancellationToken.None));
    }

    private async Task NextUploadAsync(CancellationToken stop)
    {
        Task done = await Task.WhenAny(uploads).WaitAsync(stop);
        await done; // a part that failed stays in the list: the blob can no longer be committed
        uploads.Remove(done);
    }

    private async Task UploadPartAsync(string upload, int number, PartBuffer part)
    {
        byte[] md5 = part.Md5();
        UploadPartResponse answer = await s3.RunAsync(
            token => s3.Client.UploadPartAsync(new UploadPartRequest
            {
                BucketName = s3.Bucket,
                Key = key.Path,
                UploadId = upload,
                PartNumber = number,
                PartSize = part.Length,
                InputStream = part.OpenRead(),
                MD5Digest = Convert.ToBase64String(md5),
                UseChunkEncoding = s3.Options.UseChunkEncoding,
                DisablePayloadSigning = s3.Encrypted,
            }, token),
            abandoned.Token);
        lock (md5s)
        {
            md5s[number - 1] = md5;
            etags[number - 1] = answer.ETag;
        }
        part.Dispose();
    }

    /// <summary>The whole blob at once. Not to be stopped: it would be open whether it arrived.</summary>
    private async Task<string> PutAsync()
    {
        byte[] md5 = buffer.Md5();
        await s3.RunAsync(
            token => s3.Client.PutObjectAsync(new PutObjectRequest
            {
                BucketName = s3.Bucket,
                Key = key.Path,
                InputStream = buffer.OpenRead(),
                MD5Digest = Convert.ToBase64String(md5),
                UseChunkEncoding = s3.Options.UseChunkEncoding,
                DisablePayloadSigning = s3.Encrypted,
            }, token),
            CancellationToken.None);
        return Convert.ToHexStringLower(md5);
    }

    /// <summary>Makes one object of the parts. Not to be stopped, for the same reason.</summary>
    private async Task<string> CompleteAsync(string upload)
    {
        CompleteMultipartUploadRequest request = new()
        {
            BucketName = s3.Bucket,
            Key = key.Path,
            UploadId = upload,
            PartETags = [.. etags.Select((etag, i) => new PartETag(i + 1, etag))],
        };
        bool tried = false;
        await s3.RunAsync(
            async token =>
            {
                try
                {
                    await s3.Client.CompleteMultipartUploadAsync(request, token);
                }
                catch (AmazonServiceException error) when (tried && S3Faults.IsMissing(error))
                {
                    // An earlier try was carried out although its answer was lost; what stands there is looked at next.
                }
                finally
                {
                    tried = true;
                }
                return true;
            },
            CancellationToken.None);
        return MultipartETag(md5s);
    }

    /// <summary>S3's ETag of an object in parts: the MD5 of the parts' MD5s, and how many there are.</summary>
    private static string MultipartETag(IReadOnlyCollection<byte[]> md5s)
    {
#pragma warning disable CA5351 // what S3 uses; against accidents only
        byte[] md5 = MD5.HashData(md5s.SelectMany(part => part).ToArray());
#pragma warning restore CA5351
        return string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(md5)}-{md5s.Count}");
    }

    private async Task AbortAsync(string upload)
    {
        try
        {
            await s3.RunOrNullAsync(token => s3.Client.AbortMultipartUploadAsync(s3.Bucket, key.Path, upload, token), CancellationToken.None);
        }
        catch (IOException error)
        {
            LogNotAborted(logger, key, s3.Place, error); // ClearUnfinished will
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The unfinished upload of {Key} at {Place} could not be aborted; it is cleared later")]
    private static partial void LogNotAborted(ILogger logger, BlobKey key, string place, Exception error);
}

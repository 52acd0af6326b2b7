using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Polly;
using Polly.Retry;

namespace OpenData.Server.S3;

/// <summary>A bucket, and the one way requests are made to it: each is tried again for as long as its fault is a passing one.</summary>
public sealed partial class S3Connection : IDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(10);

    private readonly AmazonS3Client client;
    private readonly ResiliencePipeline retry;
    private readonly string section;
    private readonly ILogger logger;
    private readonly Func<string, string, Exception, IOException> unavailable;

    /// <param name="options">Which bucket and how; valid.</param>
    /// <param name="section">Where the options stand, for messages: <c>OpenData:Storage:S3</c>.</param>
    /// <param name="unavailable">Makes the exception for a bucket that cannot be used, of the place, the reason in words, and the cause.</param>
    /// <param name="time">The clock of pauses and time-outs.</param>
    /// <param name="logger">Where retries are told.</param>
    public S3Connection(S3Options options, string section, Func<string, string, Exception, IOException> unavailable, TimeProvider time, ILogger logger)
    {
        this.unavailable = unavailable;
        Options = options;
        this.section = section;
        Time = time;
        this.logger = logger;
        client = new AmazonS3Client(options.AccessKey, options.SecretKey, new AmazonS3Config
        {
            ServiceURL = options.ServiceUrl!.AbsoluteUri,
            AuthenticationRegion = options.Region,
            ForcePathStyle = options.ForcePathStyle,
            // Stores other than AWS refuse or ignore the newer checksums: integrity is proved by Content-MD5 and by what is read back.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            MaxErrorRetry = 0,
            Timeout = options.RequestTimeout,
        });
        retry = options.Retries == 0 ? ResiliencePipeline.Empty : new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = options.Retries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = options.RetryDelay,
                MaxDelay = LongestPause,
                ShouldHandle = attempt => ValueTask.FromResult(
                    attempt.Outcome.Exception is { } error && S3Faults.IsPassing(error, attempt.Context.CancellationToken)),
                OnRetry = attempt =>
                {
                    LogRetry(this.logger, Place, attempt.AttemptNumber + 1, attempt.RetryDelay, attempt.Outcome.Exception);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    internal S3Options Options { get; }

    internal TimeProvider Time { get; }

    internal IAmazonS3 Client => client;

    internal string Bucket => Options.Bucket;

    /// <summary>Names the bucket for messages and logs, without secrets.</summary>
    public string Place => $"{Options.ServiceUrl!.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{Options.Bucket}";

    /// <summary>True where payloads need no signature of their own, since the connection protects them.</summary>
    internal bool Encrypted => Options.ServiceUrl!.Scheme == Uri.UriSchemeHttps;

    /// <summary>Makes a request, again and again while it fails for a passing reason.</summary>
    /// <exception cref="IOException">The bucket cannot be used; says why and what to look at.</exception>
    internal async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken stop)
    {
        try
        {
            return await retry.ExecuteAsync(static async (work, token) => await work(token), request, stop);
        }
        catch (Exception error) when (S3Faults.IsOfService(error) && !stop.IsCancellationRequested)
        {
            throw Unavailable(error);
        }
    }

    /// <summary>Makes a request likewise; null where the service says that the object or upload is not there.</summary>
    internal async Task<T?> RunOrNullAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken stop) where T : class =>
        await RunAsync<T?>(
            async token =>
            {
                try
                {
                    return await request(token);
                }
                catch (AmazonServiceException error) when (S3Faults.IsMissingObject(error))
                {
                    return null;
                }
            },
            stop);

    /// <summary>The object's length and version, or null where there is none.</summary>
    internal async Task<S3Version?> FindAsync(string key, CancellationToken stop)
    {
        if (await RunOrNullAsync(token => client.GetObjectMetadataAsync(Bucket, key, token), stop) is { } head)
        {
            return new S3Version(key, head.ETag, head.ContentLength, Utc(head.LastModified));
        }
        // The answer to HEAD does not tell a missing object from a missing bucket.
        await RunAsync(token => client.HeadBucketAsync(new HeadBucketRequest { BucketName = Bucket }, token), stop);
        return null;
    }

    /// <summary>The exception that tells what is wrong with the bucket.</summary>
    internal IOException Unavailable(Exception error) => unavailable(Place, S3Faults.Explain(error, Options, section), error);

    /// <summary>Opens a range of this version, and no other, for reading in order.</summary>
    /// <exception cref="S3ObjectChangedException">There is another version by now, or none. The stream throws it too.</exception>
    internal Task<Stream> OpenAsync(S3Version version, long offset, long length, CancellationToken stop) =>
        ConnectAsync(new S3Range(this, version.Key, version.ETag, version.Bytes, offset, length, logger), stop);

    /// <summary>Opens an object, whatever its version, if it has this length.</summary>
    /// <exception cref="S3ObjectChangedException">It has another length by now, or there is none. The stream throws it too.</exception>
    internal async Task<Stream> OpenAsync(string key, long bytes, CancellationToken stop)
    {
        if (bytes == 0 && await FindAsync(key, stop) is not { Bytes: 0 }) // there is no range of no bytes to ask for
        {
            throw new S3ObjectChangedException(key, Place);
        }
        return await ConnectAsync(new S3Range(this, key, null, bytes, 0, bytes, logger), stop);
    }

    private static async Task<Stream> ConnectAsync(S3Range range, CancellationToken stop)
    {
        try
        {
            await range.ConnectAsync(stop);
            return range;
        }
        catch
        {
            await range.DisposeAsync();
            throw;
        }
    }

    /// <summary>The folders below a prefix that ends with a slash, themselves ending with one: what S3 calls common prefixes.</summary>
    internal async IAsyncEnumerable<string> ListFoldersAsync(
        string prefix, [EnumeratorCancellation] CancellationToken stop)
    {
        ListObjectsV2Request request = new() { BucketName = Bucket, Prefix = prefix, Delimiter = "/" };
        ListObjectsV2Response page;
        do
        {
            page = await RunAsync(token => client.ListObjectsV2Async(request, token), stop);
            foreach (string folder in page.CommonPrefixes ?? [])
            {
                yield return folder;
            }
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
    }

    /// <summary>All objects below a prefix, in order of their keys.</summary>
    internal async IAsyncEnumerable<S3Object> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken stop)
    {
        ListObjectsV2Request request = new() { BucketName = Bucket, Prefix = prefix };
        ListObjectsV2Response page;
        do
        {
            page = await RunAsync(token => client.ListObjectsV2Async(request, token), stop);
            foreach (S3Object item in page.S3Objects ?? [])
            {
                yield return item;
            }
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
    }

    /// <summary>Makes the bucket where the settings allow it. Trying once is enough: whoever asks for it asks again.</summary>
    internal async Task MakeBucketAsync(CancellationToken stop)
    {
        if (!Options.CreateBucket)
        {
            return;
        }
        try
        {
            await client.HeadBucketAsync(new HeadBucketRequest { BucketName = Bucket }, stop);
        }
        catch (AmazonServiceException error) when (S3Faults.IsMissing(error))
        {
            await client.PutBucketAsync(new PutBucketRequest { BucketName = Bucket }, stop);
            LogBucketMade(logger, Place);
        }
    }

    /// <summary>A token for a probe, which has to answer soon.</summary>
    internal CancellationTokenSource Soon(CancellationToken stop)
    {
        CancellationTokenSource soon = CancellationTokenSource.CreateLinkedTokenSource(stop);
        soon.CancelAfter(ProbeTimeout);
        return soon;
    }

    internal static DateTimeOffset Utc(DateTime? time) => time is { } t ? new DateTimeOffset(t.ToUniversalTime()) : default;

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    [LoggerMessage(Level = LogLevel.Warning, Message = "A request to {Place} failed; retry {Retry} after {Pause}")]
    private static partial void LogRetry(ILogger logger, string place, int retry, TimeSpan pause, Exception? error);

    [LoggerMessage(Level = LogLevel.Information, Message = "Made the bucket {Place}")]
    private static partial void LogBucketMade(ILogger logger, string place);
}

/// <summary>An object as it stood when it was looked at.</summary>
/// <param name="Key">Its key.</param>
/// <param name="ETag">Its version, in quotes as it was sent.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="ModifiedAt">When it was written, in UTC.</param>
internal sealed record S3Version(string Key, string ETag, long Bytes, DateTimeOffset ModifiedAt);

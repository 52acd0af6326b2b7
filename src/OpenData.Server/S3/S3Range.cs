using System.Globalization;
using Amazon.Runtime;
using Amazon.S3.Model;
using OpenData.Server.Streams;

namespace OpenData.Server.S3;

/// <summary>
/// A range of one version of an object. When the body breaks off, ends early or falls silent, it is asked for again from the byte where it
/// stopped, with If-Match on the version. Each byte that arrives renews the number of tries.
/// </summary>
/// <param name="s3">Where it is.</param>
/// <param name="key">The object.</param>
/// <param name="etag">Which version; null: the one that the first answer brings.</param>
/// <param name="bytes">The length of the object.</param>
/// <param name="offset">Where the range begins.</param>
/// <param name="length">Its length.</param>
/// <param name="logger">Where resumptions are told.</param>
internal sealed partial class S3Range(S3Connection s3, string key, string? etag, long bytes, long offset, long length, ILogger logger) : RangeStream(length)
{
    private string? etag = etag;
    private CancellationTokenSource? silence;
    private GetObjectResponse? response;

    /// <summary>Asks for the range before its first byte is read, so that what is wrong is known early.</summary>
    public async Task ConnectAsync(CancellationToken stop)
    {
        if (Remaining > 0)
        {
            await RetryAsync(0, Memory<byte>.Empty, stop);
        }
    }

    protected override ValueTask<int> ReadSomeAsync(Memory<byte> buffer, CancellationToken stop) => RetryAsync(1, buffer, stop);

    /// <summary>Goes on until at least <paramref name="least"/> bytes have arrived, and a response is open.</summary>
    private async ValueTask<int> RetryAsync(int least, Memory<byte> buffer, CancellationToken stop)
    {
        for (int failures = 0; ;)
        {
            try
            {
                int read = await TryAsync(least, buffer, stop);
                if (read >= least)
                {
                    return read;
                }
                throw new S3BodyEndedException();
            }
            catch (Exception error) when (S3Faults.IsPassing(error, stop))
            {
                Drop();
                failures++;
                if (failures > s3.Options.Retries)
                {
                    throw new IOException(string.Create(CultureInfo.InvariantCulture,
                        $"Reading '{key}' at {s3.Place} broke off at byte {offset + Position}; {failures} tries brought no more."), error);
                }
                LogResumed(logger, key, s3.Place, offset + Position, failures, error);
                await Task.Delay(ResumeDelay.Before(failures, s3.Options.RetryDelay), s3.Time, stop);
            }
            catch (Exception error) when (S3Faults.IsOtherVersion(error) || S3Faults.IsMissingObject(error))
            {
                throw new S3ObjectChangedException(key, s3.Place, error);
            }
            catch (AmazonServiceException error)
            {
                throw s3.Unavailable(error);
            }
        }
    }

    private async ValueTask<int> TryAsync(int least, Memory<byte> buffer, CancellationToken stop)
    {
        CancellationTokenSource idle = IdleTimer();
        await using CancellationTokenRegistration registration = stop.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), idle);
        try
        {
            response ??= await RequestAsync(idle.Token);
            return least == 0 ? 0 : await response.ResponseStream.ReadAsync(buffer, idle.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new OperationCanceledException(stop);
        }
    }

    private async Task<GetObjectResponse> RequestAsync(CancellationToken stop)
    {
        long first = offset + Position, last = offset + Length - 1;
        GetObjectResponse answer = await s3.Client.GetObjectAsync(
            new GetObjectRequest { BucketName = s3.Bucket, Key = key, EtagToMatch = etag, ByteRange = new ByteRange(first, last) }, stop);
        string expected = string.Create(CultureInfo.InvariantCulture, $"bytes {first}-{last}/{bytes}");
        if (answer.ContentRange == expected && answer.ETag == (etag ?? answer.ETag))
        {
            etag = answer.ETag;
            return answer;
        }
        string got = $"It answered '{answer.ContentRange}' of {answer.ETag} to a request for '{expected}' of {etag}.";
        answer.Dispose();
        throw new S3ObjectChangedException(key, s3.Place, new IOException(got));
    }

    /// <summary>A timer that cancels when nothing has come for the idle time-out; kept from read to read while it has not fired.</summary>
    private CancellationTokenSource IdleTimer()
    {
        if (silence is null || !silence.TryReset())
        {
            silence?.Dispose();
            silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, s3.Time);
        }
        silence.CancelAfter(s3.Options.ReadIdleTimeout);
        return silence;
    }

    private void Drop()
    {
        response?.Dispose();
        response = null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Drop();
            silence?.Dispose();
        }
        base.Dispose(disposing);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reading {Key} at {Place} broke off at byte {Offset}; resuming, try {Try}")]
    private static partial void LogResumed(ILogger logger, string key, string place, long offset, int @try, Exception error);
}

/// <summary>An object that is being read was replaced or removed. What was read so far is of the old version, and no more can be had of it.</summary>
/// <param name="key">Which object.</param>
/// <param name="place">In which bucket.</param>
/// <param name="inner">What the service said.</param>
public sealed class S3ObjectChangedException(string key, string place, Exception? inner = null)
    : IOException($"The object '{key}' at {place} was replaced or removed while it was read.", inner);

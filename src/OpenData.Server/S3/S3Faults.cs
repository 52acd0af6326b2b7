using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;

namespace OpenData.Server.S3;

/// <summary>Tells passing faults from lasting ones, and says what to look at.</summary>
internal static class S3Faults
{
    /// <summary>True where the same request may well succeed a little later: overload, a fault of the service, a broken or silent connection.</summary>
    public static bool IsPassing(Exception error, CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
        {
            return false;
        }
        if (Find<AmazonServiceException>(error) is { } answer && Answered(answer))
        {
            return ((int)answer.StatusCode >= 500 && answer.StatusCode != HttpStatusCode.NotImplemented)
                || answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
                // BadDigest: the bytes were damaged on the way, or the request was cut off.
                || answer.ErrorCode is "SlowDown" or "RequestTimeout" or "Throttling" or "InternalError" or "BadDigest" or "IncompleteBody";
        }
        return error is OperationCanceledException or TimeoutException // a time-out of ours: nobody else has cancelled
            || Find<HttpRequestException>(error) is { HttpRequestError: not HttpRequestError.SecureConnectionError }
            || Find<HttpIOException>(error) is not null
            || Find<SocketException>(error) is not null
            || error is S3BodyEndedException;
    }

    /// <summary>True where the service says that the object or the bucket is not there.</summary>
    public static bool IsMissing(Exception error) => Find<AmazonServiceException>(error) is { StatusCode: HttpStatusCode.NotFound };

    /// <summary>True where it is the object that is not there, or the bucket without the answer telling so.</summary>
    public static bool IsMissingObject(Exception error) =>
        Find<AmazonServiceException>(error) is { StatusCode: HttpStatusCode.NotFound, ErrorCode: not "NoSuchBucket" };

    /// <summary>True where the object is not the version that was asked for.</summary>
    public static bool IsOtherVersion(Exception error) => Find<AmazonServiceException>(error) is
        { StatusCode: HttpStatusCode.PreconditionFailed or HttpStatusCode.RequestedRangeNotSatisfiable };

    /// <summary>Says for an operator what failed and what to look at. Has no secrets.</summary>
    public static string Explain(Exception error, S3Options options, string section)
    {
        if (Find<AmazonServiceException>(error) is { } answer && Answered(answer))
        {
            string code = string.IsNullOrEmpty(answer.ErrorCode) ? $"status {(int)answer.StatusCode}" : answer.ErrorCode;
            return answer switch
            {
                { StatusCode: HttpStatusCode.NotFound } =>
                    $"the bucket '{options.Bucket}' does not exist ({code}). Make it (aws s3 mb s3://{options.Bucket} --endpoint-url {options.ServiceUrl}), "
                    + $"or set {section}:CreateBucket to true, or correct {section}:Bucket.",
                { ErrorCode: "RequestTimeTooSkewed" } => $"the service refuses the time of this machine ({code}): set its clock.",
                { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } =>
                    $"the credentials were refused ({code}). Look at {section}:AccessKey and {section}:SecretKey, and at what this user may do in the bucket '{options.Bucket}'.",
                { StatusCode: HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect } =>
                    $"the bucket '{options.Bucket}' is elsewhere ({code}). Look at {section}:ServiceUrl and {section}:Region.",
                _ => $"the service answered {(int)answer.StatusCode} {code}: {answer.Message}",
            };
        }
        if (Find<SocketException>(error) is { } socket)
        {
            return $"no connection to {options.ServiceUrl} ({socket.SocketErrorCode}). Look at whether the service runs and at {section}:ServiceUrl.";
        }
        if (error is OperationCanceledException or TimeoutException)
        {
            return $"{options.ServiceUrl} did not answer in time. Look at whether the service and the network to it are well.";
        }
        return $"{error.Message} Look at {section}:ServiceUrl.";
    }

    /// <summary>True for what a request may fail with, as opposed to a mistake of ours.</summary>
    public static bool IsOfService(Exception error) =>
        error is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or OperationCanceledException or TimeoutException;

    private static bool Answered(AmazonServiceException error) => error.StatusCode != default;

    private static T? Find<T>(Exception? error) where T : Exception
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error is T found)
            {
                return found;
            }
        }
        return null;
    }
}

/// <summary>A body ended before the bytes that were asked for.</summary>
internal sealed class S3BodyEndedException() : IOException("the body ended early");

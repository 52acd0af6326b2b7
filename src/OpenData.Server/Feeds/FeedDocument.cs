using System.IO.Hashing;
using OpenData.Format;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Http;

namespace OpenData.Server.Feeds;

/// <summary>
/// A document that is made from the database: with a strong entity tag of its bytes, so that who has it already is told so (304), with
/// how long it may be kept, and with its Content-Digest (RFC 9530) for who wants it.
/// </summary>
internal sealed class FeedDocument : IResult
{
    /// <summary>For what never changes: a year, the longest that caches take seriously (RFC 9111; immutable: RFC 8246).</summary>
    public const string ForEver = "public, max-age=31536000, immutable";

    /// <summary>For what grows: kept, but asked for again each time, which costs no body while nothing changed.</summary>
    public const string AskAgain = "public, no-cache";

    /// <summary>For what may be some minutes old: what is read by robots and catalogs.</summary>
    public const string Minutes = "public, max-age=300";

    private readonly ReadOnlyMemory<byte> _body;
    private readonly string _contentType;
    private readonly string _cacheControl;
    private readonly string _tag;
    private string? _digest;

    public FeedDocument(ReadOnlyMemory<byte> body, string contentType, string cacheControl)
    {
        (_body, _contentType, _cacheControl) = (body, contentType, cacheControl);
        _tag = $"\"{Convert.ToHexStringLower(XxHash128.Hash(body.Span))}\"";
    }

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        response.Headers.ETag = _tag;
        response.Headers.CacheControl = _cacheControl;
        response.Headers.XContentTypeOptions = "nosniff";
        if (httpContext.Request.Headers.IfNoneMatch is { Count: > 0 } known && EntityTags.Contains(known.ToString(), _tag, weak: true))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        response.ContentType = _contentType;
        response.ContentLength = _body.Length;
        if (PartDigest.IsWanted(httpContext.Request.Headers["Want-Content-Digest"]) && !HttpMethods.IsHead(httpContext.Request.Method))
        {
            response.Headers[ContentDigest.ContentHeader] = _digest ??= ContentDigest.Format(Sha256Digest.Of(_body.Span));
        }
        return HttpMethods.IsHead(httpContext.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(_body, httpContext.RequestAborted).AsTask();
    }
}

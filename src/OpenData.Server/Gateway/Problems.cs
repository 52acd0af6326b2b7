using System.Globalization;
using System.Net.Mime;
using System.Text.Json;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Gateway.Http;
using OpenData.Server.Releases;

namespace OpenData.Server.Gateway;

/// <summary>
/// Every way in which a request for data is refused, as RFC 9457 says it: the only place where such an outcome becomes an HTTP status (who a
/// caller is and may have is <see cref="AccountProblem"/>'s). The detail names what is wrong and what to do next.
/// </summary>
public sealed class Problems : IResult
{
    private readonly Problem _problem;
    private readonly KeyValuePair<string, string>[] _fields;

    private Problems(ProblemType type, string detail, params KeyValuePair<string, string>[] fields)
        : this(type.Of(detail), fields)
    {
    }

    private Problems(Problem problem, params KeyValuePair<string, string>[] fields)
    {
        _problem = problem;
        _fields = fields;
    }

    /// <summary>Its HTTP status.</summary>
    public int Status => _problem.Status!.Value;

    /// <summary>404: nothing is at this address.</summary>
    public static Problems NotFound(string what) => new(ProblemType.NotFound, what);

    /// <summary>400: a parameter of the query cannot be read.</summary>
    public static Problems BadParameter(string name, string? value, string expected) =>
        new(ProblemType.BadParameter, $"The parameter '{name}' is '{Shorten(value)}'; expected is {expected}.");

    /// <summary>400: a value of the request cannot be.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="why">What is wrong with it and what would be right, in a sentence.</param>
    public static Problems Invalid(string name, string why) => new(ProblemType.BadParameter, $"The parameter '{name}' is wrong: {why}");

    /// <summary>403: it is not for the caller to do.</summary>
    public static Problems Forbidden(string why) => new(ProblemType.Forbidden, why);

    /// <summary>410: the release was withdrawn.</summary>
    public static Problems Withdrawn(ReleaseId release, DateTimeOffset? at, string? reason) =>
        new(ProblemType.Withdrawn, $"The release {release} was withdrawn{(at is { } day ? $" on {day.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}" : "")}{(reason is null ? "." : $": {reason}")} See /api/v1/datasets/{release.Dataset}/releases for what is there instead.");

    /// <summary>410: the release is beyond its dataset's retention.</summary>
    public static Problems Archived(ReleaseId release) =>
        new(ProblemType.Archived, $"The release {release} is older than what this server keeps of {release.Dataset}. Its manifest is at /api/v1/datasets/{release.Dataset}/releases/{Uri.EscapeDataString(release.Edition)}/{release.RevisionName}; ask the operators for its files.");

    /// <summary>400: the body of a request is not the JSON that is expected.</summary>
    public static Problems BadBody(JsonException fault) => new(
        ProblemType.BadBody,
        string.Create(CultureInfo.InvariantCulture, $"The body is no JSON, or has a property or a value that is unknown here, at '{Shorten(fault.Path ?? "$")}' (line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}). The API is described at /openapi/v1.json."));

    /// <summary>410 for a release whose files are not to be had any more; null for one that is served.</summary>
    public static Problems? Of(ReleaseId release, ReleaseState state, DateTimeOffset? withdrawnAt, string? reason) => state switch
    {
        ReleaseState.Withdrawn => Withdrawn(release, withdrawnAt, reason),
        ReleaseState.Archived => Archived(release),
        _ => null,
    };

    /// <summary>409: the state of things does not allow it now.</summary>
    public static Problems Conflict(string why) => new(ProblemType.Conflict, why);

    /// <summary>429: the account's downloads are all in use.</summary>
    public static Problems TooManyStreams(PipeLimits limits) =>
        new(ProblemType.TooManyStreams, $"The tier '{limits.Tier}' has {limits.Streams.ToString(CultureInfo.InvariantCulture)} downloads at a time. Wait until one has ended; more connections are not faster, for all of an account share one rate.", RetryAfter(TimeSpan.FromSeconds(5)));

    /// <summary>429: something was done too often.</summary>
    public static Problems TooMany(string what, TimeSpan wait) => new(ProblemType.TooMany, what, RetryAfter(wait));

    /// <summary>412: a precondition does not hold.</summary>
    public static Problems PreconditionFailed(FileFacts file) =>
        new(ProblemType.PreconditionFailed, $"The file's entity tag is {file.Sha256.ToETag()}, and it was published at {HttpDate.Format(file.ModifiedAt)}.");

    /// <summary>416: the range is beyond the file.</summary>
    public static Problems RangeNotSatisfiable(FileFacts file) =>
        new(ProblemType.RangeNotSatisfiable, string.Create(CultureInfo.InvariantCulture, $"The file has {file.Bytes} bytes."));

    /// <summary>503: stored bytes are damaged.</summary>
    public static Problems Quarantined(string name) =>
        new(ProblemType.Quarantined, $"Stored bytes of '{name}' are not what was published. The operators were told. No wrong byte is handed out; try again later.", RetryAfter(TimeSpan.FromMinutes(10)));

    /// <summary>503: something that the answer needs does not answer.</summary>
    public static Problems Unavailable(string what) =>
        new(ProblemType.Unavailable, what, RetryAfter(TimeSpan.FromSeconds(10)));

    /// <summary>The problem that goes with a status that the framework chose.</summary>
    public static Problems OfStatus(int status) => status switch
    {
        404 => NotFound("Nothing is at this address. The API is described at /openapi/v1.json."),
        >= 500 => new(ProblemType.Failed.Of("This is a fault of the server; the operators can find it in its log.", status)),
        _ => new(ProblemType.Refused.Of("The request cannot be understood or is not allowed here.", status)),
    };

    /// <summary>What went wrong while answering; null for an exception that is nobody's outcome.</summary>
    public static Problems? Of(Exception e) => e switch
    {
        CorruptContentException corrupt => Quarantined(Path.GetFileName(corrupt.Key.Path)),
        Database.DatabaseUnavailableException => Unavailable("The database does not answer. Downloads that run go on; try again later."),
        Storage.BlobStoreUnavailableException => Unavailable("The store does not answer; try again later."),
        BadHttpRequestException { InnerException: JsonException json } => BadBody(json),
        BadHttpRequestException { StatusCode: var status } => OfStatus(status),
        _ => null,
    };

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        response.StatusCode = Status;
        response.Headers.CacheControl = "no-store";
        foreach ((string name, string value) in _fields)
        {
            response.Headers.Append(name, value);
        }
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(_problem, FormatJson.Default.Problem);
        response.ContentType = MediaTypeNames.Application.ProblemJson;
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(httpContext.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, httpContext.RequestAborted).AsTask();
    }

    private static KeyValuePair<string, string> RetryAfter(TimeSpan time) =>
        new("Retry-After", Math.Max(1, (long)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture));

    private static string Shorten(string? value) => value is null ? "" : value.Length <= 80 ? value : value[..80] + "…";
}

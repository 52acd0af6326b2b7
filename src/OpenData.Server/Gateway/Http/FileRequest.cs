namespace OpenData.Server.Gateway.Http;

/// <summary>What of a request decides how a file is answered, whoever read it from the wire. Absent fields are null; repeated ones are joined by commas.</summary>
/// <param name="IsHead">HEAD, else GET.</param>
/// <param name="Range">Range.</param>
/// <param name="IfRange">If-Range.</param>
/// <param name="IfMatch">If-Match.</param>
/// <param name="IfNoneMatch">If-None-Match.</param>
/// <param name="IfModifiedSince">If-Modified-Since.</param>
/// <param name="IfUnmodifiedSince">If-Unmodified-Since.</param>
public readonly record struct FileRequest(
    bool IsHead,
    string? Range = null,
    string? IfRange = null,
    string? IfMatch = null,
    string? IfNoneMatch = null,
    string? IfModifiedSince = null,
    string? IfUnmodifiedSince = null);

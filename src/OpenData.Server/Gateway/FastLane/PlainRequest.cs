using OpenData.Format;
using OpenData.Server.Gateway.Http;

namespace OpenData.Server.Gateway.FastLane;

/// <summary>A request that <c>PlainRequestParser</c> understood to its last byte.</summary>
/// <param name="Host">The field Host.</param>
/// <param name="HeadLength">Bytes of the request, its empty line included; it has no body.</param>
public abstract record PlainRequest(string Host, int HeadLength);

/// <summary>A request for a whole file of a release.</summary>
/// <param name="Release">The release.</param>
/// <param name="Name">The file's name, percent-decoded.</param>
/// <param name="Path">The path, percent-decoded.</param>
/// <param name="Query">The query of a signed link, without its question mark; empty where there is none.</param>
/// <param name="Host">The field Host.</param>
/// <param name="Authorization">The field Authorization, or null.</param>
/// <param name="File">What decides how it is answered.</param>
/// <param name="KeepAlive">False where the client wants the connection closed after the answer.</param>
/// <param name="HeadLength">Bytes of the request, its empty line included; it has no body.</param>
internal sealed record PlainFileRequest(ReleaseId Release, string Name, string Path, string Query, string Host, string? Authorization, FileRequest File, bool KeepAlive, int HeadLength)
    : PlainRequest(Host, HeadLength);

/// <summary>A GET of anything else, which a room beside this one may know (<see cref="ILaneRoom"/>). What it says of who asks, of ranges and of times is not kept: nothing of that changes such an answer.</summary>
/// <param name="Path">The path as it stands there.</param>
/// <param name="Query">The query as it stands there, without its question mark; empty where there is none.</param>
/// <param name="Host">The field Host.</param>
/// <param name="IfNoneMatch">The field If-None-Match, or null.</param>
/// <param name="WantContentDigest">The field Want-Content-Digest, or null.</param>
/// <param name="KeepAlive">False where the client wants the connection closed after the answer.</param>
/// <param name="HeadLength">Bytes of the request, its empty line included; it has no body.</param>
public sealed record PlainGetRequest(string Path, string Query, string Host, string? IfNoneMatch, string? WantContentDigest, bool KeepAlive, int HeadLength)
    : PlainRequest(Host, HeadLength);

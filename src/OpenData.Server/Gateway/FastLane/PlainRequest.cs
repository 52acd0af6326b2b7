using OpenData.Format;
using OpenData.Server.Gateway.Http;

namespace OpenData.Server.Gateway.FastLane;

/// <summary>A request for a whole file of a release that <see cref="PlainRequestParser"/> understood to its last byte.</summary>
/// <param name="Release">The release.</param>
/// <param name="Name">The file's name, percent-decoded.</param>
/// <param name="Path">The path, percent-decoded.</param>
/// <param name="Query">The query of a signed link, without its question mark; empty where there is none.</param>
/// <param name="Host">The field Host.</param>
/// <param name="Authorization">The field Authorization, or null.</param>
/// <param name="File">What decides how it is answered.</param>
/// <param name="KeepAlive">False where the client wants the connection closed after the answer.</param>
/// <param name="HeadLength">Bytes of the request, its empty line included; it has no body.</param>
internal sealed record PlainRequest(ReleaseId Release, string Name, string Path, string Query, string Host, string? Authorization, FileRequest File, bool KeepAlive, int HeadLength);

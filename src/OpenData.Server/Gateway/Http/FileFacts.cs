using OpenData.Format;

namespace OpenData.Server.Gateway.Http;

/// <summary>What is known of a file before any byte of it is read.</summary>
/// <param name="Name">The name that a browser saves it under.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its digest: the entity tag, and Repr-Digest.</param>
/// <param name="ModifiedAt">When its release was published.</param>
/// <param name="ContentType">Its media type.</param>
/// <param name="IsPublic">True where anybody may have it, so that shared caches may keep it.</param>
/// <param name="Describedby">The address of its Metalink, or null.</param>
/// <param name="Ranges">False where it can only be read from its beginning, such as a compressed entry.</param>
public sealed record FileFacts(
    string Name,
    long Bytes,
    Sha256Digest Sha256,
    DateTimeOffset ModifiedAt,
    string ContentType,
    bool IsPublic,
    string? Describedby = null,
    bool Ranges = true);

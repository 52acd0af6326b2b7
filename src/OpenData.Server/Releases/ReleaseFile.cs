using OpenData.Format;
using OpenData.Server.Storage;

namespace OpenData.Server.Releases;

/// <summary>A file of a release: what must be known to serve it.</summary>
public sealed record ReleaseFile
{
    /// <summary>The dataset's code.</summary>
    public required string Dataset { get; init; }

    /// <summary>The edition's id.</summary>
    public required string Edition { get; init; }

    /// <summary>The revision.</summary>
    public required int Revision { get; init; }

    /// <summary>Its name in the release's folder.</summary>
    public required string Name { get; init; }

    /// <summary>Its size.</summary>
    public required long Bytes { get; init; }

    /// <summary>Its digest.</summary>
    public required Sha256Digest Sha256 { get; init; }

    /// <summary>Its media type.</summary>
    public required string MediaType { get; init; }

    /// <summary>True for a zip volume; ask <see cref="ReleaseQueries.ArchiveAsync"/> for its pieces and blocks.</summary>
    public required bool Archive { get; init; }

    /// <summary>What its release is now. A withdrawn one's files are not served.</summary>
    public required ReleaseState State { get; init; }

    /// <summary>Why its release was withdrawn.</summary>
    public string? Reason { get; init; }

    /// <summary>When its release was withdrawn, in UTC.</summary>
    public DateTimeOffset? WithdrawnAt { get; init; }

    /// <summary>When its release became visible, in UTC.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Which release it belongs to.</summary>
    public ReleaseId Release => new(Dataset, Edition, Revision);

    /// <summary>Where it is stored.</summary>
    public BlobKey Key => BlobKey.Of(Release, Name);

    /// <summary>The media type that goes by a file's name.</summary>
    internal static string MediaTypeOf(string name) => name switch
    {
        _ when name.EndsWith(".zip", StringComparison.Ordinal) => "application/zip",
        _ when name.EndsWith(".gz", StringComparison.Ordinal) => "application/gzip",
        _ when name.EndsWith(".json", StringComparison.Ordinal) => "application/json",
        Manifest.ChecksumsName => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
}

using OpenData.Format;
using OpenData.Server.Storage;

namespace OpenData.Server.Releases.Scrubbing;

/// <summary>What is known of a stored file. The database writes the lower-case names.</summary>
public enum ScrubResult
{
    /// <summary>It was not read since it was published; then it was good.</summary>
    Unread,

    /// <summary>All of it is what was published.</summary>
    Good,

    /// <summary>A gateway met something wrong in it, or did not find it; it is read next.</summary>
    Suspect,

    /// <summary>Some of it is not what was published, or its length is not. It is not served.</summary>
    Damaged,

    /// <summary>It is not there. It is not served.</summary>
    Missing,
}

/// <summary>A file of a release that is served, and what is known of the bytes that are stored of it.</summary>
public sealed record ScrubbedFile
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

    /// <summary>True for a zip volume, which has checksums of its blocks.</summary>
    public required bool Archive { get; init; }

    /// <summary>What is known.</summary>
    public ScrubResult Result { get; init; }

    /// <summary>What is wrong, in words.</summary>
    public string? Reason { get; init; }

    /// <summary>When the last pass that read all of it began; when it was published, where none did.</summary>
    public DateTimeOffset SeenAt { get; init; }

    /// <summary>When the pass under way began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Where that goes on; 0 where none is under way.</summary>
    public long Position { get; init; }

    /// <summary>Blocks of 1 MiB that differ.</summary>
    public long BadBlocks { get; init; }

    /// <summary>Where the first of them begins.</summary>
    public long? FirstBad { get; init; }

    /// <summary>Which release it belongs to.</summary>
    public ReleaseId Release => new(Dataset, Edition, Revision);

    /// <summary>Where it is stored.</summary>
    public BlobKey Key => BlobKey.Of(Release, Name);

    /// <summary>True where it must not be served.</summary>
    public bool IsBad => Result is ScrubResult.Damaged or ScrubResult.Missing;
}

/// <summary>A file became good or bad.</summary>
public sealed record ScrubChange
{
    /// <summary>The dataset's code.</summary>
    public required string Dataset { get; init; }

    /// <summary>The edition's id.</summary>
    public required string Edition { get; init; }

    /// <summary>The revision.</summary>
    public required int Revision { get; init; }

    /// <summary>Its name in the release's folder.</summary>
    public required string Name { get; init; }

    /// <summary>What is known now.</summary>
    public ScrubResult Result { get; init; }

    /// <summary>Rises with each change.</summary>
    public long Version { get; init; }

    /// <summary>Which release it belongs to.</summary>
    public ReleaseId Release => new(Dataset, Edition, Revision);

    /// <summary>Where it is stored.</summary>
    public BlobKey Key => BlobKey.Of(Release, Name);

    /// <summary>True where it must not be served.</summary>
    public bool IsBad => Result is ScrubResult.Damaged or ScrubResult.Missing;
}

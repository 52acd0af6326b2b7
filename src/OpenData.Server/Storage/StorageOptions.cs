using OpenData.Server.S3;

namespace OpenData.Server.Storage;

/// <summary>Where blobs are kept: section <c>OpenData:Storage</c>.</summary>
public sealed record StorageOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "OpenData:Storage";

    /// <summary><c>file</c> or <c>s3</c>. Default <c>file</c>.</summary>
    public StorageKind Kind { get; init; } = StorageKind.File;

    /// <summary>The folder, for kind <c>file</c>; made if it is not there. Default <c>data/storage</c> below the working folder.</summary>
    public string Path { get; init; } = "data/storage";

    /// <summary>The bucket, for kind <c>s3</c>.</summary>
    public S3Options S3 { get; init; } = new();
}

/// <summary>Kinds of stores.</summary>
public enum StorageKind
{
    /// <summary>A folder.</summary>
    File,

    /// <summary>A bucket of an S3 service: Ceph, MinIO, AWS …</summary>
    S3,
}

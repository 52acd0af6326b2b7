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

    /// <summary>What a gateway keeps of the bucket on its own disk.</summary>
    public CacheOptions Cache { get; init; } = new();

    /// <summary>Where a second copy can be had, to repair from.</summary>
    public SecondStoreOptions Second { get; init; } = new();
}

/// <summary>The cache of a gateway whose store is a bucket: <c>OpenData:Storage:Cache</c>.</summary>
public sealed record CacheOptions
{
    /// <summary>A folder of this process alone. Default <c>DATA/cache</c>.</summary>
    public string Path { get; init; } = "data/cache";

    /// <summary>Most bytes of it, such as <c>200 GiB</c>; <c>0 B</c> for no cache. Worth the archives of a week or two. Default 10 GiB.</summary>
    public string Size { get; init; } = "10 GiB";
}

/// <summary>Kinds of stores.</summary>
public enum StorageKind
{
    /// <summary>A folder.</summary>
    File,

    /// <summary>A bucket of an S3 service: Ceph, MinIO, AWS …</summary>
    S3,
}

namespace OpenData.Server.Storage;

/// <summary>A bucket of an S3 service, and how it is spoken to. Used by storage and by sources.</summary>
public sealed record S3Options
{
    /// <summary>The service's address, such as <c>https://s3.example.org</c>. No default.</summary>
    public Uri? ServiceUrl { get; init; }

    /// <summary>The bucket's name. No default.</summary>
    public string Bucket { get; init; } = "";

    /// <summary>No default.</summary>
    public string AccessKey { get; init; } = "";

    /// <summary>No default; never logged.</summary>
    public string SecretKey { get; init; } = "";

    /// <summary>The region that requests are signed for. Default <c>us-east-1</c>, which stores without regions take.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>Whether the bucket stands in the path rather than in the host name. Default true.</summary>
    public bool ForcePathStyle { get; init; } = true;

    /// <summary>Whether the bucket is made if it is not there. Default false: a wrong name should be noticed.</summary>
    public bool CreateBucket { get; init; }

    /// <summary>
    /// Bytes of the first parts of an upload; they double every 1,000 parts so that S3's 10,000 parts hold its 5 TiB.
    /// 5 MiB to 64 MiB, default 8 MiB. An upload holds three parts in memory.
    /// </summary>
    public int PartSize { get; init; } = 8 << 20;

    /// <summary>Whether uploads are signed chunk by chunk (aws-chunked), which some stores do not speak. Default false.</summary>
    public bool UseChunkEncoding { get; init; }

    /// <summary>How long a body may be silent before it is asked for again from where it stopped. 1 s to 10 min, default 30 s.</summary>
    public TimeSpan ReadIdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one request may take, an upload's part included. 1 s to 1 h, default 5 min.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often a request that failed for a passing reason is tried again. 0 to 20, default 6: about a minute in all.</summary>
    public int Retries { get; init; } = 6;

    /// <summary>The first pause before such a retry; it doubles each time, with jitter. 1 ms to 1 min, default 500 ms.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);
}

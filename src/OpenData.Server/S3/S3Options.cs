namespace OpenData.Server.S3;

/// <summary>A bucket of an S3 service, and how it is spoken to. Storage and sources each have their own.</summary>
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
    /// Bytes of the first 1,000 parts of an upload; later ones are larger (see PartSizes). 5 MiB to 64 MiB, default 8 MiB.
    /// An upload holds three parts in memory.
    /// </summary>
    public int PartSize { get; init; } = 8 << 20;

    /// <summary>
    /// Whether an object's ETag is the MD5 of its bytes, as S3 has it unless objects are encrypted with keys of a key service.
    /// Then every upload is checked against it. Default true.
    /// </summary>
    public bool CheckETags { get; init; } = true;

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

    /// <summary>What is wrong with the settings, each named in full.</summary>
    /// <param name="section">Where they stand, such as <c>OpenData:Storage:S3</c>.</param>
    public IEnumerable<string> Faults(string section)
    {
        if (ServiceUrl is not { IsAbsoluteUri: true, Scheme: "http" or "https", UserInfo: "", Query: "", Fragment: "" })
        {
            yield return $"{section}:ServiceUrl must be an http or https address without user, query and fragment, such as https://s3.example.org.";
        }
        foreach ((string name, string value) in new[]
            { (nameof(Bucket), Bucket), (nameof(AccessKey), AccessKey), (nameof(SecretKey), SecretKey), (nameof(Region), Region) })
        {
            if (string.IsNullOrWhiteSpace(value))
            {
                yield return $"{section}:{name} is missing.";
            }
        }
        if (PartSize is < 5 << 20 or > 64 << 20)
        {
            yield return $"{section}:PartSize is {PartSize}; it must be between {5 << 20} and {64 << 20} bytes.";
        }
        if (Retries is < 0 or > 20)
        {
            yield return $"{section}:Retries is {Retries}; it must be between 0 and 20.";
        }
        if (ReadIdleTimeout < TimeSpan.FromSeconds(1) || ReadIdleTimeout > TimeSpan.FromMinutes(10))
        {
            yield return $"{section}:ReadIdleTimeout is {ReadIdleTimeout}; it must be between 1 second and 10 minutes.";
        }
        if (RequestTimeout < TimeSpan.FromSeconds(1) || RequestTimeout > TimeSpan.FromHours(1))
        {
            yield return $"{section}:RequestTimeout is {RequestTimeout}; it must be between 1 second and 1 hour.";
        }
        if (RetryDelay < TimeSpan.FromMilliseconds(1) || RetryDelay > TimeSpan.FromMinutes(1))
        {
            yield return $"{section}:RetryDelay is {RetryDelay}; it must be between 1 millisecond and 1 minute.";
        }
    }
}

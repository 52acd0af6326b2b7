namespace OpenData.Server.Sources;

/// <summary>
/// A place where deliveries of one dataset arrive. Contract, proved by one conformance suite over every kind: an edition is listed and
/// opened only when its ready marker is there; nothing is read into memory whole; the place is only read, never changed.
/// </summary>
public abstract class Source
{
    /// <summary>Ids of the editions that have arrived whole, in ordinal order.</summary>
    /// <exception cref="SourceUnavailableException">The place cannot be reached; says which and where.</exception>
    public abstract Task<IReadOnlyList<string>> ListEditionsAsync(CancellationToken stop);

    /// <summary>Opens an edition, or returns null where it is not there or not ready.</summary>
    /// <exception cref="SourceUnavailableException">The place cannot be reached; says which and where.</exception>
    public abstract Task<Delivery?> OpenAsync(string edition, CancellationToken stop);
}

/// <summary>The place where deliveries arrive cannot be read.</summary>
/// <param name="place">Which place: a folder, a bucket and prefix, an address.</param>
/// <param name="why">What failed.</param>
/// <param name="inner">The cause.</param>
public sealed class SourceUnavailableException(string place, string why, Exception? inner = null)
    : IOException($"The deliveries at {place} cannot be read: {why}", inner)
{
    /// <summary>Which place.</summary>
    public string Place { get; } = place;
}

using OpenData.Format;

namespace OpenData.Server.Gateway;

/// <summary>How files are handed out. Configuration section <c>OpenData:Gateway</c>.</summary>
public sealed record GatewayOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "OpenData:Gateway";

    /// <summary>
    /// The address under which the public reaches this service, such as <c>https://data.example.org/</c>; it stands in Metalinks and feeds.
    /// Default: none; the address of each request is used then, which only a closed list of allowed hosts makes safe.
    /// </summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>Stored files that are kept open while nobody reads them, 0 to 100,000; default 1,024. Each takes a descriptor and a note of which blocks were checked.</summary>
    public int OpenFiles { get; init; } = 1024;

    /// <summary>How long an archive in which a wrong byte was found is refused before it is looked at again, 1 s to 1 day; default 10 min.</summary>
    public TimeSpan Quarantine { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// For how long a block that was compared with its checksum counts as good, 1 min to 365 days; default 30 days. After it, each is compared again
    /// before it is next sent.
    /// </summary>
    public TimeSpan RecheckInterval { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Memory for the indexes of the archives that single entries were taken from, 0 B to 16 GiB; default <c>64 MiB</c>. An entry takes about 100 bytes.</summary>
    public string EntryIndexes { get; init; } = "64 MiB";

    /// <summary>Finished downloads that wait to be written to the database, 1,000 to 1,000,000; default 65,536. Beyond it the newest are counted and lost.</summary>
    public int JournalCapacity { get; init; } = 65_536;

    /// <summary>Connections at a time, 100 to 1,000,000; default 20,000.</summary>
    public int MaxConnections { get; init; } = 20_000;

    /// <summary>Connections of one client (IPv4 address or IPv6 /64 network) at a time, 1 to 1,000,000; default 256.</summary>
    public int MaxConnectionsPerClient { get; init; } = 256;

    /// <summary>
    /// Sends local files by HTTP/1.1 without TLS straight from the page cache (sendfile, Linux only). Default true; false, for a file system that does not
    /// bear it, copies every byte, as TLS and HTTP/2 do, and there is no <see cref="FastLane"/>.
    /// </summary>
    public bool SendFile { get; init; } = true;

    /// <summary>Answers plain requests for local files before Kestrel's HTTP layer sees them. Default true.</summary>
    public bool FastLane { get; init; } = true;

    /// <summary>
    /// Load balancers and proxies whose word about the client's address is taken: addresses or networks such as <c>10.1.0.0/16</c>. Default: none. Without it a
    /// proxy's address counts as the client's, and all who come through it without an account share one rate.
    /// </summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>Trusted proxies begin every connection with a header of the PROXY protocol, version 1 or 2, as HAProxy's <c>send-proxy-v2</c> does. Default false: they send <c>X-Forwarded-For</c>.</summary>
    public bool ProxyProtocol { get; init; }

    /// <summary>How long a stopping gateway goes on accepting, so that the load balancer notices that it is not ready, 0 s to 5 min; default 0 s: there is none.</summary>
    public TimeSpan DrainDelay { get; init; }

    /// <summary>How long running downloads have to end after that, 0 s to 1 day; default 30 s. What runs longer is broken off and can resume.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whom to write to about security, a <c>mailto:</c> or <c>https:</c> address for <c>/.well-known/security.txt</c> (RFC 9116). Default: none, and no such file.</summary>
    public string? SecurityContact { get; init; }

    /// <summary>What is wrong with these settings, each beginning with the setting's name.</summary>
    public IEnumerable<string> Faults()
    {
        if (PublicUrl is { } url && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https") || url.Query.Length > 0 || url.Fragment.Length > 0))
        {
            yield return $"{Section}:PublicUrl is '{url.OriginalString}'; it must be an absolute http or https address without query or fragment.";
        }
        if (OpenFiles is < 0 or > 100_000)
        {
            yield return $"{Section}:OpenFiles is {OpenFiles}; it must be between 0 and 100000.";
        }
        if (Quarantine < TimeSpan.FromSeconds(1) || Quarantine > TimeSpan.FromDays(1))
        {
            yield return $"{Section}:Quarantine is {Quarantine}; it must be between 00:00:01 and 1.00:00:00.";
        }
        if (RecheckInterval < TimeSpan.FromMinutes(1) || RecheckInterval > TimeSpan.FromDays(365))
        {
            yield return $"{Section}:RecheckInterval is {RecheckInterval}; it must be between 00:01:00 and 365.00:00:00.";
        }
        if (!ByteCount.TryParse(EntryIndexes, out long bytes) || bytes > 16L << 30)
        {
            yield return $"{Section}:EntryIndexes is '{EntryIndexes}'; it must be a number of bytes such as '64 MiB', up to 16 GiB.";
        }
        if (JournalCapacity is < 1000 or > 1_000_000)
        {
            yield return $"{Section}:JournalCapacity is {JournalCapacity}; it must be between 1000 and 1000000.";
        }
        if (MaxConnections is < 100 or > 1_000_000)
        {
            yield return $"{Section}:MaxConnections is {MaxConnections}; it must be between 100 and 1000000.";
        }
        if (MaxConnectionsPerClient is < 1 or > 1_000_000)
        {
            yield return $"{Section}:MaxConnectionsPerClient is {MaxConnectionsPerClient}; it must be between 1 and 1000000.";
        }
        foreach (string proxy in TrustedProxies.Where(proxy => Proxies.TrustedProxies.Parse(proxy) is null))
        {
            yield return $"{Section}:TrustedProxies has '{proxy}'; it must be an address or a network such as 10.1.0.0/16.";
        }
        if (DrainDelay < TimeSpan.Zero || DrainDelay > TimeSpan.FromMinutes(5))
        {
            yield return $"{Section}:DrainDelay is {DrainDelay}; it must be between 00:00:00 and 00:05:00.";
        }
        if (DrainTimeout < TimeSpan.Zero || DrainTimeout > TimeSpan.FromDays(1))
        {
            yield return $"{Section}:DrainTimeout is {DrainTimeout}; it must be between 00:00:00 and 1.00:00:00.";
        }
        if (SecurityContact is { } contact && !(Uri.TryCreate(contact, UriKind.Absolute, out Uri? address) && address.Scheme is "mailto" or "https" or "tel"))
        {
            yield return $"{Section}:SecurityContact is '{contact}'; it must be a mailto:, https: or tel: address.";
        }
    }

    /// <summary><see cref="EntryIndexes"/> in bytes.</summary>
    internal long EntryIndexBytes => ByteCount.TryParse(EntryIndexes, out long bytes) ? bytes : 0;
}

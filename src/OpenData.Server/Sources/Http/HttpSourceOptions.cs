using OpenData.Server.Outbound;

namespace OpenData.Server.Sources.Http;

/// <summary>Another OpenData server whose releases this one republishes. Configuration section <c>OpenData:Sources:Http</c>.</summary>
public sealed record HttpSourceOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = SourcesOptions.Section + ":Http";

    /// <summary>Where the upstream server is, such as <c>https://data.example.org/</c>. Needed for datasets with a source of kind <c>http</c>. Default: none.</summary>
    public Uri? Url { get; init; }

    /// <summary>The key of this server's account there (<c>odk_…</c>). Default: none; only what is open to anybody is to be had then.</summary>
    public string? Key { get; init; }

    /// <summary>
    /// A file with a public key (PEM) of the upstream server that is trusted. Default: none; the keys that it lists at the first contact are trusted then, and later ones
    /// that follow from them.
    /// </summary>
    public string? SigningKeyFile { get; init; }

    /// <summary>Private networks in which the upstream server may be, such as <c>10.0.0.0/8</c>. Default: none; private and loopback addresses are refused.</summary>
    public string Networks { get; init; } = "";

    /// <summary>What is wrong with these settings, each beginning with the setting's name.</summary>
    public IEnumerable<string> Faults()
    {
        if (Url is { } url && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https") || url.Query.Length > 0 || url.UserInfo.Length > 0))
        {
            yield return $"{Section}:Url is '{url.OriginalString}'; it must be an absolute http or https address without query and user.";
        }
        if (SigningKeyFile is { } file && !(File.Exists(file) && Format.ListedSigningKey.TryIdOf(File.ReadAllText(file), out _)))
        {
            yield return $"{Section}:SigningKeyFile: '{file}' is not a readable ECDSA P-256 public key in PEM.";
        }
        if (!AddressGuard.TryParseNetworks(Networks, out _))
        {
            yield return $"{Section}:Networks is '{Networks}'; it must be networks parted by commas, such as '10.0.0.0/8, fd00::/8'.";
        }
    }
}

using OpenData.Server.Outbound;

namespace OpenData.Server.Feeds;

/// <summary>What feeds and catalogs say of this service. Configuration section <c>OpenData:Feeds</c>.</summary>
public sealed record FeedsOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "OpenData:Feeds";

    /// <summary>The name of the office that publishes, as it stands in Atom, DCAT, Data Package, schema.org and Croissant; 1 to 200 characters; default <c>OpenData</c>.</summary>
    public string Publisher { get; init; } = "OpenData";

    /// <summary>
    /// Private networks whose hosts may be told of changes by webhooks, such as <c>10.0.0.0/8, fd00::/8</c>. Default: none; private, loopback and link-local
    /// addresses are refused then.
    /// </summary>
    public string WebhookNetworks { get; init; } = "";

    /// <summary>What is wrong with these settings, each beginning with the setting's name.</summary>
    public IEnumerable<string> Faults()
    {
        if (Publisher.Trim().Length is 0 or > 200)
        {
            yield return $"{Section}:Publisher is '{Publisher}'; it must have 1 to 200 characters.";
        }
        if (!AddressGuard.TryParseNetworks(WebhookNetworks, out _))
        {
            yield return $"{Section}:WebhookNetworks is '{WebhookNetworks}'; it must be networks parted by commas, such as '10.0.0.0/8, fd00::/8'.";
        }
    }

    /// <summary><see cref="WebhookNetworks"/> as a guard.</summary>
    internal AddressGuard WebhookGuard => new(AddressGuard.TryParseNetworks(WebhookNetworks, out IReadOnlyList<System.Net.IPNetwork> networks) ? networks : []);
}

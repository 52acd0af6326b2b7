using System.Net;
using System.Net.Sockets;

namespace OpenData.Server.Outbound;

/// <summary>
/// Which addresses this server may be made to speak to by what others wrote down (webhooks, upstream servers): those that are globally reachable
/// (IANA special-purpose address registries, RFC 6890), and the networks that the settings allow. So nobody reaches through it into the network
/// that it stands in (server-side request forgery).
/// </summary>
/// <param name="allowed">Networks that are allowed beside.</param>
public sealed class AddressGuard(IReadOnlyList<IPNetwork> allowed)
{
    private static readonly IPNetwork[] s_refused =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // Of IPv6 only 2000::/3 is given out; within it what carries IPv4 addresses in itself, or is for documents.
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    private static readonly IPNetwork s_global6 = IPNetwork.Parse("2000::/3");

    /// <summary>True where a connection to the address may be made.</summary>
    public bool Allows(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }
        return allowed.Any(network => network.Contains(address))
            || ((address.AddressFamily is AddressFamily.InterNetwork || s_global6.Contains(address)) && !s_refused.Any(network => network.Contains(address)));
    }

    /// <summary>Reads networks such as <c>10.0.0.0/8, fd00::/8</c>; false where one of them is none.</summary>
    public static bool TryParseNetworks(string? text, out IReadOnlyList<IPNetwork> networks)
    {
        List<IPNetwork> read = [];
        networks = read;
        foreach (string part in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!IPNetwork.TryParse(part, out IPNetwork network))
            {
                return false;
            }
            read.Add(network);
        }
        return true;
    }
}

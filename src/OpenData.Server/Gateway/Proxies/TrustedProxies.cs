using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using IPNetwork = System.Net.IPNetwork;

namespace OpenData.Server.Gateway.Proxies;

/// <summary>
/// The load balancers and proxies whose word about the client's address is taken, and nobody else's: by the PROXY protocol where
/// <see cref="GatewayOptions.ProxyProtocol"/> is set, else by <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c>.
/// </summary>
public sealed partial class TrustedProxies
{
    /// <summary>A balancer sends its header with the connection's first packet.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly IPNetwork[] _networks;
    private readonly bool _protocol;
    private readonly TimeProvider _time;
    private readonly ILogger<TrustedProxies> _log;

    /// <summary>By the settings.</summary>
    public TrustedProxies(IOptions<GatewayOptions> options, TimeProvider time, ILogger<TrustedProxies> log)
    {
        _networks = [.. options.Value.TrustedProxies.Select(text => Parse(text) ?? throw new ArgumentException($"'{text}' is no network.", nameof(options)))];
        _protocol = options.Value.ProxyProtocol;
        _time = time;
        _log = log;
    }

    /// <summary>True where requests of this peer carry the client's address in their fields: only Kestrel's lane reads these.</summary>
    public bool SpeaksInFields(IPAddress peer) => !_protocol && IsTrusted(peer);

    /// <summary>True for a proxy of the list.</summary>
    public bool IsTrusted(IPAddress peer)
    {
        IPAddress address = peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer;
        foreach (IPNetwork network in _networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>An address or a network in CIDR form; null for anything else.</summary>
    public static IPNetwork? Parse(string text) =>
        IPNetwork.TryParse(text, out IPNetwork network) ? network
        : IPAddress.TryParse(text, out IPAddress? address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;

    /// <summary>What the framework's middleware needs to know.</summary>
    internal void Apply(ForwardedHeadersOptions options)
    {
        options.ForwardedHeaders = _protocol || _networks.Length == 0 ? ForwardedHeaders.None : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        options.ForwardLimit = null; // through as many proxies as are trusted, and no further
        foreach (IPNetwork network in _networks)
        {
            options.KnownIPNetworks.Add(network);
        }
    }

    /// <summary>The middleware of a listening address: takes the header off and gives the connection its client's address. Before all others.</summary>
    internal ConnectionDelegate Unwrap(ConnectionDelegate next) => !_protocol ? next : async connection =>
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var peer } || !IsTrusted(peer) || await TakeHeaderAsync(connection, peer))
        {
            await next(connection);
        }
    };

    /// <returns>False where the connection is to be closed.</returns>
    private async ValueTask<bool> TakeHeaderAsync(ConnectionContext connection, IPAddress peer)
    {
        PipeReader input = connection.Transport.Input;
        using CancellationTokenSource patience = new(Patience, _time);
        try
        {
            while (true)
            {
                ReadResult read = await input.ReadAsync(patience.Token);
                ReadOnlySequence<byte> bytes = read.Buffer;
                switch (ProxyHeader.Read(bytes, out IPEndPoint? client, out int length))
                {
                    case ProxyHeader.Result.Complete:
                        input.AdvanceTo(bytes.GetPosition(length));
                        connection.RemoteEndPoint = client ?? connection.RemoteEndPoint;
                        return true;
                    case ProxyHeader.Result.Incomplete when !read.IsCompleted:
                        input.AdvanceTo(bytes.Start, bytes.End);
                        break;
                    default:
                        input.AdvanceTo(bytes.End);
                        LogNoHeader(peer);
                        return false;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return false; // gone, or silent for too long
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Peer} is a trusted proxy and opened a connection without a PROXY header; it was closed. Switch 'send-proxy-v2' on there, or OpenData:Gateway:ProxyProtocol off here")]
    private partial void LogNoHeader(IPAddress peer);
}

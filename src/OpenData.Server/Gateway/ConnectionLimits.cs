using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using OpenData.Server.Accounts;
using OpenData.Server.Gateway.Proxies;

namespace OpenData.Server.Gateway;

/// <summary>
/// So many connections for one client, and no more: a connection beyond it is closed before a byte of it is read. Connections of this machine
/// itself and of trusted proxies are not counted, since these speak for many.
/// </summary>
public sealed class ConnectionLimits(IOptions<GatewayOptions> options, TrustedProxies proxies, GatewayMetrics metrics)
{
    private readonly ConcurrentDictionary<AccountKey, int> _open = [];

    /// <summary>The middleware of a listening address.</summary>
    public ConnectionDelegate Limit(ConnectionDelegate next) => async connection =>
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var address } || IPAddress.IsLoopback(address) || proxies.SpeaksInFields(address))
        {
            await next(connection);
            return;
        }
        AccountKey client = AccountKey.OfAddress(address);
        try
        {
            if (_open.AddOrUpdate(client, 1, static (_, count) => count + 1) > options.Value.MaxConnectionsPerClient)
            {
                metrics.ConnectionsRefused.Add(1);
                connection.Abort(new ConnectionAbortedException("The client has too many connections."));
                return;
            }
            await next(connection);
        }
        finally
        {
            int left = _open.AddOrUpdate(client, 0, static (_, count) => count - 1);
            if (left == 0)
            {
                _open.TryRemove(new KeyValuePair<AccountKey, int>(client, 0));
            }
        }
    };
}

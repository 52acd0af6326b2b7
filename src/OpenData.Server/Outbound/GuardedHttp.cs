using System.Net;
using System.Net.Sockets;

namespace OpenData.Server.Outbound;

/// <summary>
/// Makes the connections of HTTP clients that follow addresses which others wrote down. A name is resolved once and the connection goes to the very
/// address that was checked, so that a name cannot resolve to one thing when it is judged and to another when it is used. No proxy, no cookies,
/// no redirect by itself.
/// </summary>
public static class GuardedHttp
{
    /// <summary>A handler whose connections the guard allows.</summary>
    public static SocketsHttpHandler Handler(AddressGuard guard) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2), // addresses change
        MaxResponseHeadersLength = 64,
        ConnectCallback = (context, stop) => ConnectAsync(guard, context.DnsEndPoint, stop),
    };

    private static async ValueTask<Stream> ConnectAsync(AddressGuard guard, DnsEndPoint target, CancellationToken stop)
    {
        IPAddress[] addresses = IPAddress.TryParse(target.Host, out IPAddress? literal) ? [literal] : await Dns.GetHostAddressesAsync(target.Host, stop);
        IPAddress[] allowed = [.. addresses.Where(guard.Allows)];
        if (allowed.Length == 0)
        {
            throw new AddressRefusedException(target.Host);
        }
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, target.Port, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A host has no address that this server may connect to.</summary>
/// <param name="host">Which host.</param>
public sealed class AddressRefusedException(string host)
    : IOException($"The host '{host}' has no public address. Private and loopback addresses are refused unless a setting allows their network.")
{
    /// <summary>Which host.</summary>
    public string Host { get; } = host;
}

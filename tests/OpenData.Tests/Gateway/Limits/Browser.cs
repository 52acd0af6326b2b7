using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace OpenData.Tests.Gateway.Limits;

/// <summary>A client from an address of its own, with HTTP/1.1 or with HTTP/2 by prior knowledge over one connection.</summary>
internal sealed class Browser : IDisposable
{
    private readonly HttpClient _http;
    private readonly Version _version;
    private int _connections;

    public Browser(GatewayHost host, IPAddress? from = null, bool http2 = false)
    {
        _version = http2 ? HttpVersion.Version20 : HttpVersion.Version11;
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            ConnectCallback = async (context, stop) =>
            {
                Interlocked.Increment(ref _connections);
                Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Bind(new IPEndPoint(from ?? IPAddress.Loopback, 0));
                await socket.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, stop);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        _http = new HttpClient(handler) { BaseAddress = host.Url };
    }

    /// <summary>Connections it has made.</summary>
    public int Connections => _connections;

    /// <summary>Sends a GET and returns when the head has come.</summary>
    public async Task<HttpResponseMessage> GetAsync(string path, string? key, string? range = null)
    {
        HttpRequestMessage request = new(HttpMethod.Get, path) { Version = _version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
        if (range is not null)
        {
            request.Headers.TryAddWithoutValidation("Range", range).ShouldBeTrue();
        }
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Takes a body as fast as it comes, until its end or until told to stop.</summary>
    /// <returns>How many bytes.</returns>
    public static async Task<long> TakeAsync(HttpResponseMessage response, PromiseWatch watch, CancellationToken stop)
    {
        byte[] buffer = new byte[32 * 1024];
        long sum = 0;
        try
        {
            await using Stream body = await response.Content.ReadAsStreamAsync(stop);
            for (int read; (read = await body.ReadAsync(buffer, stop)) > 0; sum += read)
            {
                watch.Count(read);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // enough
        }
        return sum;
    }

    public void Dispose() => _http.Dispose();
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpenData.Tests.Support;

/// <summary>
/// An HTTP/1.1 proxy in front of a server that fails as networks and servers do: it answers in the server's place, breaks bodies off,
/// lets them stall, or flips a bit. It takes one request a connection.
/// </summary>
public sealed class FaultyProxy : IAsyncDisposable
{
    private readonly Uri server;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentBag<Task> connections = [];
    private readonly Task accepting;

    public FaultyProxy(Uri server)
    {
        this.server = server;
        listener.Start();
        accepting = AcceptAsync();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    /// <summary>What happens to a request; null: nothing. The default lets all pass.</summary>
    public Func<ProxiedRequest, Fault?> Rule { get; set; } = _ => null;

    /// <summary>Every request that came, in order.</summary>
    public ConcurrentQueue<ProxiedRequest> Requests { get; } = new();

    /// <summary>A rule that applies a fault to the first so many requests that match.</summary>
    public static Func<ProxiedRequest, Fault?> Times(int times, Func<ProxiedRequest, bool> which, Fault fault)
    {
        int left = times;
        return request => which(request) && Interlocked.Decrement(ref left) >= 0 ? fault : null;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await listener.AcceptTcpClientAsync(stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            connections.Add(Task.Run(() => ServeAsync(client)));
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await ServeAsync(client.GetStream());
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
            {
                // one of the two went away: so does the connection
            }
        }
    }

    private async Task ServeAsync(NetworkStream client)
    {
        (string head, byte[] early) = await ReadHeadAsync(client);
        if (head.Length == 0)
        {
            return;
        }
        ProxiedRequest request = ProxiedRequest.Parse(head);
        Requests.Enqueue(request);
        Fault? fault = Rule(request);
        long body = request.Header("Content-Length") is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : 0;

        using TcpClient upstream = new();
        Stream target = Stream.Null;
        if (fault is not { Status: not null })
        {
            await upstream.ConnectAsync(server.Host, server.Port, stop.Token);
            target = upstream.GetStream();
            await target.WriteAsync(Encoding.Latin1.GetBytes(head.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", StringComparison.Ordinal)), stop.Token);
        }
        if (request.Header("Expect") is not null)
        {
            await client.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), stop.Token);
        }
        await target.WriteAsync(early, stop.Token);
        await CopyAsync(client, target, body - early.Length);

        if (fault is { Status: { } status })
        {
            await client.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 {status} Fault\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), stop.Token);
            return;
        }
        (string answer, byte[] rest) = await ReadHeadAsync(target);
        if (fault is { LoseAnswer: true })
        {
            // Not silence: the framework's client would ask again by itself, and nobody would feel anything.
            await client.WriteAsync("HTTP/1.1 500 Fault\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), stop.Token);
            return;
        }
        if (fault is { ETag: { } etag })
        {
            answer = string.Join("\r\n", answer.Split("\r\n").Select(line => line.StartsWith("ETag:", StringComparison.OrdinalIgnoreCase) ? $"ETag: \"{etag}\"" : line));
        }
        await client.WriteAsync(Encoding.Latin1.GetBytes(answer.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", StringComparison.Ordinal)), stop.Token);
        long pass = fault?.BreakAfter ?? fault?.StallAfter ?? long.MaxValue;
        long flip = fault?.FlipAt ?? -1;
        Flip(rest, flip);
        await client.WriteAsync(rest.AsMemory(0, (int)Math.Min(rest.Length, pass)), stop.Token);
        await CopyAsync(target, client, pass - rest.Length, flip - rest.Length);
        if (fault?.StallAfter is not null)
        {
            await Task.Delay(Timeout.Infinite, stop.Token);
        }
    }

    private static void Flip(Span<byte> bytes, long at)
    {
        if (at >= 0 && at < bytes.Length)
        {
            bytes[(int)at] ^= 1;
        }
    }

    private async Task CopyAsync(Stream from, Stream to, long count, long flip = -1)
    {
        byte[] buffer = new byte[64 << 10];
        while (count > 0)
        {
            int read = await from.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, count)), stop.Token);
            if (read == 0)
            {
                return;
            }
            Flip(buffer.AsSpan(0, read), flip);
            await to.WriteAsync(buffer.AsMemory(0, read), stop.Token);
            (count, flip) = (count - read, flip - read);
        }
    }

    /// <summary>The head with its empty line, and what came of the body with it. A server's 100 Continue is dropped.</summary>
    private async Task<(string Head, byte[] Early)> ReadHeadAsync(Stream stream)
    {
        byte[] buffer = new byte[64 << 10];
        int length = 0;
        while (true)
        {
            int end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                string head = Encoding.Latin1.GetString(buffer, 0, end + 4);
                if (!head.StartsWith("HTTP/1.1 100 ", StringComparison.Ordinal))
                {
                    return (head, buffer[(end + 4)..length]);
                }
                length -= end + 4;
                buffer.AsSpan(end + 4, length).CopyTo(buffer);
                continue;
            }
            int read = await stream.ReadAsync(buffer.AsMemory(length), stop.Token);
            if (read == 0)
            {
                return ("", []);
            }
            length += read;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await accepting;
        await Task.WhenAll(connections);
        listener.Dispose();
        stop.Dispose();
    }
}

/// <summary>One way to fail.</summary>
/// <param name="Status">Answer this status without asking the server.</param>
/// <param name="BreakAfter">Close the connection after so many bytes of the response's body.</param>
/// <param name="StallAfter">Send nothing more after so many bytes of the response's body.</param>
/// <param name="LoseAnswer">Let the server carry the request out, and answer 500 all the same.</param>
/// <param name="ETag">Give the response this entity tag.</param>
/// <param name="FlipAt">Flip a bit of this byte of the response's body, counted from 0.</param>
public sealed record Fault(int? Status = null, long? BreakAfter = null, long? StallAfter = null, bool LoseAnswer = false, string? ETag = null, long? FlipAt = null);

/// <summary>The head of a request.</summary>
public sealed record ProxiedRequest(string Method, string Target, IReadOnlyList<string> Headers)
{
    public string? Header(string name) =>
        Headers.FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    internal static ProxiedRequest Parse(string head)
    {
        string[] lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        return new ProxiedRequest(first[0], first[1], lines[1..]);
    }
}

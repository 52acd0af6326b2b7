using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace OpenData.Tests.Mirror.Sync;

/// <summary>
/// One connection of a mirror to a <see cref="ChaosProxy"/>: requests without bodies, one after the other (HTTP/1.1, RFC 9112). A socket and not a web server, so that
/// what the kernel sent of an answer is known to the byte, and so that nothing else holds any of it.
/// </summary>
/// <param name="socket">Owned.</param>
/// <param name="server">The server behind.</param>
/// <param name="line">What bodies of files pay to.</param>
/// <param name="flips">May change bytes of files before they are sent.</param>
/// <param name="passes">Told of a path which bytes were sent: from where, how many.</param>
internal sealed class ProxiedConnection(Socket socket, HttpClient server, PacedLine line, ProxiedConnection.Touch flips, Action<string, long, long> passes)
{
    private const int Chunk = 8 * 1024;

    // struct tcp_info of linux/tcp.h
    private const int TcpLevel = 6;
    private const int TcpInfo = 11;
    private const int BytesSentAt = 200;
    private const int BytesSentAgainAt = 208;
    private readonly byte[] _received = new byte[Chunk];
    private readonly CancellationTokenSource _drop = new();
    private int _length;
    private long _written;
    private volatile string? _path;

    public delegate void Touch(string path, Span<byte> bytes);

    /// <summary>Breaks it if a request is being answered.</summary>
    /// <returns>The path that was asked for.</returns>
    public string? Drop()
    {
        string? path = _path;
        if (path is not null)
        {
            _drop.Cancel();
        }
        return path;
    }

    /// <summary>Passes requests until an end goes away.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(stop, _drop.Token);
        socket.SendBufferSize = Chunk;
        socket.NoDelay = true;
        try
        {
            Task<string?> head = ReadHeadAsync(ends.Token);
            while (await head is { } request)
            {
                _path = request.Split(' ')[1].Split('?')[0];
                using CancellationTokenSource gone = CancellationTokenSource.CreateLinkedTokenSource(ends.Token);
                head = ReadHeadAsync(ends.Token);
                Task passing = PassAsync(request, gone.Token);
                if (await Task.WhenAny(passing, head) == head && await head is null)
                {
                    await gone.CancelAsync(); // Nobody is there any more who waits for the answer.
                }
                await passing;
                _path = null;
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException or SocketException or OperationCanceledException)
        {
            // One end is gone, so the other goes: at once, and with it what waits to be sent.
            socket.LingerState = new LingerOption(true, 0);
        }
        finally
        {
            socket.Dispose();
        }
    }

    /// <summary>The next request up to its empty line; null when the mirror has closed.</summary>
    private async Task<string?> ReadHeadAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                int end = _received.AsSpan(0, _length).IndexOf("\r\n\r\n"u8);
                if (end >= 0)
                {
                    string head = Encoding.Latin1.GetString(_received, 0, end);
                    _length -= end + 4;
                    _received.AsSpan(end + 4, _length).CopyTo(_received);
                    return head;
                }
                int read = await socket.ReceiveAsync(_received.AsMemory(_length), SocketFlags.None, stop);
                if (read == 0)
                {
                    return null;
                }
                _length += read;
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return null;
        }
    }

    private async Task PassAsync(string head, CancellationToken stop)
    {
        string[] lines = head.Split("\r\n");
        string[] asked = lines[0].Split(' ');
        using HttpRequestMessage request = new(new HttpMethod(asked[0]), asked[1]);
        foreach (string field in lines[1..])
        {
            int colon = field.IndexOf(':', StringComparison.Ordinal);
            if (field[..colon] is not ("Host" or "Connection"))
            {
                request.Headers.TryAddWithoutValidation(field[..colon], field[(colon + 1)..].Trim());
            }
        }
        using HttpResponseMessage answer = await server.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        bool chunked = answer.Content.Headers.ContentLength is null && request.Method != HttpMethod.Head;
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {(int)answer.StatusCode} {answer.ReasonPhrase}\r\n");
        foreach ((string name, IEnumerable<string> values) in answer.Headers.Concat(answer.Content.Headers).Where(h => h.Key is not ("Transfer-Encoding" or "Connection")))
        {
            foreach (string value in values)
            {
                text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
            }
        }
        text.Append(chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
        await SendAsync(Encoding.Latin1.GetBytes(text.ToString()), stop);
        await using Stream body = await answer.Content.ReadAsStreamAsync(stop);
        if (answer.IsSuccessStatusCode && asked[1].StartsWith("/files/", StringComparison.Ordinal))
        {
            await SendFileAsync(_path!, answer.Content.Headers.ContentRange?.From ?? 0, body, stop);
        }
        else
        {
            await SendOtherAsync(body, chunked, stop);
        }
    }

    private async Task SendFileAsync(string path, long at, Stream body, CancellationToken stop)
    {
        long begin = _written;
        long counted = 0;
        byte[] buffer = new byte[Chunk];
        try
        {
            int read;
            while ((read = await body.ReadAsync(buffer, stop)) > 0)
            {
                await line.SendAsync(read, stop);
                flips(path, buffer.AsSpan(0, read));
                await SendAsync(buffer.AsMemory(0, read), stop);
                Count();
            }
            while (counted < _written - begin)
            {
                await Task.Delay(1, stop);
                Count();
            }
        }
        finally
        {
            Count();
        }

        void Count()
        {
            long sent = Sent() - begin;
            if (sent > counted)
            {
                passes(path, at + counted, sent - counted);
                counted = sent;
            }
        }
    }

    private async Task SendOtherAsync(Stream body, bool chunked, CancellationToken stop)
    {
        byte[] buffer = new byte[Chunk];
        int read;
        while ((read = await body.ReadAsync(buffer, stop)) > 0)
        {
            if (chunked)
            {
                await SendAsync(Encoding.ASCII.GetBytes(read.ToString("x", CultureInfo.InvariantCulture) + "\r\n"), stop);
            }
            await SendAsync(buffer.AsMemory(0, read), stop);
            if (chunked)
            {
                await SendAsync("\r\n"u8.ToArray(), stop);
            }
        }
        if (chunked)
        {
            await SendAsync("0\r\n\r\n"u8.ToArray(), stop);
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        while (!bytes.IsEmpty)
        {
            int sent = await socket.SendAsync(bytes, SocketFlags.None, stop);
            _written += sent;
            bytes = bytes[sent..];
        }
    }

    /// <summary>How many bytes the kernel has sent over this connection, from its beginning; also when it is broken.</summary>
    private long Sent()
    {
        if (!OperatingSystem.IsLinux())
        {
            return _written;
        }
        Span<byte> info = stackalloc byte[256];
        int length = socket.GetRawSocketOption(TcpLevel, TcpInfo, info);
        return length < BytesSentAgainAt + 8 ? _written : BinaryPrimitives.ReadInt64LittleEndian(info[BytesSentAt..]) - BinaryPrimitives.ReadInt64LittleEndian(info[BytesSentAgainAt..]);
    }
}

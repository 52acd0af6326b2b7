using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using OpenData.Mirror.Downloads;

namespace OpenData.Tests.Mirror.Sync;

/// <summary>Stands between a mirror and a server: drops connections, flips bytes of files, and knows of each byte of a file how often it passed.</summary>
internal sealed class ChaosProxy : IAsyncDisposable
{
    private const int Chunk = 8 * 1024;
    private readonly WebApplication _app;
    private readonly HttpClient _server;
    private readonly RateLimiter _rate;
    private readonly ConcurrentDictionary<HttpContext, byte> _running = [];
    private readonly ConcurrentDictionary<string, List<(long From, long To)>> _passed = [];
    private long _bytes;
    private long _flipAfter = long.MaxValue;
    private (long At, TaskCompletionSource Reached) _mark = (long.MaxValue, new TaskCompletionSource());

    private ChaosProxy(WebApplication app, Uri server, long bytesPerSecond)
    {
        _app = app;
        _server = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, MaxResponseDrainSize = 0 }) { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        // As a line would: otherwise megabytes wait in the buffers of both ends, which no line of this rate has under way.
        _rate = new RateLimiter(bytesPerSecond, TimeProvider.System);
    }

    public string Url { get; private set; } = "";

    /// <summary>Bytes of files that passed.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public int Flipped { get; private set; }

    public static async Task<ChaosProxy> StartAsync(Uri server, long bytesPerSecond)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        // What is sent and not yet received when a client dies, is what a line would have under way, not what the kernel likes to buffer.
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = endpoint =>
        {
            Socket socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.SendBufferSize = Chunk;
            return socket;
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxResponseBufferSize = 0; // A write ends when the kernel has the bytes.
        });
        WebApplication app = builder.Build();
        ChaosProxy proxy = new(app, server, bytesPerSecond);
        app.Run(proxy.PassAsync);
        await app.StartAsync();
        proxy.Url = app.Urls.Single();
        return proxy;
    }

    /// <summary>Completes when so many more bytes of files have passed.</summary>
    public Task AfterAsync(long bytes)
    {
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _mark = (Bytes + bytes, reached);
        return reached.Task;
    }

    /// <summary>Breaks every connection that is at work.</summary>
    public void Drop()
    {
        foreach (HttpContext context in _running.Keys)
        {
            // Not one that ends meanwhile: what it was belongs to the server again.
            lock (context)
            {
                if (_running.ContainsKey(context))
                {
                    context.Abort();
                }
            }
        }
    }

    /// <summary>Flips a bit of a byte of a file, so many bytes from now.</summary>
    public void Flip(long after) => Volatile.Write(ref _flipAfter, Bytes + after);

    /// <summary>How many bytes of files passed more than once.</summary>
    /// <param name="suffix">Only of files whose names end so.</param>
    public long Again(string suffix = "")
    {
        long again = 0;
        foreach (List<(long From, long To)> spans in _passed.Where(p => p.Key.EndsWith(suffix, StringComparison.Ordinal)).Select(p => p.Value))
        {
            long end = 0;
            foreach ((long from, long to) in spans.OrderBy(s => s.From).ThenBy(s => s.To))
            {
                again += Math.Max(0, Math.Min(end, to) - from);
                end = Math.Max(end, to);
            }
        }
        return again;
    }

    public async ValueTask DisposeAsync()
    {
        Drop();
        await _app.DisposeAsync();
        _server.Dispose();
    }

    private async Task PassAsync(HttpContext context)
    {
        using HttpRequestMessage request = new(new HttpMethod(context.Request.Method), context.Request.Path.ToUriComponent() + context.Request.QueryString);
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues value) in context.Request.Headers.Where(h => h.Key is not ("Host" or "Connection")))
        {
            request.Headers.TryAddWithoutValidation(name, value.ToArray());
        }
        _running[context] = 0;
        try
        {
            using HttpResponseMessage answer = await _server.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            foreach ((string name, IEnumerable<string> value) in answer.Headers.Concat(answer.Content.Headers).Where(h => h.Key is not ("Transfer-Encoding" or "Connection" or "Date" or "Server")))
            {
                context.Response.Headers[name] = value.ToArray();
            }
            await CopyAsync(context, answer);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            context.Abort();
        }
        finally
        {
            lock (context)
            {
                _running.TryRemove(context, out _);
            }
        }
    }

    private async Task CopyAsync(HttpContext context, HttpResponseMessage answer)
    {
        bool file = answer.IsSuccessStatusCode && context.Request.Path.StartsWithSegments("/files", StringComparison.Ordinal);
        long from = answer.Content.Headers.ContentRange?.From ?? 0;
        long at = from;
        byte[] buffer = new byte[Chunk];
        try
        {
            await using Stream body = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
            int read;
            while ((read = await body.ReadAsync(buffer, context.RequestAborted)) > 0)
            {
                if (file)
                {
                    if (Bytes + read > Volatile.Read(ref _flipAfter) && Interlocked.Exchange(ref _flipAfter, long.MaxValue) != long.MaxValue)
                    {
                        buffer[Random.Shared.Next(read)] ^= (byte)(1 << Random.Shared.Next(8));
                        Flipped++;
                    }
                    if (Interlocked.Add(ref _bytes, read) >= _mark.At)
                    {
                        _mark.Reached.TrySetResult();
                    }
                    await _rate.PayAsync(read, context.RequestAborted);
                }
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
                at += read;
            }
        }
        finally
        {
            if (file && at > from)
            {
                List<(long, long)> spans = _passed.GetOrAdd(context.Request.Path.Value!, _ => []);
                lock (spans)
                {
                    spans.Add((from, at));
                }
            }
        }
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using OpenData.Format;

namespace OpenData.Tests.Mirror;

/// <summary>A server of files that answers ranges and entity tags as it should, until a test tells it to misbehave.</summary>
internal sealed class WilfulServer : IAsyncDisposable
{
    private const int Chunk = 16 * 1024;
    private readonly WebApplication _app;
    private long _bodyBytes;

    private WilfulServer(WebApplication app) => _app = app;

    /// <summary>Content by path.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Changes an answer before it is given.</summary>
    public Func<Answer, Task>? Mischief { get; set; }

    /// <summary>What was asked for: path and Range, in order.</summary>
    public ConcurrentQueue<(string Path, string Range)> Asked { get; } = [];

    /// <summary>Bytes of archives sent.</summary>
    public long ArchiveBytes => Volatile.Read(ref _bodyBytes);

    public string Url { get; private set; } = "";

    public static async Task<WilfulServer> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        WilfulServer server = new(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        server.Url = app.Urls.Single();
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        Asked.Enqueue((path, context.Request.Headers.Range.ToString()));
        Files.TryGetValue(path, out byte[]? content);
        Answer answer = new(context, path) { Content = content, Status = content is null ? 404 : 200 };
        if (Mischief is { } mischief)
        {
            await mischief(answer);
        }
        context.Response.StatusCode = answer.Status;
        if (answer.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
        }
        if (answer.Status != 200 || answer.Content is null)
        {
            await context.Response.WriteAsJsonAsync(new Problem(null, null, answer.Status, answer.Detail), FormatJson.Default.Problem, "application/problem+json");
            return;
        }
        await SendAsync(context, answer, answer.Content);
    }

    private async Task SendAsync(HttpContext context, Answer answer, byte[] content)
    {
        string etag = answer.ETag ?? Sha256Digest.Of(content).ToETag();
        (long from, long end) = (0, content.Length);
        string ifRange = context.Request.Headers.IfRange.ToString();
        if (!answer.IgnoreRange && context.Request.GetTypedHeaders().Range?.Ranges.First() is { } range && (ifRange.Length == 0 || ifRange == etag))
        {
            from = range.From ?? 0;
            end = Math.Min((range.To ?? (content.Length - 1)) + 1, content.Length);
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{end - 1}/{content.Length}";
        }
        context.Response.Headers.ETag = etag;
        context.Response.ContentLength = end - from;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }
        context.Features.Get<IHttpResponseBodyFeature>()!.DisableBuffering();
        for (long at = from; at < end; at += Chunk)
        {
            if (at - from >= answer.BreakAfter)
            {
                return; // Kestrel closes a connection whose answer is shorter than it said; Abort() would take back what was sent.
            }
            byte[] chunk = content[(int)at..(int)Math.Min(at + Chunk, end)];
            if (answer.FlipAt >= at && answer.FlipAt < at + chunk.Length)
            {
                chunk[answer.FlipAt.Value - at] ^= 1;
            }
            if (answer.BeforeChunk is { } wait)
            {
                await wait();
            }
            if (answer.Path.EndsWith(".zip", StringComparison.Ordinal))
            {
                Interlocked.Add(ref _bodyBytes, chunk.Length);
            }
            await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
        }
    }

    /// <summary>What is about to be answered.</summary>
    public sealed class Answer(HttpContext context, string path)
    {
        public HttpContext Context => context;

        public string Path => path;

        public byte[]? Content { get; set; }

        public int Status { get; set; }

        public string? Detail { get; set; }

        public int? RetryAfter { get; set; }

        public string? ETag { get; set; }

        public bool IgnoreRange { get; set; }

        /// <summary>The connection breaks after so many bytes of this answer.</summary>
        public long? BreakAfter { get; set; }

        /// <summary>The byte at this place of the file is sent wrong.</summary>
        public long? FlipAt { get; set; }

        /// <summary>Waited for before each chunk.</summary>
        public Func<Task>? BeforeChunk { get; set; }
    }
}

using System.Globalization;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Benchmarks.Bandwidth;

/// <summary>
/// The pacer with the least around it: one file, one endpoint, an account for each bearer token. <c>GET /MEGABITS</c> sends the file at that rate for
/// all downloads of the account together. What it costs more than the gateway must be looked for in the gateway.
/// </summary>
internal static class PacedServer
{
    public static async Task RunAsync(string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        builder.Services.AddBandwidth(builder.Configuration);
        builder.Services.Configure<SocketTransportOptions>(static options => options.UnsafePreferInlineScheduling = true);
        int port = builder.Configuration.GetValue("port", 8080);
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Limits.MinResponseDataRate = null;
            // More than the largest chunk: below that, every flush waits for the socket on another thread, at a quarter more CPU.
            options.Limits.MaxResponseBufferSize = builder.Configuration.GetValue("buffer", 384 * 1024);
            options.Limits.Http2.MaxStreamsPerConnection = 100;
            options.ListenLocalhost(port, static listen => listen.Protocols = HttpProtocols.Http1);
            options.ListenLocalhost(port + 1, static listen => listen.Protocols = HttpProtocols.Http2);
        });
        WebApplication app = builder.Build();
        Pacer pacer = app.Services.GetRequiredService<Pacer>();
        SafeFileHandle file = File.OpenHandle(builder.Configuration["file"] ?? throw new InvalidOperationException("--file is missing: which file should be sent?"));
        long size = RandomAccess.GetLength(file);
        app.MapGet("/{megabits}", (string megabits, HttpContext context) => SendAsync(context, pacer, file, size, double.Parse(megabits, CultureInfo.InvariantCulture)));
        await app.RunAsync();
    }

    private static async Task SendAsync(HttpContext context, Pacer pacer, SafeFileHandle file, long size, double megabits)
    {
        string key = context.Request.Headers.Authorization.ToString();
        AccountPipe pipe = pacer.Pipe(new PipeKey(key), new PipeLimits(ByteRate.FromMegabits(megabits), 100_000, "benchmark"));
        if (!pipe.TryAdmit(new StreamIdentity("file"), out PacedStream? stream))
        {
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            return;
        }
        using (stream)
        {
            context.Response.ContentLength = size;
            PipeWriter writer = context.Response.BodyWriter;
            await context.Response.StartAsync();
            CancellationToken aborted = context.RequestAborted;
            for (long at = 0; at < size;)
            {
                int granted = await stream.GrantAsync((int)Math.Min(size - at, int.MaxValue), aborted);
                int read = RandomAccess.Read(file, writer.GetMemory(granted).Span[..granted], at);
                writer.Advance(read);
                at += read;
                FlushResult flushed = await writer.FlushAsync(aborted);
                if (flushed.IsCompleted)
                {
                    return;
                }
            }
        }
    }
}

using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace OpenData.Server.Gateway.FastLane;

/// <summary>
/// What Kestrel writes into, in the place of the transport's own output, so that a response whose head Kestrel sent can go on by sendfile(2) on the
/// raw socket. Everything passes through unchanged, but for bytes that somebody else sent already: those Kestrel only counts, for it must see as
/// many as it announced.
/// </summary>
/// <remarks>
/// Two things make the socket safe to write to. The transport buffers nothing (<c>MaxWriteBufferSize</c> is 1), so whatever was flushed is with the
/// kernel; and memory is asked for through the response's own writer: what stands between the two (TLS, HTTP/2, chunks, a filter of the body) would
/// give memory of its own, and then nothing is sent past it.
/// </remarks>
internal sealed class SocketOutput(PipeWriter transport, Socket socket) : PipeWriter
{
    /// <summary>As the transport understands it: a flush ends when nothing is left to send.</summary>
    public const long NothingBuffered = 1;

    /// <summary>Handed out to be counted, never written to and never sent.</summary>
    private static readonly byte[] s_nowhere = new byte[1 << 20];

    private bool _counting;

    /// <summary>The connection's socket. Non-blocking.</summary>
    public Socket Socket => socket;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => transport.CanGetUnflushedBytes;

    /// <inheritdoc/>
    public override long UnflushedBytes => transport.UnflushedBytes;

    /// <summary>The middleware of a listening address, before that of TLS.</summary>
    public static ConnectionDelegate On(ConnectionDelegate next) => connection =>
    {
        if (SendFile.IsSupported && connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            SocketOutput output = new(connection.Transport.Output, socket);
            connection.Features.Set(output);
            connection.Transport = new Duplex(connection.Transport.Input, output);
        }
        return next(connection);
    };

    /// <summary>Sends the head, and says whether the rest of this response may go by the socket. It was started, with its length.</summary>
    /// <returns>Null where it may not: copy the bytes; that also meets what is wrong with the connection, if anything is.</returns>
    public static async ValueTask<SocketOutput?> TakeAsync(HttpContext http, CancellationToken stop)
    {
        if (http.Features.Get<SocketOutput>() is not { } output)
        {
            return null;
        }
        PipeWriter body = http.Response.BodyWriter;
        try
        {
            FlushResult flushed = await body.FlushAsync(stop);
            return !flushed.IsCompleted && !flushed.IsCanceled && output.IsBehind(body) && SendFile.IsNonBlocking(output.Socket.SafeHandle) ? output : null;
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>Lets Kestrel count bytes of the body that went by the socket.</summary>
    public void Count(PipeWriter body, long bytes)
    {
        _counting = true;
        try
        {
            for (int part; bytes > 0 && IsNowhere(body.GetMemory()); bytes -= part)
            {
                part = (int)Math.Min(bytes, s_nowhere.Length);
                body.Advance(part);
            }
        }
        finally
        {
            _counting = false;
        }
    }

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0) => _counting ? s_nowhere : transport.GetMemory(sizeHint);

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => _counting ? s_nowhere : transport.GetSpan(sizeHint);

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        if (!_counting)
        {
            transport.Advance(bytes);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => transport.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        transport.WriteAsync(source, cancellationToken);

    /// <inheritdoc/>
    public override void CancelPendingFlush() => transport.CancelPendingFlush();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => transport.Complete(exception);

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(Exception? exception = null) => transport.CompleteAsync(exception);

    private bool IsBehind(PipeWriter body)
    {
        _counting = true;
        try
        {
            return IsNowhere(body.GetMemory());
        }
        finally
        {
            _counting = false;
        }
    }

    private static bool IsNowhere(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out ArraySegment<byte> array) && array.Array == s_nowhere && array.Count == s_nowhere.Length;

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}

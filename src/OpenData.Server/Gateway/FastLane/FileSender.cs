using System.Buffers;
using System.Net.Sockets;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Gateway.Http;

namespace OpenData.Server.Gateway.FastLane;

/// <summary>
/// Sends stretches of a local file over a raw socket at the pace of its account. For each chunk:
/// <list type="number">
/// <item>Have it checked and in memory; what is not is read on a pool thread, before anything is granted.</item>
/// <item>Wait for a grant. From here on this runs on the pacer's thread, which must not wait.</item>
/// <item>sendfile(2) as many as were granted. A socket that is full is waited for by an asynchronous send of a few bytes.</item>
/// </list>
/// </summary>
internal sealed class FileSender(OpenContent content, Socket socket, CancellationToken aborted)
{
    /// <summary>What a client that stops reading holds, in bytes, beside its socket's buffers.</summary>
    private const int FewBytes = 4096;

    private long _sent;

    /// <summary>Judges the first bytes of a range, so that damage which is seen by then can be told with a problem instead of a broken connection.</summary>
    /// <exception cref="CorruptContentException">They are not what was published.</exception>
    public async ValueTask PrepareAsync(ByteRange range)
    {
        await using ContentSource source = await content.ReadAsync(range, aborted); // a file without checksums of blocks is checked whole here
        await content.HaveAtHandAsync(range.Offset, 1, aborted);
    }

    /// <summary>Sends head and body. Never throws for what a client, a store or a curator does; unless the result is complete the connection must be broken off.</summary>
    public ValueTask<CopyResult> SendAsync(ReadOnlyMemory<byte> head, IReadOnlyList<BodySegment> body, PacedStream paced) => EndAsync(
        async () =>
        {
            CancellationToken stopped = paced.Stopped;
            await SendAllAsync(socket, head, stopped);
            foreach (BodySegment segment in body)
            {
                await (segment.Range.Length > 0 ? SendAsync(segment.Range, paced, stopped) : SendAsync(segment.Literal, paced, stopped));
            }
        },
        () => _sent,
        paced);

    /// <summary>Sends head and body, both in memory; the head with the first bytes of the body, in one packet where they fit.</summary>
    public static ValueTask<CopyResult> SendAsync(Socket socket, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, PacedStream paced, CancellationToken aborted)
    {
        int sent = 0;
        return EndAsync(
            async () =>
            {
                while (sent < body.Length)
                {
                    int granted = await paced.GrantAsync(Math.Min(paced.Chunk, body.Length - sent), aborted);
                    ReadOnlyMemory<byte> part = body.Slice(sent, granted);
                    await SendAllAsync(socket, sent > 0 ? part : (byte[])[.. head.Span, .. part.Span], paced.Stopped);
                    sent += granted;
                }
            },
            () => sent,
            paced);
    }

    private static async ValueTask<CopyResult> EndAsync(Func<Task> send, Func<long> sent, PacedStream paced)
    {
        try
        {
            await send();
            return new CopyResult(CopyEnd.Complete, sent());
        }
        catch (StreamCancelledException e)
        {
            return new CopyResult(CopyEnd.Cancelled, sent(), e.Reason);
        }
        catch (OperationCanceledException)
        {
            return paced.Cancelled is var reason and not CancelReason.None
                ? new CopyResult(CopyEnd.Cancelled, sent(), reason)
                : new CopyResult(CopyEnd.ClientGone, sent());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return new CopyResult(CopyEnd.ClientGone, sent()); // the transport disposes the socket of a connection that was aborted
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return new CopyResult(CopyEnd.SourceFailed, sent(), Error: e);
        }
    }

    /// <summary>Sends bytes of this process.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    public static async ValueTask SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, stop)..];
        }
    }

    private async ValueTask SendAsync(ByteRange range, PacedStream paced, CancellationToken stopped)
    {
        for (long position = range.Offset; position < range.End;)
        {
            // 1
            int chunk = (int)Math.Min(paced.Chunk, range.End - position);
            await content.HaveAtHandAsync(position, chunk, aborted);
            // 2
            int granted = await paced.GrantAsync(chunk, aborted);
            // 3
            while (granted > 0)
            {
                int sent = SendNow(position, granted);
                if (sent == 0)
                {
                    sent = await SendFewAsync(position, granted, stopped);
                }
                position += sent;
                granted -= sent;
                _sent += sent;
            }
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> literal, PacedStream paced, CancellationToken stopped)
    {
        while (!literal.IsEmpty)
        {
            int granted = await paced.GrantAsync(literal.Length, aborted);
            await SendAllAsync(socket, literal[..granted], stopped);
            literal = literal[granted..];
            _sent += granted;
        }
    }

    private int SendNow(long position, int length)
    {
        try
        {
            return SendFile.Send(socket.SafeHandle, content.File!, position, length);
        }
        catch (EndOfStreamException)
        {
            throw content.TooShort(position);
        }
    }

    /// <summary>
    /// Waits until the socket takes bytes again, on the runtime's own event loop: nothing else writes to this socket, since Kestrel's transport
    /// sends only what is put into its pipe.
    /// </summary>
    private async ValueTask<int> SendFewAsync(long position, int length, CancellationToken stopped)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(FewBytes);
        try
        {
            int read = RandomAccess.Read(content.File!, buffer.AsSpan(0, Math.Min(length, FewBytes)), position); // made sure of before the grant
            return read > 0 ? await socket.SendAsync(buffer.AsMemory(0, read), SocketFlags.None, stopped) : throw content.TooShort(position);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

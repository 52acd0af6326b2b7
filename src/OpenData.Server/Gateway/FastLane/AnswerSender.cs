using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using OpenData.Server.Gateway.Http;

namespace OpenData.Server.Gateway.FastLane;

/// <summary>Sends the answers of <see cref="ILaneRoom"/>s. Thousands who waited for the same get the same bytes, written once.</summary>
public sealed class AnswerSender(IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>Answers up to this length are kept for the next who gets the same, in bytes.</summary>
    private const int Short = 32 * 1024;

    /// <summary>What a client has to take of an answer after <see cref="s_grace"/>, in bytes a second: Kestrel's own <c>MinResponseDataRate</c>.</summary>
    private const double LeastRate = 240;

    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    private volatile Rendered? _last;

    /// <summary>Sends; where the client does not take it the connection is broken off.</summary>
    internal async ValueTask<LaneOutcome> SendAsync(ConnectionContext connection, Socket socket, RequestWait wait, LaneAnswer answer, bool changed)
    {
        if (connection.ConnectionClosed.IsCancellationRequested)
        {
            return LaneOutcome.Ended;
        }
        LaneResponse response;
        try
        {
            response = await answer.RespondAsync(changed, connection.ConnectionClosed);
        }
        catch (Exception e) when (e is OperationCanceledException || Problems.Of(e) is not null)
        {
            connection.Abort(new ConnectionAbortedException("What was waited for cannot be read just now."));
            return LaneOutcome.Ended;
        }
        bool keepAlive = answer.KeepAlive && !wait.IsClosing && !lifetime.ApplicationStopping.IsCancellationRequested;
        if (!await TrySendAsync(connection, socket, Render(response, keepAlive), time))
        {
            connection.Abort(new ConnectionAbortedException("The client does not take its answer."));
            return LaneOutcome.Ended;
        }
        return keepAlive ? LaneOutcome.Served : LaneOutcome.Ended;
    }

    private IReadOnlyList<ReadOnlyMemory<byte>> Render(LaneResponse response, bool keepAlive)
    {
        DateTimeOffset now = time.GetUtcNow();
        long second = now.ToUnixTimeSeconds();
        if (_last is { } last && last.Second == second && ReferenceEquals(last.Response, response) && last.KeepAlive == keepAlive)
        {
            return last.Pieces;
        }
        IReadOnlyList<ReadOnlyMemory<byte>> pieces = [ResponseHead.Of(response.Status, response.Fields, now, keepAlive), .. response.Body];
        if (pieces.Sum(piece => piece.Length) <= Short)
        {
            pieces = [SegmentedBuffer.Joined(pieces)];
            _last = new Rendered(response, keepAlive, second, pieces);
        }
        return pieces;
    }

    private static async ValueTask<bool> TrySendAsync(ConnectionContext connection, Socket socket, IReadOnlyList<ReadOnlyMemory<byte>> pieces, TimeProvider time)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            int sent;
            try
            {
                sent = SocketSend.Now(socket.SafeHandle, pieces[i].Span);
            }
            catch (ObjectDisposedException)
            {
                return false; // the transport disposes the socket of a connection that was aborted
            }
            if (sent < pieces[i].Length)
            {
                return await TrySendSlowlyAsync(connection, socket, [pieces[i][sent..], .. pieces.Skip(i + 1)], time);
            }
        }
        return true;
    }

    /// <summary>To a client whose socket is full.</summary>
    private static async ValueTask<bool> TrySendSlowlyAsync(ConnectionContext connection, Socket socket, IReadOnlyList<ReadOnlyMemory<byte>> pieces, TimeProvider time)
    {
        using CancellationTokenSource patience = new(s_grace + TimeSpan.FromSeconds(pieces.Sum(piece => piece.Length) / LeastRate), time);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, connection.ConnectionClosed);
        try
        {
            foreach (ReadOnlyMemory<byte> piece in pieces)
            {
                await FileSender.SendAllAsync(socket, piece, stop.Token);
            }
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return false;
        }
    }

    private sealed record Rendered(LaneResponse Response, bool KeepAlive, long Second, IReadOnlyList<ReadOnlyMemory<byte>> Pieces);
}

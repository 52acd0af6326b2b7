using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Gateway.Http;
using OpenData.Server.Gateway.Proxies;
using OpenData.Server.Releases;

namespace OpenData.Server.Gateway.FastLane;

/// <summary>
/// Serves plain requests for local files on the raw socket, with sendfile(2), and lets mirrors wait for changes, before Kestrel's HTTP layer sees the connection. It looks at the
/// bytes that came without consuming them; what it does not wholly understand, and whatever is answered by a refusal, it leaves there, and from
/// then on the connection is Kestrel's. Every decision is made by the same code as in <see cref="Downloads"/>; a client can tell the two apart
/// by nothing but speed. Connections with TLS or HTTP/2 do not begin with a plain request and so pass through.
/// </summary>
public sealed class FastLane(
    CallerIdentity callers,
    ICurrentCatalog catalog,
    FileFinder finder,
    OpenContents contents,
    IEnumerable<ILaneRoom> rooms,
    RunningDownloads running,
    Downloads downloads,
    TimeProvider time,
    GatewayMetrics metrics,
    TrustedProxies proxies,
    IOptionsMonitor<HostFilteringOptions> hosts,
    AnswerSender sender)
{
    private readonly ILaneRoom[] _rooms = [.. rooms];

    /// <summary>The middleware of a listening address.</summary>
    public Func<ConnectionDelegate, ConnectionDelegate> On(ListenOptions listen) => next =>
        SendFile.IsSupported && listen.Protocols.HasFlag(HttpProtocols.Http1)
            ? connection => RunAsync(connection, next, listen.KestrelServerOptions.Limits.KeepAliveTimeout)
            : next;

    private async Task RunAsync(ConnectionContext connection, ConnectionDelegate next, TimeSpan keepAlive)
    {
        // Sockets of the file system have no address to know a caller by.
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket
            && connection.RemoteEndPoint is IPEndPoint { Address: var address }
            && !proxies.SpeaksInFields(address)
            && SendFile.IsNonBlocking(socket.SafeHandle))
        {
            using RequestWait wait = new(connection, keepAlive, time);
            LaneOutcome outcome;
            do
            {
                if (await wait.NextAsync() is not { } read)
                {
                    return;
                }
                if (!TryParse(read, out PlainRequest? request) || !IsAllowedHost(request.Host))
                {
                    outcome = LeaveToKestrel(connection, read);
                }
                else if (request is PlainFileRequest file)
                {
                    outcome = await ServeAsync(connection, socket, address, wait, read, file);
                }
                else if (await FindAsync(connection, read, (PlainGetRequest)request) is { } answer)
                {
                    // A mirror may be here for long: of its request nothing is left but this.
                    bool changed = await answer.WaitAsync(connection.ConnectionClosed);
                    metrics.FastLane.Add(1);
                    outcome = await sender.SendAsync(connection, socket, wait, answer, changed);
                }
                else
                {
                    outcome = LaneOutcome.LeftToKestrel;
                }
            }
            while (outcome is LaneOutcome.Served);
            if (outcome is LaneOutcome.Ended)
            {
                return;
            }
        }
        await next(connection);
    }

    /// <summary>What another room answers; the request is consumed then. Null where it is left to Kestrel.</summary>
    private async ValueTask<LaneAnswer?> FindAsync(ConnectionContext connection, ReadResult read, PlainGetRequest request)
    {
        LaneAnswer? answer = null;
        try
        {
            for (int i = 0; i < _rooms.Length && answer is null; i++)
            {
                answer = await _rooms[i].FindAsync(request, connection.ConnectionClosed);
            }
        }
        catch (Exception e) when (e is OperationCanceledException || Problems.Of(e) is not null)
        {
            // Kestrel meets the same and tells it.
        }
        connection.Transport.Input.AdvanceTo(answer is null ? read.Buffer.Start : read.Buffer.GetPosition(request.HeadLength));
        return answer;
    }

    private static bool TryParse(in ReadResult read, [NotNullWhen(true)] out PlainRequest? request)
    {
        request = null;
        if (read.IsCompleted)
        {
            return false;
        }
        if (read.Buffer.IsSingleSegment)
        {
            return PlainRequestParser.TryParse(read.Buffer.FirstSpan, out request);
        }
        Span<byte> joined = stackalloc byte[(int)Math.Min(read.Buffer.Length, PlainRequestParser.LongestHead)];
        read.Buffer.Slice(0, joined.Length).CopyTo(joined);
        return PlainRequestParser.TryParse(joined, out request);
    }

    /// <summary>Consumed up to the start and examined no further: the next read gets the same bytes at once.</summary>
    private static LaneOutcome LeaveToKestrel(ConnectionContext connection, in ReadResult read)
    {
        connection.Transport.Input.AdvanceTo(read.Buffer.Start);
        return LaneOutcome.LeftToKestrel;
    }

    private async ValueTask<LaneOutcome> ServeAsync(
        ConnectionContext connection, Socket socket, IPAddress address, RequestWait wait, ReadResult read, PlainFileRequest request)
    {
        try
        {
            return await TryServeAsync(connection, socket, address, wait, read, request) ?? LeaveToKestrel(connection, read);
        }
        catch (OperationCanceledException) when (connection.ConnectionClosed.IsCancellationRequested)
        {
            return LaneOutcome.Ended;
        }
        catch (Exception e) when (Problems.Of(e) is not null)
        {
            return LeaveToKestrel(connection, read); // it meets the same and tells it
        }
    }

    /// <summary>The steps of <see cref="Downloads"/>. Null, or an exception that is a problem, while nothing was consumed or sent.</summary>
    private async ValueTask<LaneOutcome?> TryServeAsync(
        ConnectionContext connection, Socket socket, IPAddress address, RequestWait wait, ReadResult read, PlainFileRequest request)
    {
        long began = time.GetTimestamp();
        CancellationToken aborted = connection.ConnectionClosed;

        // 1. Who asks.
        Identification who = callers.Identify(request.Authorization, request.File.IsHead ? "HEAD" : "GET", request.Path, request.Query, address);
        if (who.Caller is not { } caller)
        {
            connection.Features.Set(new RefusedBefore(request.Authorization, request.Query, who));
            return null;
        }

        // 2. What for.
        if (SmallFilesAnswer.IsName(request.Name))
        {
            return await TryServeSmallFilesAsync(connection, socket, wait, read, request, caller, began);
        }
        if ((await finder.FindAsync(request.Release, request.Name, aborted)).Found is not { } found)
        {
            return null;
        }

        // 3. Whether they may have it.
        if (!AccessDecision.Decide(found.Dataset, catalog.Current, caller).IsAllowed)
        {
            return null;
        }

        // 4. What of it. Only files of this machine, and only one stretch of them.
        using OpenContents.Lease? lease = await contents.OpenAsync(found.Stored, aborted);
        if (lease?.Content.File is null)
        {
            return null;
        }
        FileResponse plan = FileResponse.Plan(request.File, found.Facts);
        if (plan.Status is not (200 or 206 or 304) || plan.Body.Count > 1)
        {
            return null;
        }
        AccountPipe pipe = running.PipeOf(caller);
        bool keepAlive = request.KeepAlive && !wait.IsClosing;
        byte[] head = ResponseHead.Of(plan, pipe, time.GetUtcNow(), keepAlive);
        SequencePosition end = read.Buffer.GetPosition(request.HeadLength);
        if (plan.Body is not [{ Range: var range }])
        {
            connection.Transport.Input.AdvanceTo(end);
            metrics.FastLane.Add(1);
            return await TrySendAsync(socket, head, aborted) && keepAlive ? LaneOutcome.Served : LaneOutcome.Ended;
        }

        // 5. Whether the account has a download left.
        if (!running.TryAdmit(caller, pipe, request.Release, request.Name, range.Offset, out RunningDownload? download))
        {
            return null;
        }
        using (download)
        {
            // 6. The bytes, at the account's pace.
            FileSender sender = new(lease.Content, socket, aborted);
            await sender.PrepareAsync(range);
            connection.Transport.Input.AdvanceTo(end);
            metrics.FastLane.Add(1);
            metrics.FirstByte.Record(time.GetElapsedTime(began).TotalSeconds);
            CopyResult result = await sender.SendAsync(head, plan.Body, download.Stream);

            // 7. The record of it.
            downloads.Record(download, plan, result, began);
            if (result.End is not CopyEnd.Complete)
            {
                connection.Abort(new ConnectionAbortedException("The response was broken off."));
                return LaneOutcome.Ended;
            }
        }
        // The last grant was the pacer's, and so is this thread: what the next request looks up may take its time.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return keepAlive ? LaneOutcome.Served : LaneOutcome.Ended;
    }

    /// <summary>The same for several files in one body, which is in memory.</summary>
    private async ValueTask<LaneOutcome?> TryServeSmallFilesAsync(
        ConnectionContext connection, Socket socket, RequestWait wait, ReadResult read, PlainFileRequest request, Caller caller, long began)
    {
        CancellationToken aborted = connection.ConnectionClosed;
        (IReadOnlyList<ReleaseFile> files, Dataset? dataset, _) = await finder.FindAllAsync(request.Release, aborted);
        if (request.File.IsHead || dataset is null || !AccessDecision.Decide(dataset, catalog.Current, caller.Account).IsAllowed)
        {
            return null;
        }
        using SmallFilesAnswer answer = await SmallFilesAnswer.OfAsync(
            files, request.Name == SmallFiles.WholeName, isHead: false, dataset.Access is AccessLevel.Open, finder.Archives, contents, aborted);
        FileResponse plan = answer.Plan;
        AccountPipe pipe = running.PipeOf(caller);
        bool keepAlive = request.KeepAlive && !wait.IsClosing;
        byte[] head = ResponseHead.Of(plan, pipe, time.GetUtcNow(), keepAlive);
        SequencePosition end = read.Buffer.GetPosition(request.HeadLength);
        if (!running.TryAdmit(caller, pipe, request.Release, request.Name, 0, out RunningDownload? download))
        {
            return null;
        }
        using (download)
        {
            connection.Transport.Input.AdvanceTo(end);
            metrics.FastLane.Add(1);
            metrics.FirstByte.Record(time.GetElapsedTime(began).TotalSeconds);
            CopyResult result = await FileSender.SendAsync(socket, head, plan.Body[0].Literal, download.Stream, aborted);
            downloads.Record(download, answer, result, began);
            if (result.End is not CopyEnd.Complete)
            {
                connection.Abort(new ConnectionAbortedException("The response was broken off."));
                return LaneOutcome.Ended;
            }
        }
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return keepAlive ? LaneOutcome.Served : LaneOutcome.Ended;
    }

    /// <summary>Hosts that are listed one by one; patterns are left to the middleware that knows them.</summary>
    private bool IsAllowedHost(string host)
    {
        IList<string> allowed = hosts.CurrentValue.AllowedHosts;
        return allowed.Count == 0 || allowed.Contains("*") || allowed.Contains(host.Split(':')[0], StringComparer.OrdinalIgnoreCase);
    }

    private static async ValueTask<bool> TrySendAsync(Socket socket, byte[] head, CancellationToken aborted)
    {
        try
        {
            await FileSender.SendAllAsync(socket, head, aborted);
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return false;
        }
    }
}

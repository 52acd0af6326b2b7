using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using OpenData.Mirror.Progress;
using OpenData.Mirror.Remote;

namespace OpenData.Mirror.Downloads;

/// <summary>
/// One file, over as many connections as there are to be had, piece by piece:
/// <list type="number">
/// <item>what stands under the final name is checked; if a piece of it is wrong it becomes a part again;</item>
/// <item>each connection claims a run of pieces and asks for their bytes, from the first that is not on disk;</item>
/// <item>bytes are hashed as they arrive and written to their place; a wrong piece is missing again and nothing else is;</item>
/// <item>when every piece is right the file is flushed and gets its name.</item>
/// </list>
/// The digests of the pieces come out of the signed manifest, so together with the size they prove the whole file: it is not read again to hash it
/// from end to end. For the same reason pieces of two answers with different entity tags may stand side by side once verified — but the
/// bytes <em>inside</em> a piece never come from two.
/// </summary>
internal sealed class ResumableDownload(DownloadPool pool, RemoteFile file)
{
    private readonly Lock _gate = new();
    private readonly Server _server = pool.Server;
    private RemoteFile _file = file;
    private PieceMap _map = null!;
    private PartFile _part = null!;
    private FileProgress _progress = null!;

    /// <exception cref="MirrorException">The file cannot be had; what was received stays for the next try.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        long bytes = _file.Bytes ?? await AskLengthAsync(stop);
        long[]? right = ExistingFile.Check(_file, bytes, stop);
        _progress = pool.Board.Begin(_file.Name, bytes);
        if (right is not null && right.AsSpan().IndexOf(0L) < 0 && new FileInfo(_file.Target).Length == bytes)
        {
            PartFile.Tidy(_file.Target);
            _progress.Had(bytes);
            _progress.End();
            return;
        }
        if (right is not null)
        {
            PartFile.Reopen(_file.Target, _file.Sha256, bytes, _file.PieceLength, right);
        }
        using (_part = PartFile.Open(_file.Target, _file.Sha256, bytes, _file.PieceLength, _file.Pieces.Count))
        {
            _map = new PieceMap(bytes, _file.PieceLength, _part.Received);
            await FetchAllAsync(stop);
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // The thread may be that of the sockets: see Program.
            _part.Commit(_file.ModifiedAt);
        }
        _progress.End();
    }

    private async Task<long> AskLengthAsync(CancellationToken stop)
    {
        long bytes = await _server.GetLengthAsync(_file.Path, stop);
        if (bytes > _file.MostBytes)
        {
            throw MirrorException.Integrity(new(
                $"{_file.Name}: has {bytes} bytes on the server, more than such a file can have",
                $"{_file.Name}：服务器上有 {bytes} 字节，超过此类文件的上限"));
        }
        _file = _file.InOnePiece(bytes);
        return bytes;
    }

    private async Task FetchAllAsync(CancellationToken stop)
    {
        using CancellationTokenSource failed = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task[] connections = new Task[Math.Min(pool.Options.Connections, _map.Count)];
        for (int i = 0; i < connections.Length; i++)
        {
            connections[i] = Task.Run(() => WorkAsync(failed), CancellationToken.None);
        }
        // The first failure cancels the others, whose cancellation is not worth telling.
        try
        {
            await Task.WhenAll(connections);
        }
        catch (Exception) when (connections.FirstOrDefault(c => c.IsFaulted) is { } first && !stop.IsCancellationRequested)
        {
            await first;
        }
    }

    private async Task WorkAsync(CancellationTokenSource failed)
    {
        using PieceInProgress piece = new();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(pool.Limiter?.Chunk ?? 256 * 1024);
        try
        {
            while (true)
            {
                using DownloadPool.Slot connection = await pool.EnterAsync(failed.Token);
                PieceRun run;
                lock (_gate)
                {
                    if (!_map.TryClaim(pool.Options.Connections, out run))
                    {
                        return;
                    }
                }
                if (run.OnDisk)
                {
                    CheckOnDisk(run.First, piece, buffer);
                }
                else
                {
                    await FetchAsync(run, piece, buffer, failed.Token);
                }
            }
        }
        catch (Exception)
        {
            await failed.CancelAsync();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void CheckOnDisk(int index, PieceInProgress piece, byte[] buffer)
    {
        piece.Begin(index, _map.Length(index));
        ReadWhatIsThere(piece, _map.Length(index), buffer);
        bool right = piece.Received == piece.Length && piece.Finish() == _file.Pieces[index];
        lock (_gate)
        {
            if (right)
            {
                _map.Verify(index);
                _progress.Had(_map.Length(index));
            }
            else
            {
                _part.Forget(index);
                _map.Reject(index, counts: false);
            }
        }
    }

    private void ReadWhatIsThere(PieceInProgress piece, long bytes, byte[] buffer)
    {
        long start = _map.Start(piece.Index);
        int read;
        while (piece.Received < bytes
            && (read = _part.Read(start + piece.Received, buffer.AsSpan(0, (int)Math.Min(buffer.Length, bytes - piece.Received)))) > 0)
        {
            piece.Append(buffer.AsSpan(0, read));
        }
    }

    private async Task FetchAsync(PieceRun run, PieceInProgress piece, byte[] buffer, CancellationToken stop)
    {
        Begin(piece, run.First, buffer);
        int failures = 0;
        while (piece.Index < run.End)
        {
            (int index, long had) = (piece.Index, piece.Received);
            long from = _map.Start(piece.Index) + piece.Received;
            long end = _map.Start(run.End - 1) + _map.Length(run.End - 1);
            (HttpResponseMessage? response, Obstacle? obstacle) = await AskAsync(from, end, piece, stop);
            if (response is not null)
            {
                using (response)
                {
                    obstacle = Judge(response, from, end, piece, out long at) ?? await ReceiveAsync(response, at, run, piece, buffer, stop);
                }
            }
            if (obstacle is null)
            {
                continue;
            }
            failures = piece.Index != index || piece.Received > had ? 1 : failures + 1;
            switch (obstacle.Kind)
            {
                case ObstacleKind.Final:
                    throw obstacle.ToException(_file.Name);
                case ObstacleKind.Changed:
                    // Never mix: what is half there may be of another file.
                    _progress.Lost(piece.Received);
                    piece.Restart();
                    _part.Forget(piece.Index);
                    if (failures > 1)
                    {
                        await pool.Server.Patience.WaitAsync(_file.Name, obstacle, failures, stop);
                    }
                    break;
                default:
                    await pool.Server.Patience.WaitAsync(_file.Name, obstacle, failures, stop);
                    break;
            }
        }
    }

    // The next piece of a run; if a part of it was received before, that is hashed first.
    private void Begin(PieceInProgress piece, int index, byte[] buffer)
    {
        piece.Begin(index, index < _map.Count ? _map.Length(index) : 0);
        if (index < _map.Count && _map.Received(index) is > 0 and long received && received < piece.Length)
        {
            ReadWhatIsThere(piece, received, buffer);
            piece.Tag = EntityTagHeaderValue.Parse(_file.Sha256.ToETag());
            _progress.Had(piece.Received);
        }
    }

    private Task<(HttpResponseMessage?, Obstacle?)> AskAsync(long from, long end, PieceInProgress piece, CancellationToken stop)
    {
        HttpRequestMessage request = new(HttpMethod.Get, _server.Address.At(_file.Path));
        if (from > 0 || end < _map.Bytes)
        {
            request.Headers.Range = new RangeHeaderValue(from, end - 1);
            if (piece is { Received: > 0, Tag: { } etag })
            {
                request.Headers.IfRange = new RangeConditionHeaderValue(etag);
            }
        }
        return _server.TryOpenAsync(request, stop);
    }

    // Decides whether the body can be used, and where in the file it begins.
    private Obstacle? Judge(HttpResponseMessage response, long from, long end, PieceInProgress piece, out long at)
    {
        at = 0;
        EntityTagHeaderValue? tag = response.Headers.ETag is { IsWeak: false } strong ? strong : null;
        if (piece.Received > 0 && piece.Tag is not null && tag is not null && !tag.Equals(piece.Tag))
        {
            return Obstacle.Changed(new("the file changed on the server", "文件在服务器上有变化"));
        }
        piece.Tag = tag;
        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        long? size = response.StatusCode == HttpStatusCode.PartialContent ? range?.Length : response.Content.Headers.ContentLength;
        if (size is { } told && told != _map.Bytes)
        {
            return new Obstacle(
                ObstacleKind.Final,
                new($"has {told} bytes on the server and {_map.Bytes} in the signed manifest", $"服务器上有 {told} 字节，已签名的清单中为 {_map.Bytes} 字节"),
                ExitCode: ExitCode.Integrity);
        }
        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            at = range?.From ?? -1;
            return at == from ? null : Obstacle.Later(new($"the server sent bytes from {at} instead of {from}", $"服务器从第 {at} 字节发送，而不是第 {from} 字节"));
        }
        if (from > 0 || end < _map.Bytes)
        {
            lock (_gate)
            {
                _map.Sequential = true; // The server knows no ranges: what is before our bytes passes by unread.
            }
        }
        return null;
    }

    // Reads a body that begins at a place in the file, up to the end of the run. What stopped it before that is returned.
    private async Task<Obstacle?> ReceiveAsync(HttpResponseMessage response, long at, PieceRun run, PieceInProgress piece, byte[] buffer, CancellationToken stop)
    {
        using CancellationTokenSource idle = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await using Stream body = await response.Content.ReadAsStreamAsync(stop);
        while (piece.Index < run.End)
        {
            long wanted = _map.Start(piece.Index) + piece.Received;
            int most = (int)Math.Min(buffer.Length, at < wanted ? wanted - at : piece.Length - piece.Received);
            int read;
            try
            {
                idle.CancelAfter(_server.Stall);
                read = await body.ReadAsync(buffer.AsMemory(0, most), idle.Token);
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                return Obstacle.Later(NetworkFailure.Of(e));
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                return Obstacle.Silent(_server.Stall);
            }
            if (read == 0)
            {
                return Obstacle.Later(new("the answer ended early", "答复提前结束"));
            }
            if (at >= wanted)
            {
                Take(buffer.AsSpan(0, read), at, run, piece, buffer);
                _server.Patience.Progressed();
            }
            at += read;
            if (pool.Limiter is { } limiter)
            {
                await limiter.PayAsync(read, stop);
            }
        }
        return null;
    }

    private void Take(ReadOnlySpan<byte> data, long at, PieceRun run, PieceInProgress piece, byte[] buffer)
    {
        piece.Append(data);
        _part.Write(at, data, piece.Index, piece.Received);
        _progress.Received(data.Length);
        if (piece.Received < piece.Length)
        {
            return;
        }
        int index = piece.Index;
        bool right = piece.Finish() == _file.Pieces[index];
        int failures = 0;
        lock (_gate)
        {
            if (right)
            {
                _map.Verify(index);
            }
            else
            {
                _part.Forget(index);
                failures = _map.Reject(index, counts: true);
                _progress.Lost(_map.Length(index));
            }
        }
        if (failures >= pool.Options.PieceTries)
        {
            (long first, long last) = (_map.Start(index), _map.Start(index) + _map.Length(index) - 1);
            throw MirrorException.Integrity(new(
                $"{_file.Name}: piece {index + 1} of {_map.Count} (bytes {first} to {last}) does not have the SHA-256 of the signed manifest, {failures} times in a row",
                $"{_file.Name}：第 {index + 1} 块（共 {_map.Count} 块，字节 {first} 至 {last}）连续 {failures} 次与已签名清单中的 SHA-256 不符"));
        }
        // A wrong piece went back to the others; the answer goes on with the next.
        Begin(piece, index + 1 < run.End ? index + 1 : run.End, buffer);
    }
}

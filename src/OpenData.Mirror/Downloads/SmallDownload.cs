using System.Buffers;
using OpenData.Format;
using OpenData.Mirror.Remote;

namespace OpenData.Mirror.Downloads;

/// <summary>What <see cref="SmallDownload"/> brought: the bytes, or only how many there are where that is too many.</summary>
internal sealed class SmallContent(byte[]? rented, long length) : IDisposable
{
    private byte[]? _rented = rented;

    public long Length => length;

    public bool IsHere => _rented is not null;

    public ReadOnlySpan<byte> Bytes => _rented.AsSpan(0, (int)length);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>
/// Brings small files in one request each, into memory, where they are checked before a byte of them touches the disk. No state, no HEAD, no connection of
/// its own: thousands of them a minute share the connections of the pool.
/// </summary>
internal static class SmallDownload
{
    /// <summary>Files up to here are small: what a killed process lost of one is not worth remembering.</summary>
    public const int Limit = 256 * 1024;

    /// <summary>Fetches a file.</summary>
    /// <param name="pool">Connections, rate and patience.</param>
    /// <param name="path">Its path on the server.</param>
    /// <param name="name">What people are told about it.</param>
    /// <param name="most">A longer body is left alone and only its length is told.</param>
    /// <param name="digest">What it must be; null where only the caller can judge.</param>
    /// <param name="stop">Cancels.</param>
    /// <exception cref="MirrorException">It cannot be had, or comes wrong again and again.</exception>
    public static async Task<SmallContent> FetchAsync(DownloadPool pool, string path, string name, int most, Sha256Digest? digest, CancellationToken stop)
    {
        int wrong = 0;
        for (int failures = 1; ; failures++)
        {
            (SmallContent? content, Obstacle? obstacle) = await TryAsync(pool, path, most, stop);
            if (content is not null)
            {
                pool.Server.Patience.Progressed();
                if (!content.IsHere || digest is null || Sha256Digest.Of(content.Bytes) == digest)
                {
                    return content;
                }
                content.Dispose();
                if (++wrong >= pool.Options.PieceTries)
                {
                    throw MirrorException.Integrity(new($"{name}: does not have the SHA-256 that was signed, {wrong} times in a row", $"{name}：连续 {wrong} 次与已签名的 SHA-256 不符"));
                }
                continue;
            }
            if (obstacle!.Kind == ObstacleKind.Final)
            {
                throw obstacle.ToException(name);
            }
            await pool.Server.Patience.WaitAsync(name, obstacle, failures, stop);
        }
    }

    /// <summary>Asks once.</summary>
    public static async Task<(SmallContent? Content, Obstacle? Obstacle)> TryAsync(DownloadPool pool, string path, int most, CancellationToken stop)
    {
        using DownloadPool.Slot connection = await pool.EnterAsync(stop);
        using HttpRequestMessage request = new(HttpMethod.Get, pool.Server.Address.At(path));
        (HttpResponseMessage? response, Obstacle? obstacle) = await pool.Server.TryOpenAsync(request, stop);
        if (response is null)
        {
            return (null, obstacle);
        }
        using (response)
        {
            long? told = response.Content.Headers.ContentLength;
            return told > most ? (new SmallContent(null, told.Value), null) : await ReadAsync(pool, response, told, most, stop);
        }
    }

    private static async Task<(SmallContent?, Obstacle?)> ReadAsync(DownloadPool pool, HttpResponseMessage response, long? told, int most, CancellationToken stop)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)(told ?? Math.Min(most, 64 * 1024)) + 1);
        try
        {
            using CancellationTokenSource idle = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await using Stream body = await response.Content.ReadAsStreamAsync(stop);
            int length = 0;
            while (true)
            {
                idle.CancelAfter(pool.Server.Stall);
                int read = await body.ReadAsync(buffer.AsMemory(length), idle.Token);
                if (read == 0)
                {
                    SmallContent content = new(buffer, length);
                    buffer = null!;
                    return (content, null);
                }
                length += read;
                pool.Board.Count(read, read);
                if (pool.Limiter is { } limiter)
                {
                    await limiter.PayAsync(read, stop);
                }
                if (length > most)
                {
                    return (new SmallContent(null, long.MaxValue), null); // The server does not say how long it is.
                }
                if (length == buffer.Length)
                {
                    byte[] longer = ArrayPool<byte>.Shared.Rent(2 * length);
                    buffer.AsSpan(0, length).CopyTo(longer);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = longer;
                }
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return (null, Obstacle.Later(NetworkFailure.Of(e)));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (null, Obstacle.Silent(pool.Server.Stall));
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}

using System.Buffers;
using System.Security.Cryptography;
using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Sources.Http;
using OpenData.Server.Storage;

namespace OpenData.Server.Scheduling;

/// <summary>
/// Brings files of an upstream server into the store. A connection that breaks is taken up at the byte where it broke; an archive is checked piece by piece before
/// it is stored, so that a damaged piece is fetched again and never the whole.
/// </summary>
public sealed class UpstreamFetch(BlobStore store, TimeProvider time)
{
    private const int MostFailures = 6; // in a row, without a byte between them
    private static readonly TimeSpan s_pieceTime = TimeSpan.FromMinutes(5); // 4 MiB at 14 kB/s; slower is not alive

    /// <summary>Fetches one file.</summary>
    /// <param name="upstream">From where.</param>
    /// <param name="release">Of which release.</param>
    /// <param name="name">Its name.</param>
    /// <param name="sha256">What it must be.</param>
    /// <param name="archive">For an archive its part of the manifest, by which pieces are checked.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="stop">Cancels.</param>
    /// <returns>What is stored now; nobody can see it yet.</returns>
    /// <exception cref="IOException">It could not be had as it must be.</exception>
    internal async Task<StoredArchive> FetchAsync(
        Upstream upstream, ReleaseId release, string name, Sha256Digest sha256, ArchiveManifest? archive, PackagingProgress progress, CancellationToken stop)
    {
        BlobKey key = BlobKey.Of(release, name);
        string path = $"files/{release.Dataset}/{Uri.EscapeDataString(release.Edition)}/{release.RevisionName}/{Uri.EscapeDataString(name)}";
        await using ArchiveBlob blob = await ArchiveBlob.CreateAsync(store, key, stop);
        byte[] piece = ArrayPool<byte>.Shared.Rent(archive?.PieceLength ?? Pieces.Length);
        try
        {
            int failures = 0;
            while (true)
            {
                long before = blob.Bytes;
                try
                {
                    await ContinueAsync(upstream, path, archive, blob, piece, progress, stop);
                    break;
                }
                catch (Exception e) when (IsPassing(e) && !stop.IsCancellationRequested)
                {
                    failures = blob.Bytes > before ? 1 : failures + 1;
                    if (failures > MostFailures)
                    {
                        throw new IOException($"{upstream.Place}{path} could not be fetched: {e.Message}", e);
                    }
                }
                await Task.Delay(TimeSpan.FromMilliseconds(250 * Math.Pow(2, failures)), time, stop);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
        StoredArchive stored = await blob.CommitAsync(stop);
        if (stored.Sha256 == sha256)
        {
            return stored;
        }
        await store.DeleteAsync(key, CancellationToken.None);
        throw new IOException($"{upstream.Place}{path} has the SHA-256 {stored.Sha256}, not {sha256} as its signed checksums say.");
    }

    /// <summary>What another attempt may overcome; that something is not there or not allowed it does not.</summary>
    private static bool IsPassing(Exception e) =>
        e is IOException or InvalidDataException or OperationCanceledException
            or HttpRequestException { StatusCode: null or >= System.Net.HttpStatusCode.InternalServerError or System.Net.HttpStatusCode.TooManyRequests };

    private async Task ContinueAsync(Upstream upstream, string path, ArchiveManifest? archive, ArchiveBlob blob, byte[] piece, PackagingProgress progress, CancellationToken stop)
    {
        using HttpResponseMessage response = await upstream.GetAsync(path, blob.Bytes, stop);
        await using Stream content = await response.Content.ReadAsStreamAsync(stop);
        while (true)
        {
            int wanted = archive is null ? piece.Length : (int)Math.Min(archive.PieceLength, archive.Bytes - blob.Bytes);
            using CancellationTokenSource patience = new(s_pieceTime, time);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
            int read = await content.ReadAtLeastAsync(piece.AsMemory(0, wanted), wanted, throwOnEndOfStream: archive is not null && wanted > 0, either.Token);
            if (read == 0)
            {
                return;
            }
            if (archive is not null && new Sha256Digest(SHA256.HashData(piece.AsSpan(0, read))) != archive.Pieces[(int)(blob.Bytes / archive.PieceLength)])
            {
                throw new InvalidDataException("a piece came damaged");
            }
            await blob.WriteAsync(piece.AsMemory(0, read), stop);
            progress.AddBytes(read);
        }
    }
}

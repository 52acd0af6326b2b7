using OpenData.Format;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Releases;

namespace OpenData.Mirror.Sync;

/// <summary>
/// Brings one release: the signed files first, then everything that they list, small files through memory and <see cref="GroupCommit"/>, large ones piece by
/// piece. Many releases run at once and share the connections of the pool.
/// </summary>
internal sealed class ReleaseTransfer(DownloadPool pool, TrustedKeys keys, MirrorFolder folder, GroupCommit commits, Selection selection) : IDisposable
{
    // Bytes of releases under way for each connection: what keeps it busy while one is flushed and the next is looked up, and no more, for
    // a release that is half there when the process is killed costs some of its small files again.
    private const long BytesAConnection = 1024 * 1024;
    private const int MostMetadata = 1024 * 1024;
    private const int MostManifest = 256 * 1024 * 1024;
    private const int MostSums = 64 * 1024 * 1024;

    private readonly WeightGate _gate = new(Math.Max(8, pool.Options.Connections) * BytesAConnection);

    // A manifest of thousands of archives takes tens of megabytes of memory: one such release at a time.
    private readonly SemaphoreSlim _large = new(1);

    /// <summary>Brings a release, whole, verified, flushed and entered in the index.</summary>
    /// <returns>The bytes of its archives; null if by its manifest the selection does not want it.</returns>
    /// <exception cref="MirrorException">It cannot be had. What was received of its large files stays for the next try.</exception>
    public async Task<long?> RunAsync(ReleaseId id, CancellationToken stop)
    {
        if (await TryFetchSignedAsync(id, MostMetadata, MostMetadata, stop) is { } small)
        {
            return await BringAsync(small, stop);
        }
        await _large.WaitAsync(stop);
        try
        {
            SignedRelease? large = await TryFetchSignedAsync(id, MostManifest, MostSums, stop);
            return await BringAsync(large ?? throw MirrorException.Integrity($"{id}: its manifest is larger than the {ByteCount.Format(MostManifest)} that it may have"), stop);
        }
        finally
        {
            _large.Release();
        }
    }

    public void Dispose() => _large.Dispose();

    private async Task<long?> BringAsync(SignedRelease release, CancellationToken stop)
    {
        if (!selection.Wants(release.Manifest))
        {
            return null;
        }
        List<RemoteFile> files = [.. release.Files(folder)];
        using IDisposable turn = await _gate.EnterAsync(release.Manifest.Bytes, stop);
        pool.Board.Expect(files.Count, release.Manifest.Bytes);
        try
        {
            folder.MakeRelease(release.Id);
            using StagedRelease staged = new(folder, release.Id, release.Manifest.PublishedAt);
            await Parallel.ForEachAsync(
                files,
                new ParallelOptions { MaxDegreeOfParallelism = pool.Options.Connections, CancellationToken = stop },
                async (file, cancelled) => await FetchAsync(file, staged, cancelled));
            foreach ((string name, byte[] content) in release.Signed)
            {
                staged.Add(name, content);
            }
            await commits.CommitAsync(staged);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskFailure.Of(e, folder.Of(release.Id));
        }
        return release.Manifest.Bytes;
    }

    private async Task FetchAsync(RemoteFile file, StagedRelease staged, CancellationToken stop)
    {
        if (file.Bytes > SmallDownload.Limit)
        {
            await pool.DownloadAsync(file, stop);
            return;
        }
        if (IsThere(file))
        {
            pool.Board.Had(file.Bytes ?? 0);
            return;
        }
        using SmallContent content = await SmallDownload.FetchAsync(pool, file.Path, file.Name, SmallDownload.Limit, file.Sha256, stop);
        if (content.IsHere)
        {
            staged.Add(file.Name, content.Bytes);
            pool.Board.EndSmall();
        }
        else
        {
            await pool.DownloadAsync(file, stop);
        }
    }

    /// <summary>An earlier run that was killed may have named it.</summary>
    private static bool IsThere(RemoteFile file)
    {
        FileInfo there = new(file.Target);
        return there.Exists && there.Length <= SmallDownload.Limit && Sha256Digest.Of(File.ReadAllBytes(file.Target)) == file.Sha256;
    }

    // What came damaged is asked for again: nobody knows which of the three it was.
    private async Task<SignedRelease?> TryFetchSignedAsync(ReleaseId id, int mostManifest, int mostSums, CancellationToken stop)
    {
        for (int tries = 1; ; tries++)
        {
            Task<SmallContent> fetchSums = Fetch(Manifest.ChecksumsName, mostSums);
            Task<SmallContent> fetchSignature = Fetch(Manifest.SignatureName, 4096);
            Task<SmallContent> fetchManifest = Fetch(Manifest.FileName, mostManifest);
            await Task.WhenAll(fetchSums, fetchSignature, fetchManifest);
            using SmallContent sums = await fetchSums, signature = await fetchSignature, manifest = await fetchManifest;
            if (!sums.IsHere || !manifest.IsHere || !signature.IsHere)
            {
                return null;
            }
            try
            {
                (byte[] signed, byte[] by) = (sums.Bytes.ToArray(), signature.Bytes.ToArray());
                await keys.VerifyAsync(pool.Server, SignedRelease.FilePath(id, Manifest.ChecksumsName), signed, by, stop);
                return SignedRelease.Read(id, manifest.Bytes.ToArray(), signed, by);
            }
            catch (MirrorException e) when (e.ExitCode == ExitCode.Integrity && tries < pool.Options.PieceTries)
            {
                // Bytes were damaged on the way, or the publisher signs with a new key; the last try tells.
            }
        }

        Task<SmallContent> Fetch(string name, int most) => SmallDownload.FetchAsync(pool, SignedRelease.FilePath(id, name), $"{id}/{name}", most, null, stop);
    }
}

using OpenData.Format;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Releases;

namespace OpenData.Mirror.Sync;

/// <summary>
/// Brings one release: the signed files first, then everything that they list. Small files come through memory and <see cref="GroupCommit"/>, as many as there are
/// in one answer, large ones piece by piece. Many releases run at once and share the connections of the pool.
/// </summary>
internal sealed class ReleaseTransfer(DownloadPool pool, TrustedKeys keys, MirrorFolder folder, GroupCommit commits, Selection selection) : IDisposable
{
    // Bytes of releases under way for each connection: what keeps it busy while one is flushed and the next is looked up.
    private const long BytesAConnection = 1024 * 1024;
    private const int MostMetadata = 1024 * 1024;
    private const int MostSignature = 4096;
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
        if (TryReadSigned(id, MostMetadata, MostMetadata) is { } left)
        {
            return await BringAsync(left, null, stop); // A killed run came so far.
        }
        // Whether an edition is too old only its manifest tells, for some: then the archive would come for nothing.
        using (SmallFilesDownload? together = await SmallFilesDownload.TryAsync(pool, id, whole: selection.Since is null, stop))
        {
            if (together is not null && TrySigned(id, together) is { } signed)
            {
                return await BringAsync(signed, together, stop);
            }
        }
        if (await TryFetchSignedAsync(id, MostMetadata, MostMetadata, stop) is { } small)
        {
            return await BringAsync(small, null, stop);
        }
        await _large.WaitAsync(stop);
        try
        {
            SignedRelease? large = await TryFetchSignedAsync(id, MostManifest, MostSums, stop);
            return await BringAsync(large ?? throw TooLarge(id), null, stop);
        }
        finally
        {
            _large.Release();
        }
    }

    public void Dispose() => _large.Dispose();

    private static MirrorException TooLarge(ReleaseId id) => MirrorException.Integrity(new(
        $"{id}: its manifest is larger than the {ByteCount.Format(MostManifest)} that it may have",
        $"{id}：清单超过 {ByteCount.Format(MostManifest)} 的上限"));

    private async Task<long?> BringAsync(SignedRelease release, SmallFilesDownload? together, CancellationToken stop)
    {
        if (!selection.Wants(release.Manifest))
        {
            return null;
        }
        List<RemoteFile> files = [.. release.Files(folder)];
        try
        {
            using StagedRelease staged = commits.Stage(release.Id, release.Manifest.PublishedAt);
            foreach ((string name, byte[] content) in release.Signed)
            {
                staged.Add(name, content);
            }
            pool.Board.Expect(files.Count, release.Manifest.Bytes);
            Stage(together, files, staged);
            together?.Dispose(); // Its memory is not for those who wait for the disk.
            files.RemoveAll(f => staged.Has(f.Name));
            if (files.Count > 0)
            {
                await FetchAsync(files, release.Manifest.Bytes, staged, stop);
            }
            await commits.CommitAsync(staged);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskFailure.Of(e, folder.Of(release.Id));
        }
        return release.Manifest.Bytes;
    }

    /// <summary>Keeps of what came together the files whose bytes are right; the others come one by one.</summary>
    private void Stage(SmallFilesDownload? together, List<RemoteFile> files, StagedRelease staged)
    {
        foreach (RemoteFile file in files)
        {
            if (together is not null && together.TryGet(file.Name, out ReadOnlySpan<byte> content) && Sha256Digest.Of(content) == file.Sha256)
            {
                staged.Add(file.Name, content);
                pool.Board.EndSmall();
            }
        }
    }

    private async Task FetchAsync(List<RemoteFile> files, long bytes, StagedRelease staged, CancellationToken stop)
    {
        using IDisposable turn = await _gate.EnterAsync(bytes, stop);
        await Parallel.ForEachAsync(
            files,
            new ParallelOptions { MaxDegreeOfParallelism = pool.Options.Connections, CancellationToken = stop },
            async (file, cancelled) => await FetchAsync(file, staged, cancelled));
    }

    private async Task FetchAsync(RemoteFile file, StagedRelease staged, CancellationToken stop)
    {
        if (file.Bytes > SmallDownload.Limit)
        {
            await pool.DownloadAsync(file, stop);
            return;
        }
        if (IsThere(file) || staged.TryAdopt(file.Name, file.Sha256))
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

    private SignedRelease? TrySigned(ReleaseId id, SmallFilesDownload together) =>
        together.TryGet(Manifest.FileName, out ReadOnlySpan<byte> manifest) && together.TryGet(Manifest.ChecksumsName, out ReadOnlySpan<byte> sums) && together.TryGet(Manifest.SignatureName, out ReadOnlySpan<byte> signature)
            ? Judge(id, manifest.ToArray(), sums.ToArray(), signature.ToArray())
            : null;

    /// <summary>The signed files as an earlier run that was killed left them; null where they are not all there, or not right.</summary>
    private SignedRelease? TryReadSigned(ReleaseId id, int mostManifest, int mostSums)
    {
        return Read(Manifest.FileName, mostManifest) is { } manifest && Read(Manifest.ChecksumsName, mostSums) is { } sums && Read(Manifest.SignatureName, MostSignature) is { } signature
            ? Judge(id, manifest, sums, signature)
            : null;

        byte[]? Read(string name, int most)
        {
            string target = folder.Of(id, name);
            FileInfo there = new(StagedRelease.PathOf(target));
            there = there.Exists ? there : new FileInfo(target);
            return there.Exists && there.Length <= most ? File.ReadAllBytes(there.FullName) : null;
        }
    }

    /// <summary>Null where a trusted key did not sign them, or they do not agree: damaged on the way or on the disk, or signed with a new key.</summary>
    private SignedRelease? Judge(ReleaseId id, byte[] manifest, byte[] sums, byte[] signature)
    {
        try
        {
            return keys.Verify(sums, signature) ? SignedRelease.Read(id, manifest, sums, signature) : null;
        }
        catch (MirrorException)
        {
            return null;
        }
    }

    // What came damaged is asked for again: nobody knows which of the three it was.
    private async Task<SignedRelease?> TryFetchSignedAsync(ReleaseId id, int mostManifest, int mostSums, CancellationToken stop)
    {
        if (TryReadSigned(id, mostManifest, mostSums) is { } left)
        {
            return left;
        }
        for (int tries = 1; ; tries++)
        {
            Task<SmallContent> fetchSums = Fetch(Manifest.ChecksumsName, mostSums);
            Task<SmallContent> fetchSignature = Fetch(Manifest.SignatureName, MostSignature);
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

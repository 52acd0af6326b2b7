using System.Security.Cryptography;
using System.Threading.Channels;
using OpenData.Format;
using OpenData.Mirror.Releases;
using OpenData.Mirror.Sync;

namespace OpenData.Mirror.Verification;

/// <summary>
/// Compares a mirror with what was signed, without a network: every release's signature by the keys that the mirror trusts, every file by the signed digests,
/// every release that the mirror's index has. One thread walks the folders, some check signatures, the others hash; only as many releases as threads are in memory. A sync may run
/// meanwhile: what it takes away is not missed.
/// </summary>
internal sealed class MirrorVerification(MirrorFolder folder, TrustedKeys keys, VerifyOptions options, Action<Finding> report)
{
    // File systems keep times as coarsely as two seconds.
    private static readonly TimeSpan s_timeGrain = TimeSpan.FromSeconds(2);

    private readonly Channel<FileCheck.Run> _runs = Channel.CreateBounded<FileCheck.Run>(new BoundedChannelOptions(256));
    private readonly Channel<ReleaseId> _releases = Channel.CreateBounded<ReleaseId>(new BoundedChannelOptions(256) { SingleWriter = true });

    public VerificationResult Result { get; } = new();

    /// <summary>Looks at everything; findings are reported as they are made.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using CancellationTokenSource failed = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task[] readers = [.. Enumerable.Range(0, options.Workers).Select(_ => Task.Run(() => WorkAsync(_releases.Reader, r => CheckReleaseAsync(r, failed.Token), failed), CancellationToken.None))];
        Task[] hashers = [.. Enumerable.Range(0, options.Workers).Select(_ => Task.Run(() => HashAsync(failed), CancellationToken.None))];
        try
        {
            await Task.Run(() => WalkAsync(failed.Token), failed.Token);
        }
        finally
        {
            _releases.Writer.Complete();
            await Task.WhenAll(readers);
            _runs.Writer.Complete();
            await Task.WhenAll(hashers);
        }
        stop.ThrowIfCancellationRequested();
    }

    private async Task WalkAsync(CancellationToken stop)
    {
        ReleaseIndex index = new(folder);
        IEnumerable<string> datasets = Directory.EnumerateDirectories(folder.Root).Select(d => Path.GetFileName(d)).Where(ReleaseId.IsDataset).Concat(index.Datasets).Distinct().Order(StringComparer.Ordinal);
        foreach (string dataset in datasets)
        {
            HashSet<ReleaseId> missed = index.Read(dataset);
            string path = Path.Combine(folder.Root, dataset);
            foreach (string edition in Directory.Exists(path) ? Below(path) : [])
            {
                foreach (string revision in Below(Path.Combine(path, edition)))
                {
                    if (ReleaseId.TryParse($"{dataset}/{edition}/{revision}", out ReleaseId release))
                    {
                        if (folder.Has(release)) // Otherwise it is on its way in or out, or the index misses it.
                        {
                            missed.Remove(release);
                            await _releases.Writer.WriteAsync(release, stop);
                        }
                    }
                    else
                    {
                        Found(new Finding(FindingKind.Surplus, $"{dataset}/{edition}/{revision}", new("it is no release", "不是发布版本")));
                    }
                }
            }
            // A sync that runs meanwhile may have brought it, or taken it away on purpose.
            foreach (ReleaseId missing in missed.Count == 0 ? [] : missed.Intersect(index.Read(dataset)).Where(r => !folder.Has(r)))
            {
                Found(new Finding(FindingKind.Missing, missing.ToString(), new("the release was fetched and is not there any more", "该版本曾下载，现已不在")));
            }
        }
    }

    private IEnumerable<string> Below(string path)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries(path))
        {
            if (Directory.Exists(entry))
            {
                yield return Path.GetFileName(entry);
            }
            else
            {
                Found(new Finding(FindingKind.Surplus, Path.GetRelativePath(folder.Root, entry), new("no release has it", "不属于任何版本")));
            }
        }
    }

    private async Task CheckReleaseAsync(ReleaseId id, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (Read(id) is not { } release)
        {
            return;
        }
        HashSet<string> names = [Manifest.FileName, Manifest.ChecksumsName, Manifest.SignatureName, .. release.Digests.Keys];
        foreach (string name in Directory.EnumerateFileSystemEntries(folder.Of(id)).Select(f => Path.GetFileName(f)).Where(n => !names.Contains(n)))
        {
            Found(new Finding(FindingKind.Surplus, $"{id}/{name}", new("it is not in SHA256SUMS", "不在 SHA256SUMS 中")));
        }
        Result.AddRelease(names.Count);
        foreach (Downloads.RemoteFile file in release.Files(folder))
        {
            await CheckFileAsync(id, release, file, stop);
        }
    }

    /// <summary>The signed files of a release; null, and told, where they are not what was signed.</summary>
    private SignedRelease? Read(ReleaseId id)
    {
        try
        {
            byte[] sums = File.ReadAllBytes(folder.Of(id, Manifest.ChecksumsName));
            byte[] signature = File.ReadAllBytes(folder.Of(id, Manifest.SignatureName));
            if (!keys.Verify(sums, signature))
            {
                Found(new Finding(FindingKind.Bad, $"{id}/{Manifest.ChecksumsName}", new("no key that this mirror trusts signed it", "签名者不是本镜像信任的公钥")));
                return null;
            }
            return SignedRelease.Read(id, File.ReadAllBytes(folder.Of(id, Manifest.FileName)), sums, signature);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            if (folder.Has(id))
            {
                Found(new Finding(FindingKind.Missing, $"{id}/{Path.GetFileName((e as FileNotFoundException)?.FileName)}", new("a release has it", "该版本应有此文件")));
            }
            return null;
        }
        catch (Exception e) when (e is MirrorException { ExitCode: ExitCode.Integrity } or IOException or UnauthorizedAccessException)
        {
            Found(new Finding(FindingKind.Bad, $"{id}/{Manifest.FileName}", Words.Of(e)));
            return null;
        }
    }

    private async Task CheckFileAsync(ReleaseId id, SignedRelease release, Downloads.RemoteFile file, CancellationToken stop)
    {
        string name = $"{id}/{file.Name}";
        FileInfo there = new(file.Target);
        if (!there.Exists)
        {
            if (folder.Has(id))
            {
                Found(new Finding(FindingKind.Missing, name, new("SHA256SUMS lists it", "SHA256SUMS 中列有此文件")));
            }
            return;
        }
        if (file.Bytes is { } bytes && there.Length != bytes)
        {
            Found(new Finding(FindingKind.Bad, name, new($"it has {there.Length} bytes instead of {bytes}", $"大小为 {there.Length} 字节，应为 {bytes} 字节")));
            return;
        }
        if (options.Quick)
        {
            if ((there.LastWriteTimeUtc - release.Manifest.PublishedAt.UtcDateTime).Duration() > s_timeGrain)
            {
                Found(new Finding(FindingKind.Bad, name, new("it was changed since it was fetched, or copied without its time; look at it without --quick", "下载后有改动，或复制时未保留时间；请去掉 --quick 再核验")));
            }
            return;
        }
        Downloads.RemoteFile whole = file.Bytes is null || file.Pieces.Count == 0 ? file.InOnePiece(there.Length) : file;
        if (there.Length == 0 && file.Sha256 != Sha256Digest.Of([]))
        {
            Found(new Finding(FindingKind.Bad, name, new("it is empty", "文件为空")));
        }
        foreach (FileCheck.Run run in new FileCheck(file.Target, name, there.Length, whole.PieceLength, whole.Pieces).Runs(options.Sample))
        {
            await _runs.Writer.WriteAsync(run, stop);
        }
    }

    private async Task HashAsync(CancellationTokenSource failed)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[256 * 1024];
        await WorkAsync(
            _runs.Reader,
            run =>
            {
                if (run.Check(hash, buffer, Result.AddBytes, failed.Token) is { } finding && File.Exists(Path.Combine(folder.Root, finding.Path)))
                {
                    Found(finding);
                }
                return Task.CompletedTask;
            },
            failed);
    }

    /// <summary>Works until there is no more work; whoever fails ends the others.</summary>
    private static async Task WorkAsync<T>(ChannelReader<T> source, Func<T, Task> work, CancellationTokenSource failed)
    {
        try
        {
            await foreach (T item in source.ReadAllAsync(failed.Token))
            {
                await work(item);
            }
        }
        catch (OperationCanceledException) when (failed.IsCancellationRequested)
        {
            // Interrupted, or another failed: that is what is told.
        }
        catch (Exception)
        {
            await failed.CancelAsync();
            throw;
        }
    }

    private void Found(Finding finding)
    {
        Result.Found(finding.Kind);
        report(finding);
    }
}

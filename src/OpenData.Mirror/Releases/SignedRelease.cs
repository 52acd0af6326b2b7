using System.Text.Json;
using OpenData.Format;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Remote;

namespace OpenData.Mirror.Releases;

/// <summary>
/// What a release consists of, as its publisher signed it: a trusted key signed SHA256SUMS, SHA256SUMS has the digest of release.json, and release.json has the
/// digests of the pieces of each archive.
/// </summary>
internal sealed class SignedRelease
{
    // An entry of the index takes no more: its name, escaped, twice the limit; digest, numbers, braces.
    private const long MostBytesAnEntry = 6L * EntryName.MaxBytes + 512;

    private readonly byte[] _manifest;
    private readonly byte[] _sums;
    private readonly byte[] _signature;

    private SignedRelease(Manifest manifest, IReadOnlyDictionary<string, Sha256Digest> digests, byte[] manifestBytes, byte[] sums, byte[] signature)
    {
        (Manifest, Digests, _manifest, _sums, _signature) = (manifest, digests, manifestBytes, sums, signature);
    }

    public Manifest Manifest { get; }

    public ReleaseId Id => Manifest.Id();

    /// <summary>The digest of each file that SHA256SUMS lists.</summary>
    public IReadOnlyDictionary<string, Sha256Digest> Digests { get; }

    /// <summary>Fetches and checks the three files.</summary>
    /// <exception cref="MirrorException">They cannot be had, or do not agree.</exception>
    public static async Task<SignedRelease> FetchAsync(Server server, TrustedKeys keys, ReleaseId id, CancellationToken stop)
    {
        Task<byte[]> fetchSums = server.GetBytesAsync(FilePath(id, Manifest.ChecksumsName), 64 * 1024 * 1024, stop);
        Task<byte[]> fetchSignature = server.GetBytesAsync(FilePath(id, Manifest.SignatureName), 4096, stop);
        Task<byte[]> fetchManifest = server.GetBytesAsync(FilePath(id, Manifest.FileName), 256 * 1024 * 1024, stop);
        await Task.WhenAll(fetchSums, fetchSignature, fetchManifest);
        (byte[] sums, byte[] signature, byte[] manifest) = (await fetchSums, await fetchSignature, await fetchManifest);
        await keys.VerifyAsync(server, FilePath(id, Manifest.ChecksumsName), sums, signature, stop);
        return Read(id, manifest, sums, signature);
    }

    /// <summary>Checks what three files say whose signature was verified.</summary>
    /// <exception cref="MirrorException">They do not agree.</exception>
    public static SignedRelease Read(ReleaseId id, byte[] manifestBytes, byte[] sums, byte[] signature)
    {
        if (Checksums.Parse(sums, out Words? wrong) is not { } digests)
        {
            throw Unfit(wrong!);
        }
        if (!digests.TryGetValue(Manifest.FileName, out Sha256Digest listed) || listed != Sha256Digest.Of(manifestBytes))
        {
            throw Unfit(new($"its digest is not in {Manifest.ChecksumsName}", $"校验值不在 {Manifest.ChecksumsName} 中"));
        }
        Manifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(manifestBytes, FormatJson.Default.Manifest);
        }
        catch (JsonException e)
        {
            throw Unfit(new(e.Message, "内容不是有效的清单"), e);
        }
        if (manifest is null)
        {
            throw Unfit(new("it is empty", "内容为空"));
        }
        return ManifestCheck.Fault(id, manifest, digests) is { } fault ? throw Unfit(fault) : new SignedRelease(manifest, digests, manifestBytes, sums, signature);

        MirrorException Unfit(Words fault, Exception? inner = null) => new(ExitCode.Integrity, new($"{FilePath(id, Manifest.FileName)}: {fault}", $"{FilePath(id, Manifest.FileName)}：{fault}"), inner);
    }

    /// <summary>Every file but the three: archives, entries indexes and whatever else the publisher lists.</summary>
    public IEnumerable<RemoteFile> Files(MirrorFolder folder)
    {
        Dictionary<string, ArchiveManifest> archives = Manifest.Archives.ToDictionary(a => a.Name, StringComparer.Ordinal);
        foreach ((string name, Sha256Digest digest) in Digests)
        {
            if (name == Manifest.FileName)
            {
                continue;
            }
            yield return archives.TryGetValue(name, out ArchiveManifest? archive)
                ? new RemoteFile(FilePath(Id, name), folder.Of(Id, name), name, archive.Bytes, digest, archive.PieceLength, archive.Pieces, ModifiedAt: Manifest.PublishedAt)
                : new RemoteFile(FilePath(Id, name), folder.Of(Id, name), name, null, digest, 0, [], Math.Max(1, Manifest.Entries) * MostBytesAnEntry, Manifest.PublishedAt);
        }
    }

    /// <summary>The three files that vouch for the others, the manifest last.</summary>
    public IReadOnlyList<(string Name, byte[] Content)> Signed => [(Manifest.ChecksumsName, _sums), (Manifest.SignatureName, _signature), (Manifest.FileName, _manifest)];

    /// <summary>Writes the three files, release.json last: where it is, everything else is. What is there already stays.</summary>
    public void WriteTo(MirrorFolder folder)
    {
        foreach ((string name, byte[] content) in Signed)
        {
            string path = folder.Of(Id, name);
            if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(content))
            {
                MirrorFolder.Write(path, content, Manifest.PublishedAt);
            }
        }
    }

    /// <summary>Where a file of a release is on the server.</summary>
    public static string FilePath(ReleaseId id, string name) =>
        $"/files/{id.Dataset}/{Uri.EscapeDataString(id.Edition)}/{id.RevisionName}/{string.Join('/', name.Split('/').Select(Uri.EscapeDataString))}";
}

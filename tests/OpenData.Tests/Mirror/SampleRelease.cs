using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OpenData.Format;

namespace OpenData.Tests.Mirror;

/// <summary>A release as a server publishes it, of random bytes and with small pieces.</summary>
internal sealed class SampleRelease
{
    public const string Code = "CN-PA-TEST-10";
    public const int PieceLength = 64 * 1024;

    private SampleRelease(ReleaseId id) => Id = id;

    public ReleaseId Id { get; }

    public string Folder => $"/files/{Id}/";

    /// <summary>Content by file name.</summary>
    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Entries by the name of their archive and their own.</summary>
    public Dictionary<string, byte[]> Entries { get; } = new(StringComparer.Ordinal);

    public Manifest Manifest { get; private set; } = null!;

    public string FirstArchive => Id.ArchiveName(1);

    /// <summary>Makes one with archives of these sizes, signed.</summary>
    public static SampleRelease Make(ECDsa key, string edition, params int[] sizes)
    {
        SampleRelease release = new(new ReleaseId(Code, edition, 1));
        List<ArchiveManifest> archives = [];
        for (int volume = 1; volume <= sizes.Length; volume++)
        {
            byte[] content = new byte[sizes[volume - 1]];
            new Random(volume + sizes[0]).NextBytes(content);
            string name = release.Id.ArchiveName(volume);
            release.Files[name] = content;
            release.Files[release.Id.EntriesName(volume)] = release.Index(name, volume);
            archives.Add(Describe(name, content));
        }
        release.Manifest = new Manifest(
            Code, edition, new DateOnly(2024, 1, 2), 1, new PackagerInfo("1", "none", 0), DateTimeOffset.UnixEpoch, null, null, sizes.Length, 2 * sizes.Length,
            sizes.Sum(s => (long)s), null, null, null, null, archives);
        release.Sign(key);
        return release;
    }

    /// <summary>Writes manifest, checksums and signature anew, after a test changed something.</summary>
    public void Sign(ECDsa key, Manifest? manifest = null)
    {
        Manifest = manifest ?? Manifest;
        Files[Manifest.FileName] = JsonSerializer.SerializeToUtf8Bytes(Manifest, FormatJson.Default.Manifest);
        StringBuilder sums = new();
        foreach ((string name, byte[] content) in Files.Where(f => !f.Key.StartsWith(Manifest.ChecksumsName, StringComparison.Ordinal)).OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            sums.Append(CultureInfo.InvariantCulture, $"{Sha256Digest.Of(content)}  {name}\n");
        }
        Files[Manifest.ChecksumsName] = Encoding.UTF8.GetBytes(sums.ToString());
        Files[Manifest.SignatureName] = key.SignData(Files[Manifest.ChecksumsName], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>Puts it, its place in the API and the key on a server.</summary>
    public void ServeOn(WilfulServer server, ECDsa key)
    {
        ReleaseSummary summary = new(Code, Id.Edition, 1, Manifest.Date, DateTimeOffset.UnixEpoch, "published", Manifest.Documents, Manifest.Entries, Manifest.Bytes, Manifest.Archives.Count, Folder);
        server.Files[$"/api/v1/datasets/{Code}"] = JsonSerializer.SerializeToUtf8Bytes(Dataset(Code, summary), FormatJson.Default.DatasetSummary);
        server.Files[$"/api/v1/datasets/{Code}/releases/{Id.Edition}"] = JsonSerializer.SerializeToUtf8Bytes(summary, FormatJson.Default.ReleaseSummary);
        server.Files["/.well-known/opendata-signing-key.pem"] = Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem());
        foreach ((string name, byte[] content) in Files.Concat(Entries))
        {
            server.Files[Folder + name] = content;
        }
    }

    public static DatasetSummary Dataset(string code, ReleaseSummary? latest) => new(
        code, new LocalizedText("测试数据", "Test data"), new LocalizedText("", ""), "CN", "patent", "full-text", ["A"], ["xml"], null, "test", null,
        "open", null, new ScheduleSummary("0 0 6 ? * *", "Asia/Shanghai"), latest, latest is null ? 0 : 1);

    private static ArchiveManifest Describe(string name, byte[] content)
    {
        using PieceHasher hasher = new(PieceLength);
        hasher.Append(content);
        (Sha256Digest whole, IReadOnlyList<Sha256Digest> pieces) = hasher.Finish();
        return new ArchiveManifest(name, content.Length, whole, PieceLength, pieces, 2, 1, 0, "a", "b");
    }

    private byte[] Index(string archive, int volume)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
        {
            foreach (string extension in new[] { "xml", "tif" })
            {
                string name = $"docs/CN{volume}A/CN{volume}A.{extension}";
                byte[] content = Encoding.UTF8.GetBytes($"content of {name}");
                Entries[$"{archive}/{name}"] = content;
                gzip.Write(JsonSerializer.SerializeToUtf8Bytes(new EntryRecord(name, content.Length, Sha256Digest.Of(content), 0, content.Length), FormatJson.Default.EntryRecord));
                gzip.Write("\n"u8);
            }
        }
        return packed.ToArray();
    }
}

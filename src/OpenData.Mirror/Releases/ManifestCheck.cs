using OpenData.Format;

namespace OpenData.Mirror.Releases;

/// <summary>
/// Whether a signed manifest is fit to be followed: it is about the release that was asked for, its names stay inside their folder, and it agrees with
/// SHA256SUMS and with itself. Pure.
/// </summary>
internal static class ManifestCheck
{
    private const int SmallestPiece = 1024;
    private const int LargestPiece = 1024 * 1024 * 1024;

    /// <summary>The first thing that is wrong, in words; null if nothing is.</summary>
    public static Words? Fault(ReleaseId asked, Manifest manifest, IReadOnlyDictionary<string, Sha256Digest> sums)
    {
        if (manifest.Id() != asked)
        {
            return new($"it is about {manifest.Id()}", $"它是 {manifest.Id()} 的清单");
        }
        if (manifest.Archives is null)
        {
            return new("it lists no archives", "没有列出压缩包");
        }
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase) { Manifest.FileName, Manifest.ChecksumsName, Manifest.SignatureName };
        foreach (ArchiveManifest archive in manifest.Archives)
        {
            if (NameFault(archive.Name) is { } fault)
            {
                return new($"an archive is named '{archive.Name}': {fault}", $"有压缩包名为“{archive.Name}”：{fault}");
            }
            if (!names.Add(archive.Name))
            {
                return new($"the name '{archive.Name}' is there twice", $"“{archive.Name}”出现了两次");
            }
            if (ArchiveFault(archive, sums) is { } wrong)
            {
                return new($"{archive.Name}: {wrong}", $"{archive.Name}：{wrong}");
            }
        }
        if (manifest.Bytes != manifest.Archives.Sum(a => a.Bytes))
        {
            return new("its size is not the sum of its archives", "总大小与各压缩包之和不符");
        }
        foreach (string name in sums.Keys)
        {
            if (NameFault(name) is { } fault)
            {
                return new($"{Manifest.ChecksumsName} names '{name}': {fault}", $"{Manifest.ChecksumsName} 中有文件名为“{name}”：{fault}");
            }
        }
        return null;
    }

    private static Words? ArchiveFault(ArchiveManifest archive, IReadOnlyDictionary<string, Sha256Digest> sums)
    {
        if (archive.Bytes < 0 || archive.PieceLength is < SmallestPiece or > LargestPiece)
        {
            return new($"{archive.Bytes} bytes in pieces of {archive.PieceLength}", $"{archive.Bytes} 字节，每块 {archive.PieceLength} 字节，超出范围");
        }
        if (archive.Pieces is null || archive.Pieces.Count != (archive.Bytes + archive.PieceLength - 1) / archive.PieceLength)
        {
            return new(
                $"{archive.Pieces?.Count ?? 0} pieces of {archive.PieceLength} bytes do not make {archive.Bytes}",
                $"{archive.Pieces?.Count ?? 0} 块、每块 {archive.PieceLength} 字节，与总共 {archive.Bytes} 字节不符");
        }
        if (!sums.TryGetValue(archive.Name, out Sha256Digest listed))
        {
            return new($"{Manifest.ChecksumsName} does not list it", $"{Manifest.ChecksumsName} 中没有列出");
        }
        if (listed != archive.Sha256 || (archive.Pieces.Count == 1 && archive.Pieces[0] != listed))
        {
            return new($"its digest is not that of {Manifest.ChecksumsName}", $"校验值与 {Manifest.ChecksumsName} 中的不同");
        }
        return null;
    }

    // Names of a release's files: one segment, and none of ours.
    private static Words? NameFault(string? name) => name is null ? new("no name", "没有名称")
        : FileNameFault.Of(name) ?? (name.Contains('/') ? new("it has a folder", "含有目录")
        : name.EndsWith(".part", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".part.state", StringComparison.OrdinalIgnoreCase) ? new("the name is kept for unfinished files", "该名称留给未完成的文件使用")
        : name[0] == '.' ? new("it is hidden", "是隐藏文件") : null);
}

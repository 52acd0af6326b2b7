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
    public static string? Fault(ReleaseId asked, Manifest manifest, IReadOnlyDictionary<string, Sha256Digest> sums)
    {
        if (manifest.Id() != asked)
        {
            return $"it is about {manifest.Id()}";
        }
        if (manifest.Archives is null)
        {
            return "it lists no archives";
        }
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase) { Manifest.FileName, Manifest.ChecksumsName, Manifest.SignatureName };
        foreach (ArchiveManifest archive in manifest.Archives)
        {
            if (NameFault(archive.Name) is { } fault)
            {
                return $"an archive is named '{archive.Name}': {fault}";
            }
            if (!names.Add(archive.Name))
            {
                return $"the name '{archive.Name}' is there twice";
            }
            if (ArchiveFault(archive, sums) is { } wrong)
            {
                return $"{archive.Name}: {wrong}";
            }
        }
        if (manifest.Bytes != manifest.Archives.Sum(a => a.Bytes))
        {
            return "its size is not the sum of its archives";
        }
        foreach (string name in sums.Keys)
        {
            if (NameFault(name) is { } fault)
            {
                return $"{Manifest.ChecksumsName} names '{name}': {fault}";
            }
        }
        return null;
    }

    private static string? ArchiveFault(ArchiveManifest archive, IReadOnlyDictionary<string, Sha256Digest> sums)
    {
        if (archive.Bytes < 0 || archive.PieceLength is < SmallestPiece or > LargestPiece)
        {
            return $"{archive.Bytes} bytes in pieces of {archive.PieceLength}";
        }
        if (archive.Pieces is null || archive.Pieces.Count != (archive.Bytes + archive.PieceLength - 1) / archive.PieceLength)
        {
            return $"{archive.Pieces?.Count ?? 0} pieces of {archive.PieceLength} bytes do not make {archive.Bytes}";
        }
        if (!sums.TryGetValue(archive.Name, out Sha256Digest listed))
        {
            return $"{Manifest.ChecksumsName} does not list it";
        }
        if (listed != archive.Sha256 || (archive.Pieces.Count == 1 && archive.Pieces[0] != listed))
        {
            return $"its digest is not that of {Manifest.ChecksumsName}";
        }
        return null;
    }

    // Names of a release's files: one segment, and none of ours.
    private static string? NameFault(string? name) => name is null ? "no name"
        : EntryName.Fault(name) ?? (name.Contains('/') ? "it has a folder"
        : name.EndsWith(".part", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".part.state", StringComparison.OrdinalIgnoreCase) ? "the name is kept for unfinished files"
        : name[0] == '.' ? "it is hidden" : null);
}

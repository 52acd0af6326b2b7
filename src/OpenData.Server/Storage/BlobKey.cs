using OpenData.Format;

namespace OpenData.Server.Storage;

/// <summary>
/// The address of a blob. Keys are made here and nowhere else:
/// <code>
/// datasets/
///   CODE/
///     EDITION/
///       rN/
///         CODE_EDITION_rN_001.zip                a volume
///         CODE_EDITION_rN_001.entries.jsonl.gz   what is in it, a line an entry
///         CODE_EDITION_rN_002.zip …
///         CODE_EDITION_rN.findings.jsonl.gz      what looked wrong, a line a finding
///         release.json                           the manifest
///         SHA256SUMS                             of all of the above
///         SHA256SUMS.sig                         ECDSA P-256 over SHA256SUMS, DER
/// </code>
/// </summary>
public readonly record struct BlobKey
{
    private BlobKey(string path) => Path = path;

    /// <summary>The key's text: segments joined by <c>/</c>.</summary>
    public string Path { get; }

    /// <summary>The folder of all datasets.</summary>
    public const string Root = "datasets/";

    /// <summary>A file of a release.</summary>
    /// <exception cref="ArgumentException">The name is not a plain file name.</exception>
    public static BlobKey Of(ReleaseId release, string fileName)
    {
        if (EntryName.Fault(fileName) is { } fault || fileName.Contains('/'))
        {
            throw new ArgumentException($"'{fileName}' is not a file name of a release.", nameof(fileName));
        }
        return new BlobKey(Prefix(release) + fileName);
    }

    /// <summary>The start of the keys of a release's files.</summary>
    public static string Prefix(ReleaseId release) => $"{Root}{release}/";

    /// <summary>Reads a key as a store lists it; false for what no release could have written.</summary>
    public static bool TryParse(string path, out BlobKey key, out ReleaseId release)
    {
        key = default;
        release = default;
        int lastSlash = path.LastIndexOf('/');
        if (lastSlash <= Root.Length || !path.StartsWith(Root, StringComparison.Ordinal)
            || !ReleaseId.TryParse(path[Root.Length..lastSlash], out release) || EntryName.Fault(path) is not null)
        {
            return false;
        }
        key = new BlobKey(path);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Path;
}

using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Gateway.Http;
using OpenData.Server.Releases;
using OpenData.Server.Storage;

namespace OpenData.Server.Gateway;

/// <summary>A file of a release that is public, and all that it takes to send it.</summary>
/// <param name="File">The file.</param>
/// <param name="Dataset">Its dataset, as the catalog in force describes it.</param>
/// <param name="Archive">For a volume: its manifest and checksums.</param>
public sealed record FoundFile(ReleaseFile File, Dataset Dataset, PackagedArchive? Archive)
{
    /// <summary>Where its bytes are, and what they must be.</summary>
    public StoredContent Stored => new(File.Key, File.Bytes, File.Sha256, Archive?.Blocks ?? default(ReadOnlyMemory<byte>));

    /// <summary>What its answers say of it.</summary>
    public FileFacts Facts => new(
        File.Name,
        File.Bytes,
        File.Sha256,
        File.PublishedAt,
        File.MediaType,
        Dataset.Access is AccessLevel.Open,
        Archive is null ? null : PublicAddress.Of(File.Release, File.Name) + MetalinkSuffix);

    /// <summary>What is appended to a volume's address to get its Metalink.</summary>
    public const string MetalinkSuffix = ".meta4";

    /// <summary>What the answers for one of its entries say. One that is packed can only be read from its beginning.</summary>
    public FileFacts FactsOf(EntryRecord entry, bool isStored) => new(
        entry.Name[(entry.Name.LastIndexOf('/') + 1)..],
        entry.Size,
        entry.Sha256,
        File.PublishedAt,
        MediaTypes.Of(entry.Name),
        Dataset.Access is AccessLevel.Open,
        Ranges: isStored);
}

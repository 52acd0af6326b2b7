using OpenData.Format;

namespace OpenData.Server.Storage;

/// <summary>An archive as it lies in the store, and what each stretch of it is checked by.</summary>
/// <param name="Manifest">What the manifest says of the volume.</param>
/// <param name="Blocks">XXH128 of each block of <see cref="BlockLength"/> bytes, 16 bytes each, one after the other: the fast check of what is stored.</param>
public sealed record PackagedArchive(ArchiveManifest Manifest, byte[] Blocks)
{
    /// <summary>Bytes in a block: 1 MiB.</summary>
    public const int BlockLength = 1024 * 1024;
}

using OpenData.Server.Packaging.Zip;

namespace OpenData.Server.Packaging;

/// <summary>A part of an archive, ready to be appended. Parts come in the order of the plan.</summary>
internal abstract class PackedPart
{
    /// <summary>The volume it belongs to, as an index into the plan.</summary>
    public required int Volume { get; init; }

    /// <summary>The bytes; whoever takes the part has them until it asks for the next one.</summary>
    public ReadOnlyMemory<byte> Bytes { get; set; }

    /// <summary>What looked wrong in the content, in order.</summary>
    public IReadOnlyList<Finding> Findings { get; set; } = [];
}

/// <summary>Some whole entries: local headers and data, one after the other.</summary>
/// <param name="first">Index of the first entry in the plan.</param>
/// <param name="count">How many.</param>
internal sealed class PackedEntries(int first, int count) : PackedPart
{
    /// <summary>Index of the first entry in the plan.</summary>
    public int First => first;

    /// <summary>What became of each.</summary>
    public PackedEntry[] Entries { get; } = new PackedEntry[count];
}

/// <summary>An entry inside <see cref="PackedEntries"/>.</summary>
/// <param name="Header">What its headers say.</param>
/// <param name="Start">Where its local header begins in the part's bytes.</param>
/// <param name="Sha256">Digest of the uncompressed bytes.</param>
internal readonly record struct PackedEntry(ZipEntry Header, int Start, Format.Sha256Digest Sha256);

/// <summary>A block of an entry that is too large for memory: deflate data only.</summary>
internal sealed class PackedBlock : PackedPart
{
    /// <summary>Index of the entry in the plan.</summary>
    public required int Entry { get; init; }

    /// <summary>True for the entry's first block: its local header goes before it.</summary>
    public required bool IsFirst { get; init; }

    /// <summary>For the entry's last block, CRC-32 and digest of all its bytes: the end of the stream and the descriptor go behind it.</summary>
    public (uint Crc32, Format.Sha256Digest Sha256)? Last { get; init; }
}

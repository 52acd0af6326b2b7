namespace OpenData.Server.Packaging.Zip;

/// <summary>What the headers of an entry say.</summary>
/// <param name="Crc32">CRC-32 of the uncompressed bytes.</param>
/// <param name="Size">Uncompressed bytes.</param>
/// <param name="Compressed">Bytes in the archive, without header and descriptor.</param>
/// <param name="Stored">True for method 0, false for deflate.</param>
/// <param name="Streamed">True where CRC and compressed size stand behind the data, because they were not known before it.</param>
internal readonly record struct ZipEntry(uint Crc32, long Size, long Compressed, bool Stored, bool Streamed);

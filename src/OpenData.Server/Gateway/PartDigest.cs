using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using OpenData.Format;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Gateway.Http;

namespace OpenData.Server.Gateway;

/// <summary>
/// <c>Content-Digest</c> of a response that is a part of a file, for who asks for it with <c>Want-Content-Digest</c> (RFC 9530, 2 and 4). Of the whole file, and of one of an archive's
/// pieces, it is known; of any other stretch of up to <see cref="Largest"/> bytes it is read twice for it. What is longer goes without: the field is a wish.
/// </summary>
internal static class PartDigest
{
    /// <summary>The longest stretch that is read to be hashed: 16 MiB.</summary>
    public const long Largest = 16 << 20;

    private const string Algorithm = "sha-256=";

    /// <summary>True where SHA-256 is wished for: a preference of 1 to 10 (section 4).</summary>
    public static bool IsWanted(string? field)
    {
        foreach (string member in (field ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            if (member.StartsWith(Algorithm, StringComparison.Ordinal)
                && int.TryParse(member.AsSpan(Algorithm.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int preference) && preference is > 0 and <= 10)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>The digest of the one stretch that a response has; null where it has several or it is too long.</summary>
    public static async Task<Sha256Digest?> OfAsync(
        FileResponse plan, FileFacts file, ArchiveManifest? volume, Func<ByteRange, CancellationToken, Task<ContentSource>> open, CancellationToken stop)
    {
        if (plan.Body is not [{ Range: { Length: > 0 } range }])
        {
            return null;
        }
        if (range.Length == file.Bytes)
        {
            return file.Sha256;
        }
        if (volume is not null && range.Offset % volume.PieceLength == 0 && range.Length == Math.Min(volume.PieceLength, volume.Bytes - range.Offset))
        {
            return volume.Pieces[(int)(range.Offset / volume.PieceLength)];
        }
        return range.Length <= Largest ? await HashAsync(range, open, stop) : null;
    }

    private static async Task<Sha256Digest> HashAsync(ByteRange range, Func<ByteRange, CancellationToken, Task<ContentSource>> open, CancellationToken stop)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(128 << 10);
        await using ContentSource source = await open(range, stop);
        try
        {
            for (long left = range.Length; left > 0;)
            {
                int ready = await source.PrepareAsync((int)Math.Min(buffer.Length, left), stop);
                if (ready == 0)
                {
                    throw new InvalidDataException($"The content ended {left} bytes early.");
                }
                int take = (int)Math.Min(ready, Math.Min(buffer.Length, left));
                await source.ReadAsync(buffer.AsMemory(0, take), stop);
                hash.AppendData(buffer, 0, take);
                left -= take;
            }
            return Sha256Digest.FinishAndReset(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

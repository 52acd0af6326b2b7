using System.IO.Hashing;
using OpenData.Server.Storage;

namespace OpenData.Server.Gateway.Content;

/// <summary>
/// Which blocks of an open file this process has compared with their checksums. Each is checked when it is first needed, and again when it is first
/// needed after an interval: then all of them are forgotten at once, and checked as they are asked for. Safe for any number of threads (two
/// may check the same block, which is harmless). A file without block checksums has one block: all of it, by its SHA-256.
/// </summary>
/// <param name="content">What must be there.</param>
/// <param name="recheck">For how long a check counts, at most.</param>
/// <param name="time">The clock of that.</param>
public sealed class BlockChecks(StoredContent content, TimeSpan recheck, TimeProvider time)
{
    /// <summary>Bytes in a block.</summary>
    public const int BlockLength = PackagedArchive.BlockLength;

    private const int ChecksumLength = 16;

    private readonly int[] _checked = new int[(Count(content) + 31) / 32];
    private long _since = time.GetTimestamp();

    /// <summary>False where there is only the digest of the whole.</summary>
    public bool ByBlock => !content.Blocks.IsEmpty;

    /// <summary>True where the block was found good before, within the interval.</summary>
    public bool IsChecked(long block)
    {
        long since = Volatile.Read(ref _since);
        if (time.GetElapsedTime(since) >= recheck)
        {
            ForgetAll(since);
        }
        return (Volatile.Read(ref _checked[block >> 5]) & (1 << (int)(block & 31))) != 0;
    }

    /// <summary>The block was found good.</summary>
    public void MarkChecked(long block) => Interlocked.Or(ref _checked[block >> 5], 1 << (int)(block & 31));

    /// <summary>Compares a whole block with its checksum.</summary>
    /// <exception cref="CorruptContentException">They differ.</exception>
    public void Check(long block, XxHash128 hash)
    {
        if (!IsRight(block, hash))
        {
            throw new CorruptContentException(content.Key, $"the block of 1 MiB at {block * BlockLength} has another checksum");
        }
        MarkChecked(block);
    }

    /// <summary>True where a block has its checksum.</summary>
    public bool IsRight(long block, XxHash128 hash)
    {
        Span<byte> found = stackalloc byte[ChecksumLength];
        hash.GetHashAndReset(found);
        return found.SequenceEqual(content.Blocks.Span.Slice((int)block * ChecksumLength, ChecksumLength));
    }

    /// <summary>One thread does it. What another one marks meanwhile it has just checked.</summary>
    private void ForgetAll(long since)
    {
        if (Interlocked.CompareExchange(ref _since, time.GetTimestamp(), since) == since)
        {
            foreach (ref int bits in _checked.AsSpan())
            {
                Volatile.Write(ref bits, 0);
            }
        }
    }

    /// <summary>Where a block ends: the last one is shorter.</summary>
    public long EndOf(long block) => Math.Min((block + 1) * BlockLength, content.Bytes);

    private static int Count(StoredContent content) =>
        content.Blocks.IsEmpty ? 1
        : content.Blocks.Length == (content.Bytes + BlockLength - 1) / BlockLength * ChecksumLength ? content.Blocks.Length / ChecksumLength
        : throw new CorruptContentException(content.Key, $"{content.Blocks.Length / ChecksumLength} checksums of blocks are known for {content.Bytes} bytes");
}

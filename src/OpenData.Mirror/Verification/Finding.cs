namespace OpenData.Mirror.Verification;

/// <summary>What kind of thing is wrong with a mirror.</summary>
internal enum FindingKind
{
    /// <summary>The bytes are not those that were signed.</summary>
    Bad,

    /// <summary>It should be there and is not.</summary>
    Missing,

    /// <summary>Nobody signed it; it is in nobody's way, but not to be trusted.</summary>
    Surplus,
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="Path">Which file or folder, below the mirror.</param>
/// <param name="Reason">What about it, in words.</param>
internal sealed record Finding(FindingKind Kind, string Path, Words Reason);

/// <summary>What a verification came to.</summary>
internal sealed class VerificationResult
{
    private readonly int[] _counts = new int[3];
    private int _releases;
    private int _files;
    private long _bytes;

    public int Releases => _releases;

    public int Files => _files;

    /// <summary>Bytes that were read and hashed.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public int Count(FindingKind kind) => _counts[(int)kind];

    /// <summary>All that is signed is there, byte for byte.</summary>
    public bool IsWhole => Count(FindingKind.Bad) + Count(FindingKind.Missing) == 0;

    internal void Found(FindingKind kind) => Interlocked.Increment(ref _counts[(int)kind]);

    internal void AddRelease(int files)
    {
        Interlocked.Increment(ref _releases);
        Interlocked.Add(ref _files, files);
    }

    internal void AddBytes(long bytes) => Interlocked.Add(ref _bytes, bytes);
}

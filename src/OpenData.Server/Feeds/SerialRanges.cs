namespace OpenData.Server.Feeds;

/// <summary>
/// The change feed cut into stretches of one length, so that lists of a million releases fall into documents that are found without counting and,
/// once a stretch is full, never move: stretch 1 has the serials 1 to <paramref name="Length"/>, and so on.
/// </summary>
/// <param name="Length">Serials in a stretch.</param>
internal readonly record struct SerialRanges(long Length)
{
    /// <summary>How many stretches there are; at least one, so that an empty feed has an empty document and not none.</summary>
    public long Count(long head) => Math.Max(1, (head + Length - 1) / Length);

    /// <summary>The serial before a stretch.</summary>
    public long After(long number) => (number - 1) * Length;

    /// <summary>The last serial of a stretch once it is full.</summary>
    public long UpTo(long number) => number * Length;

    /// <summary>True for the number of a stretch that there is.</summary>
    public bool Has(long number, long head) => number >= 1 && number <= Count(head);
}

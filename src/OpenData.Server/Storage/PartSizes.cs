namespace OpenData.Server.Storage;

/// <summary>
/// How large the parts of an upload of unknown length are. S3 takes 10,000 parts and 5 TiB: growing by the square of the thousands keeps
/// parts small for as long as possible, and the largest at 1.5 GiB.
/// </summary>
internal static class PartSizes
{
    /// <summary>The most parts an upload may have.</summary>
    public const int MaxParts = 10_000;

    private const long Growth = 19L << 20;

    /// <summary>Bytes of the part with this number, counted from 1, where the first one has this size.</summary>
    public static int Of(int number, int first)
    {
        long thousands = (number - 1) / 1000;
        return (int)(first + (thousands * thousands * Growth));
    }
}

namespace OpenData.Server.Samples;

/// <summary>
/// Sizes of documents: log-normal, as sizes of patent documents are, drawn from a table of quantiles instead of exponentials, because those
/// may differ in the last bit from one machine to the next.
/// </summary>
internal static class DocumentSizes
{
    // exp(0.75 z) in thousandths, for z at the quantiles 1/64, 4/64, 7/64 … 61/64, 63/64 of the normal distribution.
    private static readonly int[] Quantiles =
        [199, 317, 397, 465, 529, 591, 653, 717, 783, 853, 928, 1000, 1092, 1185, 1290, 1411, 1553, 1725, 1945, 2251, 2745, 3155, 5025];

    /// <summary>A size in bytes whose median is about <paramref name="median"/>: a fifth of it for the smallest, five times for the largest.</summary>
    public static int Draw(SampleRandom random, int median)
    {
        int at = random.Below(Quantiles.Length - 1);
        long low = Quantiles[at];
        long high = Quantiles[at + 1];
        return (int)(median * (low + (high - low) * random.Below(1024) / 1024) / 1000);
    }
}

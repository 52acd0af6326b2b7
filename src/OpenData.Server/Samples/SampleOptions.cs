namespace OpenData.Server.Samples;

/// <summary>What is asked of <see cref="SampleDeliveries"/>.</summary>
/// <param name="Today">The newest edition is of this day or the nearest publication day before it.</param>
/// <param name="Editions">Editions of each dataset, 1 or more.</param>
/// <param name="SizeBytes">Approximate bytes of one edition; null: what suits the content, about 2 MB and less where few things are announced.</param>
/// <param name="Seed">The same seed gives the same bytes, on any machine, in any culture, whatever else is made along.</param>
internal sealed record SampleOptions(DateOnly Today, int Editions = 2, long? SizeBytes = null, long Seed = 1)
{
    /// <summary>Bytes of an edition of most datasets if nothing else is asked.</summary>
    public const long DefaultBytes = 2_000_000;
}

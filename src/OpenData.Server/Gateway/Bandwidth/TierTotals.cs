namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>What a tier's accounts were allowed while they had downloads, and what they took, in bytes since the start.</summary>
internal sealed record TierTotals(string Tier)
{
    public double Allowed { get; set; }

    public long Granted { get; set; }
}

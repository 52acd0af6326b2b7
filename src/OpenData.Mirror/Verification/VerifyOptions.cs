namespace OpenData.Mirror.Verification;

/// <summary>How closely a mirror is looked at.</summary>
internal sealed record VerifyOptions
{
    /// <summary>Sizes and times only: no file is read but the signed ones.</summary>
    public bool Quick { get; init; }

    /// <summary>The share of pieces to read, above 0 up to 1, default all. Each piece is chosen by chance, so that run after run all are seen.</summary>
    public double Sample { get; init; } = 1;

    /// <summary>Threads that hash, default one a core.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;
}

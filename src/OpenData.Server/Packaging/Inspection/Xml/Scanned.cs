namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>What came of looking at a piece of markup.</summary>
/// <param name="Next">Where it ends; with a fault, where that is; -1 where the piece is cut off by the end of what was given.</param>
/// <param name="Fault">What is wrong with it, or null.</param>
internal readonly record struct Scanned(int Next, Sentence? Fault = null)
{
    /// <summary>The piece goes on behind the end of what was given.</summary>
    public static Scanned CutOff => new(-1);
}

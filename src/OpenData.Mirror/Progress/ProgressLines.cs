namespace OpenData.Mirror.Progress;

/// <summary>How progress is told where no bars are drawn.</summary>
/// <param name="Output">Where the lines go.</param>
/// <param name="Interval">How often.</param>
/// <param name="Line">A line, by what the board shows and the rate in bytes a second.</param>
/// <param name="Bars">Whether bars may be drawn instead, where somebody watches.</param>
internal sealed record ProgressLines(TextWriter Output, TimeSpan Interval, Func<TransferBoard, double, string> Line, bool Bars = true)
{
    /// <summary>A number that changes while something moves: no line is written while it does not. Null for the bytes and files of the board.</summary>
    public Func<long>? Moved { get; init; }
}

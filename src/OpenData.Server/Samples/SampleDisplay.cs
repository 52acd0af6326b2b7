using OpenData.Format;

namespace OpenData.Server.Samples;

/// <summary>Shows how far the making of samples is: one line that is written over on a terminal, nothing in between elsewhere.</summary>
/// <param name="output">Where to.</param>
/// <param name="live">True where a line can be written over.</param>
/// <param name="time">For the rate.</param>
internal sealed class SampleDisplay(TextWriter output, bool live, TimeProvider time) : IProgress<SampleProgress>
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly long _begun = time.GetTimestamp();
    private TimeSpan _shown = -Pause;
    private SampleProgress _last;

    /// <inheritdoc/>
    public void Report(SampleProgress value)
    {
        _last = value;
        TimeSpan now = time.GetElapsedTime(_begun);
        if (live && now - _shown >= Pause)
        {
            _shown = now;
            output.Write($"\r{value.EditionsDone}/{value.EditionsPlanned} editions, {ByteCount.Format(value.Bytes)}, {Rate(now)}, {value.Dataset} {value.Edition}".PadRight(100));
        }
    }

    /// <summary>The closing line.</summary>
    public void Finish(string root)
    {
        TimeSpan took = time.GetElapsedTime(_begun);
        string reused = _last.Reused > 0 ? $" ({_last.Reused} were there already)" : "";
        string line = FormattableString.Invariant(
            $"{_last.EditionsDone} editions{reused}, {_last.Documents} documents, {ByteCount.Format(_last.Bytes)} in {took.TotalSeconds:0.0} s, {Rate(took)}, below {root}");
        output.WriteLine(live ? "\r" + line.PadRight(100) : line);
    }

    private string Rate(TimeSpan took) => ByteCount.Format((long)(_last.Bytes / Math.Max(took.TotalSeconds, 0.001))) + "/s";
}

namespace OpenData.Server.Packaging;

/// <summary>How far a packaging run is. Written by the run, read by whoever shows it; every figure only rises.</summary>
public sealed class PackagingProgress
{
    private long _bytes;
    private long _entries;

    /// <summary>Bytes of the delivery, known once it was listed.</summary>
    public long TotalBytes { get; set; }

    /// <summary>Files of the delivery, known once it was listed.</summary>
    public long TotalEntries { get; set; }

    /// <summary>Told of every step that ends, with what came of it; null where nobody writes them down.</summary>
    public Action<string, Words?>? StepEnded { get; set; }

    /// <summary>Bytes read so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Files finished so far.</summary>
    public long Entries => Interlocked.Read(ref _entries);

    /// <summary>More bytes were read.</summary>
    public void AddBytes(long bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>A file was finished.</summary>
    public void AddEntry() => Interlocked.Increment(ref _entries);

    /// <summary>A step ended.</summary>
    /// <param name="step">Its name, a word.</param>
    /// <param name="note">What came of it, or null.</param>
    public void EndStep(string step, Words? note = null) => StepEnded?.Invoke(step, note);
}

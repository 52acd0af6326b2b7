using OpenData.Format;

namespace OpenData.Server.Releases.Scrubbing;

/// <summary>
/// How fast to read so that every stored byte is read within an interval. Pure arithmetic: nothing is remembered but when each file was last
/// read, so a worker that was away reads faster until it has caught up.
/// </summary>
public static class ScrubPace
{
    /// <summary>Every file is to be read within this part of the interval; the rest is for workers that are away.</summary>
    public const double Target = 0.9;

    /// <summary>No file is read again before this part of the interval has passed: a small store is read in short bursts and then left alone.</summary>
    public const double Rest = 0.1;

    /// <summary>The least time that is reckoned with: what is late already is read within an hour, if the highest rate allows.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromHours(1);

    /// <summary>
    /// The least steady rate at which every file is read in time when the one that was not read for longest comes first: the highest of the
    /// bytes up to each deadline over the time up to it.
    /// </summary>
    /// <param name="files">When files were last read, and how many bytes they have, the one that was not read for longest first.</param>
    /// <param name="now">The time.</param>
    /// <param name="interval">Within which time every file is read.</param>
    /// <param name="least">Not less than this.</param>
    /// <param name="most">Not more than this, even where files are late then.</param>
    public static ByteRate Of(IEnumerable<StoredBytes> files, DateTimeOffset now, TimeSpan interval, ByteRate least, ByteRate most)
    {
        double highest = 0;
        double bytes = 0;
        foreach (StoredBytes group in files)
        {
            bytes += group.Bytes;
            TimeSpan left = group.SeenAt + (interval * Target) - now;
            highest = Math.Max(highest, bytes / Math.Max(left.TotalSeconds, Soon.TotalSeconds));
        }
        return new ByteRate((long)Math.Clamp(Math.Ceiling(highest), least.BytesPerSecond, most.BytesPerSecond));
    }

    /// <summary>Files that were last read before this may be read again.</summary>
    public static DateTimeOffset DueBefore(DateTimeOffset now, TimeSpan interval) => now - (interval * Rest);
}

/// <summary>Stored bytes that were last read at about the same time.</summary>
/// <param name="SeenAt">Not later than any of them was read.</param>
/// <param name="Bytes">How many.</param>
public readonly record struct StoredBytes(DateTimeOffset SeenAt, long Bytes);

using OpenData.Format;

namespace OpenData.Server.Statistics;

/// <summary>A finished download as it is summed up.</summary>
public sealed record JournalLine
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>The batch that it was written with.</summary>
    public required long Batch { get; init; }

    /// <summary>When it began, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How long it took, in microseconds.</summary>
    public required long Duration { get; init; }

    /// <summary>The account, or null for anybody.</summary>
    public string? AccountId { get; init; }

    /// <summary>The client's address.</summary>
    public required string Address { get; init; }

    /// <summary>The country of the account's organization, where it told one.</summary>
    public string? Country { get; init; }

    /// <summary>The dataset's code.</summary>
    public required string Dataset { get; init; }

    /// <summary>The edition's id.</summary>
    public required string Edition { get; init; }

    /// <summary>The revision.</summary>
    public required int Revision { get; init; }

    /// <summary>The file, and behind a slash the entry.</summary>
    public required string File { get; init; }

    /// <summary>HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>The ranges that were asked for, or null for the whole.</summary>
    public string? Ranges { get; init; }

    /// <summary>Bytes that were asked for.</summary>
    public required long Asked { get; init; }

    /// <summary>Bytes that were sent.</summary>
    public required long Sent { get; init; }

    /// <summary>How it ended; <c>complete</c> where all was sent.</summary>
    public required string Outcome { get; init; }

    /// <summary>Bytes of the whole file or entry; null where nobody knows.</summary>
    public long? Whole { get; init; }

    /// <summary>When it ended, UTC: the day that it counts for.</summary>
    public DateTimeOffset EndedAt => At.AddMicroseconds(Duration);

    /// <summary>Whose pieces are put together: those of an account, or of an address.</summary>
    public FileOfSomebody Key => new(AccountId ?? "address:" + Address, new ReleaseId(Dataset, Edition, Revision), File);

    /// <summary>True for an archive; other files beside it count by their bytes only.</summary>
    public bool IsArchive => File.EndsWith(".zip", StringComparison.Ordinal) && !IsEntry;

    /// <summary>True for an entry of an archive.</summary>
    public bool IsEntry => File.Contains(".zip/", StringComparison.Ordinal);

    /// <summary>
    /// The bytes of the file that were delivered. Of several ranges in one answer that broke off none counts: between them stood heads of parts, and nobody
    /// knows how far it came.
    /// </summary>
    public Coverage Delivered()
    {
        Coverage delivered = new();
        bool complete = Outcome == "complete";
        if (Status == 200)
        {
            delivered.Add(0, complete ? Asked : Sent);
        }
        else if (Status == 206 && Ranges is not null)
        {
            if (complete)
            {
                return Coverage.Parse(Ranges);
            }
            if (!Ranges.Contains(',', StringComparison.Ordinal) && long.TryParse(Ranges.Split('-')[0], System.Globalization.CultureInfo.InvariantCulture, out long from))
            {
                delivered.Add(from, from + Sent);
            }
        }
        return delivered;
    }
}

/// <summary>A file that somebody downloads, at once or in pieces.</summary>
/// <param name="Who">An account's id, or <c>address:ADDRESS</c>.</param>
/// <param name="Release">The release.</param>
/// <param name="File">The file, and behind a slash the entry.</param>
public readonly record struct FileOfSomebody(string Who, ReleaseId Release, string File);

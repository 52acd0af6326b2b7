using System.Text.Json.Serialization;
using OpenData.Server.Packaging;

namespace OpenData.Server.Scheduling;

/// <summary>One attempt to package one edition.</summary>
public sealed record Run
{
    /// <summary>Its id; ids rise with time.</summary>
    public required string Id { get; init; }

    /// <summary>The dataset's code.</summary>
    public required string Dataset { get; init; }

    /// <summary>The edition's id.</summary>
    public required string Edition { get; init; }

    /// <summary><c>running</c>, <c>published</c>, <c>held</c>, <c>unchanged</c>, <c>failed</c>, <c>cancelled</c> or <c>abandoned</c> (its process ended before it did).</summary>
    public required string State { get; init; }

    /// <summary>Why it is held, or failed; in English.</summary>
    public string? Reason => Why?.English;

    /// <summary>The same for readers of either language.</summary>
    [JsonIgnore]
    public Words? Why { get; init; }

    /// <summary>The machine and process that runs it.</summary>
    public required string Node { get; init; }

    /// <summary>When it began, in UTC.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When its figures were written last, in UTC.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When it ended, in UTC.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Bytes of the delivery read so far.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes of the delivery.</summary>
    public long TotalBytes { get; init; }

    /// <summary>Files of the delivery finished so far.</summary>
    public long Entries { get; init; }

    /// <summary>Files of the delivery.</summary>
    public long TotalEntries { get; init; }

    /// <summary>Why a curator asked for its end, or null.</summary>
    public string? Cancel { get; init; }

    /// <summary>How much of the delivery was read, 0 to 1; null where that is not known yet.</summary>
    [JsonIgnore]
    public double? Done => TotalBytes > 0 ? Math.Clamp((double)Bytes / TotalBytes, 0, 1) : null;

    /// <summary>How long it will still take at the rate that it had so far; null where that cannot be told.</summary>
    [JsonIgnore]
    public TimeSpan? Left => EndedAt is null && Bytes > 0 && TotalBytes > Bytes && UpdatedAt > StartedAt
        ? (UpdatedAt - StartedAt) * ((double)(TotalBytes - Bytes) / Bytes)
        : null;

    /// <summary><see cref="Why"/> as its column keeps it.</summary>
    internal string? StoredReason
    {
        get => Why?.Stored;
        init => Why = Words.Read(value);
    }
}

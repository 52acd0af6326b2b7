using OpenData.Format;

namespace OpenData.Server.Gateway;

/// <summary>A finished download, as the journal keeps it.</summary>
public sealed record DownloadRecord
{
    /// <summary>Rises with time.</summary>
    public required string Id { get; init; }

    /// <summary>When it began, in UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The day of <see cref="At"/> in UTC, by which usage is summed up.</summary>
    public DateOnly Day => DateOnly.FromDateTime(At.UtcDateTime);

    /// <summary>How long it took, in microseconds.</summary>
    public required long Duration { get; init; }

    /// <summary>The account, or null for anybody.</summary>
    public string? AccountId { get; init; }

    /// <summary>The key that it was made with, or null.</summary>
    public string? KeyId { get; init; }

    /// <summary>The client's address.</summary>
    public required string Address { get; init; }

    /// <summary>The release.</summary>
    public required ReleaseId Release { get; init; }

    /// <summary>The dataset's code.</summary>
    public string Dataset => Release.Dataset;

    /// <summary>The edition's id.</summary>
    public string Edition => Release.Edition;

    /// <summary>The revision.</summary>
    public int Revision => Release.Revision;

    /// <summary>The file, and behind a slash the entry.</summary>
    public required string File { get; init; }

    /// <summary>HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>The ranges that were sent, such as <c>0-99,200-299</c>; null for the whole.</summary>
    public string? Ranges { get; init; }

    /// <summary>Bytes of the body that were asked for.</summary>
    public required long Asked { get; init; }

    /// <summary>Bytes of the body that were handed to the connection.</summary>
    public required long Sent { get; init; }

    /// <summary>Bytes of the whole file or entry, whatever was asked for of it.</summary>
    public long? Whole { get; init; }

    /// <summary>How it ended: <c>complete</c>, <c>client-gone</c>, <c>source-failed</c>, or why the server ended it (<c>idle</c>, <c>resumed</c>, <c>suspended</c>, <c>withdrawn</c>, <c>shutdown</c>).</summary>
    public required string Outcome { get; init; }
}

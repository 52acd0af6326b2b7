using System.Data.Common;
using System.Globalization;
using OpenData.Format;
using OpenData.Server.Database;

namespace OpenData.Server.Releases;

/// <summary>What a release is now.</summary>
public enum ReleaseState
{
    /// <summary>The current release of its edition.</summary>
    Published,

    /// <summary>A later revision replaced it; still served.</summary>
    Superseded,

    /// <summary>Beyond the dataset's retention: listed with its manifest, no longer served.</summary>
    Archived,

    /// <summary>No longer served; what remains is a tombstone with the reason.</summary>
    Withdrawn,
}

/// <summary>A release as lists show it; its manifest is asked for apart.</summary>
public sealed record Release
{
    /// <summary>The dataset's code.</summary>
    public required string Dataset { get; init; }

    /// <summary>The edition's id.</summary>
    public required string Edition { get; init; }

    /// <summary>The revision.</summary>
    public required int Revision { get; init; }

    /// <summary>The edition's own date.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>What it is now.</summary>
    public required ReleaseState State { get; init; }

    /// <summary>Why it was withdrawn.</summary>
    public string? Reason { get; init; }

    /// <summary>When it was withdrawn, in UTC.</summary>
    public DateTimeOffset? WithdrawnAt { get; init; }

    /// <summary>When it became visible, in UTC.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Publications inside.</summary>
    public required long Documents { get; init; }

    /// <summary>Files inside the archives.</summary>
    public required long Entries { get; init; }

    /// <summary>Sum of the sizes of the archives.</summary>
    public required long Bytes { get; init; }

    /// <summary>Sum of the sizes of the files inside.</summary>
    public required long Uncompressed { get; init; }

    /// <summary>How many volumes.</summary>
    public required int Archives { get; init; }

    /// <summary>Its name.</summary>
    public ReleaseId Id => new(Dataset, Edition, Revision);

    /// <summary>The release as the API lists it.</summary>
    public ReleaseSummary ToSummary() => new(
        Dataset,
        Edition,
        Revision,
        Date,
        PublishedAt,
        State.ToText(),
        Documents,
        Entries,
        Bytes,
        Archives,
        $"/files/{Dataset}/{Uri.EscapeDataString(Edition)}/{Id.RevisionName}/")
    {
        Reason = Reason,
        WithdrawnAt = WithdrawnAt,
    };

    /// <summary>The columns of this record, for the queries of this room; the table's name or alias is <c>releases</c>.</summary>
    internal const string Columns = ListedColumns + ", releases.reason";

    /// <summary>Those of <see cref="Columns"/> that the index of releases by date has: all but the reason. <see cref="ReadListed"/> takes them in this order.</summary>
    internal const string ListedColumns =
        """
        releases.dataset, releases.edition, releases.revision, releases.date, CASE WHEN releases.archived_at IS NOT NULL AND releases.state <> 'withdrawn' THEN 'archived' ELSE releases.state END AS state,
        releases.withdrawn_at, releases.published_at, releases.documents, releases.entries, releases.bytes, releases.uncompressed, releases.archives
        """;

    /// <summary>A row of <see cref="ListedColumns"/>. Lists are long: value by value, without the boxes of a mapper.</summary>
    internal static Release ReadListed(DbDataReader row) => new()
    {
        Dataset = row.GetString(0),
        Edition = row.GetString(1),
        Revision = (int)row.GetInt64(2),
        Date = DateOnly.ParseExact(row.GetString(3), "yyyy-MM-dd", CultureInfo.InvariantCulture),
        State = row.GetString(4) switch
        {
            "published" => ReleaseState.Published,
            "superseded" => ReleaseState.Superseded,
            "archived" => ReleaseState.Archived,
            _ => ReleaseState.Withdrawn,
        },
        WithdrawnAt = row.IsDBNull(5) ? null : SqlTime.FromMicroseconds(row.GetInt64(5)),
        PublishedAt = SqlTime.FromMicroseconds(row.GetInt64(6)),
        Documents = row.GetInt64(7),
        Entries = row.GetInt64(8),
        Bytes = row.GetInt64(9),
        Uncompressed = row.GetInt64(10),
        Archives = (int)row.GetInt64(11),
    };
}

/// <summary>State names as the database and the API write them.</summary>
public static class ReleaseStateText
{
    /// <summary><c>published</c>, <c>superseded</c>, <c>archived</c> or <c>withdrawn</c>.</summary>
    public static string ToText(this ReleaseState state) => state switch
    {
        ReleaseState.Published => "published",
        ReleaseState.Superseded => "superseded",
        ReleaseState.Archived => "archived",
        _ => "withdrawn",
    };
}

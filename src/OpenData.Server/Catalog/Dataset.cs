using System.Text.RegularExpressions;
using OpenData.Format;

namespace OpenData.Server.Catalog;

/// <summary>One of the datasets that the office distributes, as its file under <c>catalog/datasets/</c> describes it. Immutable.</summary>
public sealed record Dataset
{
    /// <summary>Such as <c>CN-PA-TXTS-10-A</c>; see <see cref="ReleaseId.IsDataset"/>.</summary>
    public required string Code { get; init; }

    /// <summary>Its name.</summary>
    public required LocalizedText Name { get; init; }

    /// <summary>What is in it, for a researcher.</summary>
    public required LocalizedText Description { get; init; }

    /// <summary>Office code (WIPO ST.3): <c>CN</c>, <c>US</c> …</summary>
    public required string Jurisdiction { get; init; }

    /// <summary><c>patent</c> or <c>ic-layout</c>.</summary>
    public required string Category { get; init; }

    /// <summary>Kind of content, such as <c>full-text</c>.</summary>
    public required string Content { get; init; }

    /// <summary>WIPO ST.16 kind codes; empty where documents have none.</summary>
    public IReadOnlyList<string> KindCodes { get; init; } = [];

    /// <summary>File formats: <c>xml</c>, <c>jpg</c>, <c>pdf</c> …</summary>
    public IReadOnlyList<string> Media { get; init; } = [];

    /// <summary>Schema of the documents, where known.</summary>
    public SchemaName? Schema { get; init; }

    /// <summary>Whose code and name these are, such as <c>official-code-and-name</c> or <c>own-proposal</c>.</summary>
    public required string Provenance { get; init; }

    /// <summary>The first day of its history, where known.</summary>
    public DateOnly? CoverageFrom { get; init; }

    /// <summary>Who may download it.</summary>
    public required AccessLevel Access { get; init; }

    /// <summary>The terms that must be accepted before a download, for <see cref="AccessLevel.Agreement"/> and above.</summary>
    public string? Terms { get; init; }

    /// <summary>When editions are looked for.</summary>
    public required DatasetSchedule Schedule { get; init; }

    /// <summary>Where deliveries arrive.</summary>
    public required DatasetSource Source { get; init; }

    /// <summary>How deliveries become archives.</summary>
    public required PackageRules Package { get; init; }

    /// <summary>What keeps an edition from being published without a curator.</summary>
    public HoldRules Hold { get; init; } = new();

    /// <summary>Which editions are kept.</summary>
    public Retention Retention { get; init; } = Retention.All;
}

/// <summary>Classes of access, each one stricter than the one before.</summary>
public enum AccessLevel
{
    /// <summary>Anyone.</summary>
    Open,

    /// <summary>Any account in good standing.</summary>
    Registered,

    /// <summary>An account that accepted the dataset's terms.</summary>
    Agreement,

    /// <summary>An account that accepted the terms and was granted this dataset by name.</summary>
    Restricted,
}

/// <param name="Cron">Quartz cron expression.</param>
/// <param name="TimeZone">The zone in which it is read.</param>
/// <param name="Due">How long after a firing the edition may take to arrive before it is late.</param>
public sealed record DatasetSchedule(string Cron, TimeZoneInfo TimeZone, TimeSpan Due);

/// <param name="Kind">Where the deliveries are.</param>
/// <param name="Path">Folder, key prefix or address below the root of that kind of source.</param>
/// <param name="Ready">Name of the marker file that says that an edition has arrived whole.</param>
public sealed record DatasetSource(SourceKind Kind, string Path, string Ready);

/// <summary>Kinds of places where deliveries arrive.</summary>
public enum SourceKind
{
    /// <summary>A folder on this machine or a mounted share.</summary>
    Directory,

    /// <summary>A prefix of a bucket.</summary>
    S3,

    /// <summary>Another OpenData server.</summary>
    Http,
}

/// <param name="VolumeBytes">The size at which a new volume is begun; one entry is never split, so a single large one may exceed it.</param>
/// <param name="Document">Finds the publication number of an entry in its name: the named group <c>number</c>.</param>
/// <param name="Level">Deflate level, or null for the server's setting.</param>
public sealed record PackageRules(long VolumeBytes, Regex Document, int? Level = null);

/// <summary>Deviations that hold an edition until a curator decides.</summary>
/// <param name="Documents">Deviation of the number of documents from the median of recent editions, as a fraction: 0.5 is 50 %. Null: not held for it.</param>
/// <param name="Bytes">The same for the uncompressed bytes.</param>
/// <param name="Missing">How many documents of the authority file may be missing. Null: any.</param>
public sealed record HoldRules(double? Documents = null, double? Bytes = null, long? Missing = null);

/// <summary>Which editions stay downloadable: all of them, or the last so many editions or days.</summary>
/// <param name="Editions">The last so many editions, or null.</param>
/// <param name="Days">Editions of the last so many days, or null.</param>
public sealed record Retention(int? Editions, int? Days)
{
    /// <summary>Everything stays.</summary>
    public static Retention All { get; } = new(null, null);
}

namespace OpenData.Format;

/// <summary>A page of a list of the API.</summary>
/// <param name="Items">Up to <c>limit</c> of them.</param>
/// <param name="Next">The address of the page after this one, absent on the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>A text in the languages of the site.</summary>
/// <param name="Zh">Chinese.</param>
/// <param name="En">English.</param>
public sealed record LocalizedText(string Zh, string En);

/// <summary>A dataset as the API lists it.</summary>
/// <param name="Code">Such as <c>CN-PA-TXTS-10-A</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it holds.</param>
/// <param name="Jurisdiction">Office code (WIPO ST.3).</param>
/// <param name="Category"><c>patent</c> or <c>ic-layout</c>.</param>
/// <param name="Content">Such as <c>full-text</c>.</param>
/// <param name="KindCodes">WIPO ST.16 kind codes.</param>
/// <param name="Media">Such as <c>xml</c>, <c>jpg</c>.</param>
/// <param name="Schema">Schema of its documents.</param>
/// <param name="Provenance">Whose code and name these are.</param>
/// <param name="CoverageFrom">First day of its history.</param>
/// <param name="Access"><c>open</c>, <c>registered</c>, <c>agreement</c> or <c>restricted</c>.</param>
/// <param name="Terms">Id of the terms to accept, for <c>agreement</c>.</param>
/// <param name="Schedule">When it is packaged.</param>
/// <param name="Latest">Its newest release.</param>
/// <param name="Releases">How many editions are published.</param>
public sealed record DatasetSummary(
    string Code,
    LocalizedText Name,
    LocalizedText Description,
    string Jurisdiction,
    string Category,
    string Content,
    IReadOnlyList<string> KindCodes,
    IReadOnlyList<string> Media,
    SchemaName? Schema,
    string Provenance,
    DateOnly? CoverageFrom,
    string Access,
    string? Terms,
    ScheduleSummary Schedule,
    ReleaseSummary? Latest,
    long Releases);

/// <param name="Cron">Quartz cron expression.</param>
/// <param name="TimeZone">IANA zone in which it is read.</param>
public sealed record ScheduleSummary(string Cron, string TimeZone);

/// <summary>A release as the API lists it.</summary>
/// <param name="Dataset">The dataset's code.</param>
/// <param name="Edition">The edition's id.</param>
/// <param name="Revision">The revision.</param>
/// <param name="Date">The edition's own date.</param>
/// <param name="PublishedAt">When it became visible, in UTC.</param>
/// <param name="State"><c>published</c>, <c>superseded</c>, <c>archived</c> or <c>withdrawn</c>.</param>
/// <param name="Documents">Publications inside.</param>
/// <param name="Entries">Files inside.</param>
/// <param name="Bytes">Sum of the sizes of its archives.</param>
/// <param name="Archives">How many volumes.</param>
/// <param name="Path">Its folder on this server: <c>/files/CODE/EDITION/rN/</c>.</param>
public sealed record ReleaseSummary(
    string Dataset,
    string Edition,
    int Revision,
    DateOnly Date,
    DateTimeOffset PublishedAt,
    string State,
    long Documents,
    long Entries,
    long Bytes,
    int Archives,
    string Path)
{
    /// <summary>Why it was withdrawn.</summary>
    public string? Reason { get; init; }

    /// <summary>When it was withdrawn, in UTC.</summary>
    public DateTimeOffset? WithdrawnAt { get; init; }
}

/// <summary>An error of the API (RFC 9457).</summary>
/// <param name="Type">A URI that names the kind of problem.</param>
/// <param name="Title">The kind of problem in words.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Detail">What is wrong here, and what to do next.</param>
public sealed record Problem(string? Type, string? Title, int? Status, string? Detail);

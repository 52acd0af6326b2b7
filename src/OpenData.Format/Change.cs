using System.Text.Json.Serialization;

namespace OpenData.Format;

/// <summary>What a change of the feed says.</summary>
[JsonConverter(typeof(ChangeTypeConverter))]
public enum ChangeType
{
    /// <summary>A release became visible.</summary>
    Published,

    /// <summary>A release was replaced by a later revision; both stay readable.</summary>
    Superseded,

    /// <summary>A release is no longer served; a tombstone with the reason remains.</summary>
    Withdrawn,

    /// <summary>The metadata of a dataset changed.</summary>
    DatasetChanged,
}

/// <summary>One change. Serials rise in commit order.</summary>
/// <param name="Serial">The cursor: ask for what comes after it.</param>
/// <param name="Type">What happened.</param>
/// <param name="Dataset">Whose dataset.</param>
/// <param name="Edition">Which edition; absent for <see cref="ChangeType.DatasetChanged"/>.</param>
/// <param name="Revision">Which revision of it; for <see cref="ChangeType.Superseded"/> the old one.</param>
/// <param name="At">When, in UTC.</param>
/// <param name="Reason">Why, for a withdrawal or a correction.</param>
/// <param name="By">For <see cref="ChangeType.Superseded"/>, the revision that replaces it.</param>
public sealed record Change(long Serial, ChangeType Type, string Dataset, string? Edition, int? Revision, DateTimeOffset At, string? Reason = null, int? By = null)
{
    /// <summary>For <see cref="ChangeType.Superseded"/>: what the correction changed, and which file of the new revision lists it.</summary>
    public RevisionChanges? Changes { get; init; }

    /// <summary>For <see cref="ChangeType.Withdrawn"/>: the one document for whose sake the release was withdrawn; a revision without it follows.</summary>
    public string? Document { get; init; }
}

/// <summary>
/// A page of the change feed. A full page (as many changes as <c>limit</c>) has a <paramref name="Next"/>, is the same for ever and may be kept as
/// long; only the last page, which is not full, tells the newest serial of all. To know the newest serial apart from pages, ask for the signed head.
/// </summary>
/// <param name="Head">The newest serial that the page tells of: of a full page its own last one, of the last page the newest of all.</param>
/// <param name="Items">Changes in order.</param>
/// <param name="Next">The address of the page after this one; absent on the last.</param>
public sealed record FeedPage(long Head, IReadOnlyList<Change> Items, string? Next);

/// <summary>Change types are written in kebab case: <c>dataset-changed</c>.</summary>
public sealed class ChangeTypeConverter() : JsonStringEnumConverter<ChangeType>(System.Text.Json.JsonNamingPolicy.KebabCaseLower);

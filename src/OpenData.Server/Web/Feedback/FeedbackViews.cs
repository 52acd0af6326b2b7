using OpenData.Server.Accounts;
using OpenData.Server.Audit;
using OpenData.Server.Catalog;
using OpenData.Server.Feedback;

namespace OpenData.Server.Web.Feedback;

/// <summary>A list of entries, for everybody or for the office.</summary>
public sealed record FeedbackListView
{
    /// <summary>Entries of a page.</summary>
    public const int PageSize = 30;

    /// <summary>True for the office's queue.</summary>
    public required bool IsDesk { get; init; }

    /// <summary>Those of this page.</summary>
    public required IReadOnlyList<FeedbackItem> Items { get; init; }

    /// <summary>What the address asks for.</summary>
    public required FeedbackAddress Asked { get; init; }

    /// <summary>Where older ones begin, or null.</summary>
    public required long? Older { get; init; }

    /// <summary>How many stand where.</summary>
    public required IReadOnlyDictionary<FeedbackState, long> Counts { get; init; }

    /// <summary>All datasets, for their names.</summary>
    public required DatasetCatalog Catalog { get; init; }
}

/// <summary>One entry, for everybody.</summary>
/// <param name="Item">The entry.</param>
/// <param name="Answers">The office's answers.</param>
/// <param name="Dataset">The dataset that it is about, where the catalog has it.</param>
/// <param name="IsOwn">True for whoever wrote it.</param>
/// <param name="JustWritten">True right after it was written.</param>
public sealed record FeedbackItemView(FeedbackItem Item, IReadOnlyList<FeedbackAnswer> Answers, Dataset? Dataset, bool IsOwn, bool JustWritten);

/// <summary>One entry, for the office.</summary>
/// <param name="Public">What everybody sees of it.</param>
/// <param name="Writer">Who wrote it.</param>
/// <param name="Acts">What the office did to it, each with the name of who did it.</param>
/// <param name="MayAct">False for those who may only look.</param>
/// <param name="Notice">The name of a text about what was just done, or null.</param>
/// <param name="Draft">The answer that was refused, so that it is not lost; else empty.</param>
public sealed record FeedbackDeskView(FeedbackItemView Public, Account? Writer, IReadOnlyList<(AuditEntry Act, string Who)> Acts, bool MayAct, string? Notice = null, string Draft = "");

/// <summary>The form of a new entry.</summary>
/// <param name="Draft">What was filled in.</param>
/// <param name="Once">Of this form alone.</param>
/// <param name="Catalog">The datasets to choose from.</param>
/// <param name="Writer">Who writes; null for nobody who is signed in.</param>
/// <param name="TooMany">True where nothing more may be written today.</param>
/// <param name="Faults">Names of the fields that have to be mended.</param>
public sealed record FeedbackForm(FeedbackDraft Draft, string Once, DatasetCatalog Catalog, Account? Writer, bool TooMany = false, params IReadOnlyCollection<string> Faults);

/// <summary>The newest ratings, for the office.</summary>
/// <param name="Ratings">Each with the name of whose it is.</param>
public sealed record RatingsView(IReadOnlyList<(Rating Rating, string Who)> Ratings)
{
    /// <summary>Most that are shown.</summary>
    public const int Most = 200;
}

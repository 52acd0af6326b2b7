namespace OpenData.Server.Feedback;

/// <summary>What a reader wants of the office. Stored by lower-case names.</summary>
public enum FeedbackKind
{
    /// <summary>Something is wrong with a dataset, an edition or a document.</summary>
    Problem,

    /// <summary>Data are asked for that are not there.</summary>
    Request,
}

/// <summary>How far the office is. Stored by lower-case names.</summary>
public enum FeedbackState
{
    /// <summary>Nobody looked at it yet.</summary>
    New,

    /// <summary>The office looks into it.</summary>
    Review,

    /// <summary>The office said what there is to say.</summary>
    Answered,

    /// <summary>What was wrong is right now; what was asked for is there.</summary>
    Resolved,

    /// <summary>It will not be done; the answer says why.</summary>
    Declined,

    /// <summary>Whoever wrote it took it back.</summary>
    Withdrawn,
}

/// <summary>One report or request, as lists show it.</summary>
public sealed record FeedbackItem
{
    /// <summary>Its number, from 1; never used again.</summary>
    public required long Number { get; init; }

    /// <summary>What is wanted.</summary>
    public required FeedbackKind Kind { get; init; }

    /// <summary>How far it is.</summary>
    public required FeedbackState State { get; init; }

    /// <summary>The dataset that it is about, or null.</summary>
    public string? Dataset { get; init; }

    /// <summary>The edition, which need not be there: it may be what is missing.</summary>
    public string? Edition { get; init; }

    /// <summary>A document's number or a file's name.</summary>
    public string? Document { get; init; }

    /// <summary>In a line.</summary>
    public required string Title { get; init; }

    /// <summary>In words.</summary>
    public required string Body { get; init; }

    /// <summary>How to reach the writer; for the office only.</summary>
    public string? Contact { get; init; }

    /// <summary>Who wrote it.</summary>
    public required string AccountId { get; init; }

    /// <summary>Why the office shows it to nobody, or null.</summary>
    public string? Hidden { get; init; }

    /// <summary>When it was written, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed, UTC.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Rises with every change: who changes it says which one they saw.</summary>
    public required long Version { get; init; }

    /// <summary>True where everybody may read it.</summary>
    public bool IsPublic => Hidden is null && State is not FeedbackState.Withdrawn;
}

/// <summary>An answer of the office.</summary>
public sealed record FeedbackAnswer
{
    /// <summary>When, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The curator's account; for the office only.</summary>
    public required string AccountId { get; init; }

    /// <summary>What was answered.</summary>
    public required string Body { get; init; }
}

/// <summary>Names as the database, addresses and the API write them.</summary>
public static class FeedbackText
{
    /// <summary><c>problem</c> or <c>request</c>.</summary>
    public static string ToText(this FeedbackKind kind) => kind is FeedbackKind.Request ? "request" : "problem";

    /// <summary><c>new</c>, <c>review</c>, <c>answered</c>, <c>resolved</c>, <c>declined</c> or <c>withdrawn</c>.</summary>
    public static string ToText(this FeedbackState state) => state switch
    {
        FeedbackState.New => "new",
        FeedbackState.Review => "review",
        FeedbackState.Answered => "answered",
        FeedbackState.Resolved => "resolved",
        FeedbackState.Declined => "declined",
        _ => "withdrawn",
    };

    /// <summary>A kind by its name; null for anything else.</summary>
    public static FeedbackKind? KindOf(string? text) => text switch
    {
        "problem" => FeedbackKind.Problem,
        "request" => FeedbackKind.Request,
        _ => null,
    };

    /// <summary>A state by its name; null for anything else.</summary>
    public static FeedbackState? StateOf(string? text) => text switch
    {
        "new" => FeedbackState.New,
        "review" => FeedbackState.Review,
        "answered" => FeedbackState.Answered,
        "resolved" => FeedbackState.Resolved,
        "declined" => FeedbackState.Declined,
        "withdrawn" => FeedbackState.Withdrawn,
        _ => null,
    };
}
